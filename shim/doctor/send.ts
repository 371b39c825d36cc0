// A real mail by mail() of each pool (`--send`), followed to the relay.

import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { askPool } from '../php/fastcgi.ts';
import { listenerOf, type Pool } from '../php/pools.ts';
import type { PhpSite } from '../php/sites.ts';
import { listMails, type QueuedMail } from '../spool/listing.ts';
import { Spool } from '../spool/queue.ts';
import { commandAs, type DoctorContext, type LocalUser, runAs } from './context.ts';
import { verdictOf } from './php.ts';
import { define, type Result, resultsOf } from './result.ts';
import { spoolOf } from './spool.ts';

// biome-ignore format: a line for each language.
export const sendTexts = {
  'send.taken': define({ kind: 'pool shop1', user: 'shop1', to: 'orders@shop.example' },
    ['mail() of PHP ({kind}, as {user}) sent a mail to {to}, and the relay accepted it'],
    ['mail() в PHP ({kind}, от имени {user}) отправила письмо на {to}, релей его принял']),
  'send.refused': define({ kind: 'pool shop1', user: 'shop1', why: 'mailshim: /etc/mailshimrc: permission denied for uid 1001' },
    ['mail() of PHP ({kind}, as {user}) returned false: {why}', 'fix this, then mailshim doctor --send again; the log of php-fpm has more where catch_workers_output is yes'],
    ['mail() в PHP ({kind}, от имени {user}) вернула false: {why}', 'устраните причину и повторите mailshim doctor --send; подробности — в журнале php-fpm, если catch_workers_output = yes']),
  'send.no-mail': define({ kind: 'pool shop1' },
    ['the running PHP ({kind}) has no mail()', 'reload PHP; if it is still missing, remove mail from disable_functions'],
    ['в работающем PHP ({kind}) нет функции mail()', 'перезагрузите PHP; если не поможет, уберите mail из disable_functions']),
  'send.failed': define({ kind: 'pool shop1', user: 'shop1', why: '550 5.1.1 no such user' },
    ['the mail that PHP ({kind}, as {user}) sent failed: {why}', 'mailshim doctor --send --to ADDRESS tries another recipient; mailshim queue list --failed shows the mail'],
    ['письмо, отправленное из PHP ({kind}, от имени {user}), не доставлено: {why}', 'mailshim doctor --send --to ADDRESS отправит письмо другому получателю; недоставленное письмо покажет mailshim queue list --failed']),
  'send.waiting': define({ kind: 'pool shop1', user: 'shop1', why: '451 4.7.1 try again later' },
    ({ kind, user, why }) => [`the mail that PHP (${kind}, as ${user}) sent is still in the queue${why === '' ? '' : `: ${why}`}`, 'mailshim queue list shows the reason'],
    ({ kind, user, why }) => [`письмо, отправленное из PHP (${kind}, от имени ${user}), всё ещё в очереди${why === '' ? '' : `: ${why}`}`, 'причину покажет mailshim queue list']),
  'send.unasked': define({ kind: 'pool shop1', why: 'ECONNREFUSED' },
    ['mail() of PHP ({kind}) could not be called: {why}', 'start php-fpm (systemctl status), or send a mail from a page of the site'],
    ['вызвать mail() в PHP ({kind}) не удалось: {why}', 'запустите php-fpm (systemctl status) или отправьте письмо со страницы сайта']),
} as const;

const result = resultsOf(sendTexts);
/** Milliseconds for mail(): with direct delivery the relay may be slow. */
const PATIENCE = 60_000;
/** Milliseconds that a mail is followed, and between two looks into the queue. */
const FOLLOWED = 30_000;
const LOOK_EVERY = 250;
/** Characters of a reason that are shown. */
const SHOWN = 300;

export async function checkSend(context: DoctorContext): Promise<Result[]> {
  const to = context.to ?? context.account?.from;
  if (!context.send || context.account === undefined || to === undefined) return [];
  const results: Result[] = [];
  for (const { site, localUser } of targetsOf(context))
    results.push(...(await sendThrough(context, site, localUser, to)));
  return results;
}

interface Target {
  site: PhpSite;
  localUser: LocalUser;
}

/** Each pool and site without a failure, and the command line once. */
function targetsOf({ php, root, program, blocked, web }: DoctorContext): Target[] {
  const isFine = (site: PhpSite) => verdictOf(site, root, program).level !== 'failure';
  const own = php.users
    .filter(({ name }) => !blocked.has(name))
    .flatMap((localUser) =>
      (php.sitesOf.get(localUser.name) ?? []).filter(isFine).map((site) => ({ site, localUser })),
    );
  if (web === undefined || blocked.has(web.name)) return own;
  const plain = php.machine.sites.filter(
    (site) => site.user === undefined && isFine(site) && !php.unseen.includes(site),
  );
  const known = new Set(own.map(({ site }) => site));
  return [...own, ...plain.flatMap((site) => (known.has(site) ? [] : [{ site, localUser: web }]))];
}

interface Said {
  sent: boolean | null;
  error: string;
}

async function sendThrough(context: DoctorContext, site: PhpSite, localUser: LocalUser, to: string): Promise<Result[]> {
  const { kind } = site;
  const user = localUser.name;
  const before = lookAt(context, localUser);
  const said = await callMail(context, site, localUser, to);
  if (typeof said === 'string') return [result('skipped', 'send.unasked', { kind, why: said })];
  if (said.sent === null) return [result('failure', 'send.no-mail', { kind })];
  if (!said.sent) {
    const why = reasonOf(context, site, localUser, to) || said.error || '?';
    return [result('failure', 'send.refused', { kind, user, why: why.slice(0, SHOWN) })];
  }
  const fate = await follow(context, localUser, to, before);
  if (fate === undefined) return [result('ok', 'send.taken', { kind, user, to })];
  return [
    result('failure', fate.state === 'failed' ? 'send.failed' : 'send.waiting', {
      kind,
      user,
      why: fate.reason.slice(0, SHOWN),
    }),
  ];
}

const MARK = '@mailshim@';

function codeOf({ account }: DoctorContext, kind: string, to: string): string {
  const quoted = (text: string) => `base64_decode('${Buffer.from(text).toString('base64')}')`;
  const words = [
    to,
    `mailshim doctor --send (${kind.replace(/[^\x20-\x7e]/g, '?')})`,
    'This mail was sent by mailshim doctor --send, to test how this server sends mail.\r\n',
    `From: ${account?.from ?? to}`,
  ].map(quoted);
  return `$sent = function_exists('mail') ? @mail(${words.join(', ')}) : null;
echo "\\n${MARK}", json_encode(array('sent' => $sent, 'error' => implode(' ', array_intersect_key((array) error_get_last(), array('message' => 1)))));`;
}

/** The result of mail(), or why it could not be called. */
function callMail(context: DoctorContext, site: PhpSite, localUser: LocalUser, to: string): Promise<Said | string> {
  const code = codeOf(context, site.kind, to);
  return site.pool === undefined
    ? Promise.resolve(callByCommand(context, site, localUser, code))
    : callByPool(context, site, site.pool, localUser, code);
}

/** Through the command line of the same PHP, with the same settings. */
function callByCommand({ php }: DoctorContext, site: PhpSite, localUser: LocalUser, code: string): Said | string {
  const base = php.machine.phps.find(
    ({ values, ini }) => ini === site.file || Object.values(values).some(({ file }) => file === site.file),
  );
  const { cli, ini, scan } = base ?? php.machine.phps.find((each) => each.cli !== undefined) ?? {};
  if (cli === undefined || ini === undefined) return 'php';
  const path =
    site.sendmailPath === undefined ? [] : ['-d', `sendmail_path="${site.sendmailPath.replaceAll('"', '\\"')}"`];
  const command = commandAs(localUser, cli, ['-c', ini, ...path, '-r', code]);
  if (command === undefined) return 'root';
  const ran = spawnSync(command[0], command[1], {
    encoding: 'utf8',
    timeout: PATIENCE,
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: '/usr/bin:/bin', PHP_INI_SCAN_DIR: (scan ?? []).join(':') },
  });
  const said = saidIn(ran.stdout ?? '');
  if (said === undefined) return ran.stderr?.trim().split('\n')[0] || 'php';
  // The program writes its messages to stderr of PHP.
  const own = /^mailshim: .*$/m.exec(ran.stderr)?.[0];
  return own === undefined ? said : { ...said, error: own };
}

function saidIn(text: string): Said | undefined {
  const at = text.lastIndexOf(MARK);
  if (at === -1) return undefined;
  try {
    return JSON.parse(text.slice(at + MARK.length).trim()) as Said;
  } catch {
    return undefined;
  }
}

async function callByPool(
  { root }: DoctorContext,
  site: PhpSite,
  pool: Pool,
  localUser: LocalUser,
  code: string,
): Promise<Said | string> {
  const listener = listenerOf(pool, root);
  if (listener === undefined) return 'listen';
  const { chroot } = pool;
  const jail = chroot === undefined ? '' : join(root || '/', chroot);
  const folder = scriptFolder(jail, site, localUser);
  if (folder === undefined) return 'open_basedir';
  try {
    const file = join(folder, 'mail.php');
    writeFileSync(file, `<?php\n${code}\n`, { mode: 0o644 });
    chmodSync(folder, 0o755);
    const script = file.slice(jail.length);
    const answer = await askPool(
      listener,
      {
        GATEWAY_INTERFACE: 'CGI/1.1',
        SERVER_PROTOCOL: 'HTTP/1.1',
        REQUEST_METHOD: 'GET',
        SCRIPT_FILENAME: script,
        SCRIPT_NAME: '/mail.php',
        REQUEST_URI: '/mail.php',
        QUERY_STRING: '',
        DOCUMENT_ROOT: folder.slice(jail.length),
        REMOTE_ADDR: '127.0.0.1',
        SERVER_NAME: 'localhost',
      },
      PATIENCE,
    );
    if ('problem' in answer) return answer.problem;
    return saidIn(answer.stdout) ?? (answer.stderr.trim() || answer.stdout.trim()).split('\n')[0] ?? 'closed';
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A directory whose scripts PHP can read: services may have a private /tmp, and open_basedir is a list of allowed directories. */
function scriptFolder(jail: string, { openBasedir }: PhpSite, localUser: LocalUser): string | undefined {
  const allowed = openBasedir?.value.split(':').filter((path) => path.startsWith('/'));
  for (const place of allowed ?? (jail === '' ? ['/run', '/var/lib', '/tmp'] : ['/tmp', '/'])) {
    const folder = join(jail || '/', place);
    if (!existsSync(folder) || !statSync(folder).isDirectory()) continue;
    if (runAs(localUser, 'test', ['-x', folder])?.status === 1) continue;
    try {
      return mkdtempSync(join(folder, 'mailshim-doctor-'));
    } catch {}
  }
  return undefined;
}

/** The message of the program when it is started once more as PHP starts it: PHP does not show it. */
function reasonOf({ root }: DoctorContext, site: PhpSite, localUser: LocalUser, to: string): string {
  if (root !== '' || site.pool?.chroot !== undefined || site.sendmailPath === undefined) return '';
  const mail = `To: ${to}\nSubject: mailshim doctor --send\n\nThis mail was sent by mailshim doctor --send.\n`;
  const ran = runAs(localUser, '/bin/sh', ['-c', site.sendmailPath], mail, PATIENCE);
  return ran === undefined || ran.status === 0 ? '' : (ran.stderr.trim().split('\n')[0] ?? '');
}

/** Ids of the mails in the queue. */
function lookAt(context: DoctorContext, localUser: LocalUser): ReadonlySet<string> {
  const folder = spoolOf(context, localUser)?.folder;
  return new Set(folder === undefined ? [] : mailsIn(folder).map(({ id }) => id));
}

function mailsIn(folder: string): QueuedMail[] {
  try {
    return [...listMails(new Spool(folder))];
  } catch (error) {
    // There is no spool before the first mail.
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return [];
  }
}

/** Undefined once the relay has accepted it; else why it is still in the queue. */
async function follow(context: DoctorContext, localUser: LocalUser, to: string, before: ReadonlySet<string>) {
  const folder = spoolOf(context, localUser)?.folder;
  if (folder === undefined) return undefined;
  const until = performance.now() + FOLLOWED;
  for (;;) {
    const mail = mailsIn(folder).find(
      ({ id, recipients }) => !before.has(id) && recipients.some(({ address }) => address === to),
    );
    const recipient = mail?.recipients.find(({ address }) => address === to);
    const reason = recipient?.reply ?? mail?.progress.reason ?? '';
    if (mail?.state === 'failed' || recipient?.status === 'failed') return { state: 'failed' as const, reason };
    const dropped = [...idsOf(folder)].length > 0;
    if ((mail === undefined || recipient?.status === 'delivered') && !dropped) return undefined;
    if (performance.now() >= until) return { state: 'waiting' as const, reason };
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
  }
}

/** Mails in the drop folder. */
function idsOf(folder: string): Iterable<string> {
  try {
    return [...new Spool(folder).ids('drop')];
  } catch {
    return [];
  }
}
