// The files that `mailshim init` writes: keys, password and configuration; planned first, then shown or written.

import { generateKeyPairSync } from 'node:crypto';
import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { publicKeyOf } from '../../shared/dkim/private-key.ts';
import { freeMailboxProvider } from '../../shared/providers/lookup.ts';
import { inLanguage, type Lang, translated } from '../language.ts';
import type { SetupOptions } from './options.ts';

export interface Owner {
  uid: number;
  gid: number;
}

export type PlannedStep =
  | { kind: 'folder'; path: string; mode: number; owner?: Owner }
  | {
      kind: 'file';
      path: string;
      mode: number;
      text: string;
      owner?: Owner;
      what: 'key' | 'password' | 'configuration';
    };

export const STEPS = translated({
  en: {
    key: 'DKIM key',
    password: 'password',
    configuration: 'configuration',
    folder: 'directory',
    rights: (mode: string, owner: Owner | undefined) =>
      `mode ${mode}${owner === undefined ? '' : `, uid ${owner.uid}, gid ${owner.gid}`}`,
    backup: (file: string) => `the previous file is kept as ${file}`,
    kept: 'unchanged',
  },
  ru: {
    key: 'ключ DKIM',
    password: 'пароль',
    configuration: 'настройки',
    folder: 'каталог',
    rights: (mode, owner) => `права ${mode}${owner === undefined ? '' : `, uid ${owner.uid}, gid ${owner.gid}`}`,
    backup: (file) => `прежний файл сохранён как ${file}`,
    kept: 'без изменений',
  },
});

/** One line; `backup`: where the file that is replaced is kept. */
export function describeStep(step: PlannedStep, backup: string | undefined, lang: Lang): string {
  const texts = inLanguage(STEPS, lang);
  const rights = texts.rights(step.mode.toString(8).padStart(4, '0'), step.owner);
  const what = step.kind === 'folder' ? texts.folder : texts[step.what];
  return `${what} ${step.path} (${rights})${backup === undefined ? '' : `; ${texts.backup(backup)}`}`;
}

/** One line on a key that stays. */
export function describeKept(file: string, lang: Lang): string {
  const { key, kept } = inLanguage(STEPS, lang);
  return `${key} ${file}: ${kept}`;
}

/** Files of the plan that exist, so that --force is needed. */
export function existingFiles(steps: readonly PlannedStep[]): string[] {
  return steps.flatMap((step) => (step.kind === 'file' && existsSync(step.path) ? [step.path] : []));
}

/** Where a file that is replaced is kept. */
export function backupOf(path: string, now: Date): string {
  return `${path}.${now.toISOString().replace(/[-:]|\.\d+/g, '')}`;
}

/** @throws the error of the system */
export function perform(step: PlannedStep, now: Date): void {
  if (step.kind === 'folder') {
    makeFolder(step.path, step.mode, step.owner);
    return;
  }
  makeFolder(dirname(step.path), 0o755, undefined);
  // Complete and with its rights from the first moment: others never read a secret, nor a part of it.
  const temporary = `${step.path}.new`;
  rmSync(temporary, { force: true });
  // The directory may belong to another user, who could put a link there for root to write through.
  const descriptor = openSync(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
  try {
    writeSync(descriptor, step.text);
    if (step.owner !== undefined) fchownSync(descriptor, step.owner.uid, step.owner.gid);
    fchmodSync(descriptor, step.mode);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  if (existsSync(step.path)) renameSync(step.path, backupOf(step.path, now));
  renameSync(temporary, step.path);
}

function makeFolder(path: string, mode: number, owner: Owner | undefined): void {
  if (existsSync(path)) {
    if (owner === undefined) return;
  } else {
    makeFolder(dirname(path), 0o755, undefined);
    mkdirSync(path);
  }
  // With a link in its place the file that it points to would change its owner.
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    if (owner !== undefined) fchownSync(descriptor, owner.uid, owner.gid);
    fchmodSync(descriptor, mode);
  } finally {
    closeSync(descriptor);
  }
}

/** RFC 8301 section 3.2: at least 1024, 2048 recommended; many panels reject longer values. */
const RSA_BITS = 2048;

export interface NewKey {
  selector: string;
  /** PKCS#8. */
  pem: string;
  /** The TXT to publish. */
  record: string;
}

/** `selector` for the RSA key, `selector` + "-ed" for the other. */
export async function makeKeys(selector: string): Promise<NewKey[]> {
  const encoding = { type: 'pkcs8', format: 'pem' } as const;
  const pairs: [string, string][] = [
    [selector, generateKeyPairSync('rsa', { modulusLength: RSA_BITS }).privateKey.export(encoding).toString()],
    [`${selector}-ed`, generateKeyPairSync('ed25519').privateKey.export(encoding).toString()],
  ];
  return Promise.all(pairs.map(([name, pem]) => keyFrom(name, pem)));
}

/** An existing key. @throws Error where the file is not a key */
export async function keyFrom(selector: string, pem: string): Promise<NewKey> {
  const published = await publicKeyOf(pem);
  if (!published.ok) throw new Error(published.problem.detail);
  return { selector, pem, record: published.record };
}

export interface RcFacts {
  keys: readonly { selector: string; file: string }[];
  /** File with the password, where the relay wants a login. */
  passwordFile: string | undefined;
  spool: string | undefined;
  /** One line for each mail goes to syslog: only the daemon has a journal. */
  syslog: boolean;
}

/** Spaces and quotes in file names would end the value. */
function quoted(text: string): string {
  return /^[\w./~@%+:-]+$/.test(text) ? text : `"${text}"`;
}

function senderLines({ domain, sender, provider, bounces }: SetupOptions): string[] {
  const lines = ['# The sender that receivers accept, whatever the shop writes into From.', `from ${sender}`];
  // A provider of mailboxes accepts mail only from the mailbox that logs in.
  return provider?.kind === 'mailbox'
    ? [...lines, 'sender_rewrite always']
    : [
        ...lines,
        'sender_rewrite misaligned',
        `allow_sender *@${domain}`,
        ...(bounces === undefined
          ? []
          : [
              '# Receivers send bounces to this address; its mail goes to mailshim report.',
              `envelope_sender ${bounces}`,
            ]),
      ];
}

function receiverLines({ domain, ips, provider }: SetupOptions, { keys }: RcFacts): string[] {
  const lines = ips.length === 0 ? [] : [`sending_ip ${ips.join(' ')}`];
  if (keys.length > 0)
    lines.push(
      `dkim_domain ${domain}`,
      `dkim_selector ${keys.map(({ selector }) => selector).join(' ')}`,
      `dkim_key ${keys.map(({ file }) => file).join(' ')}`,
    );
  else if (provider !== undefined && freeMailboxProvider(domain) === undefined) {
    lines.push(`# ${provider.name} signs.`, `dkim_domain ${domain}`);
    const { selectors = [], selectorsVary } = provider;
    if (selectors.length === 1 && selectorsVary === undefined) lines.push(`dkim_selector ${selectors[0]}`);
  }
  return lines.length === 0 ? [] : ['', '# What receivers check.', ...lines];
}

export function rcText(setup: SetupOptions, facts: RcFacts): string {
  const { domain, relay, here, port, delivery, worker, login } = setup;
  const lines = [
    `# Mail of ${domain}, by mailshim init. Every directive: mailshim config show, and man mailshim.`,
    'account default',
    ...(here
      ? [
          '# The relay is on this machine; its certificate has its public name.',
          'host 127.0.0.1',
          `tls_host_override ${relay}`,
        ]
      : [`host ${relay}`]),
    `port ${port}`,
    'tls on',
    `tls_starttls ${port === 465 ? 'off' : 'on'}`,
  ];
  if (login !== undefined) {
    lines.push('auth on', `user ${quoted(login)}`);
    if (facts.passwordFile !== undefined) lines.push(`passwordeval cat ${quoted(facts.passwordFile)}`);
  }
  lines.push('', ...senderLines(setup), ...receiverLines(setup, facts));
  if (worker !== undefined) lines.push(`preflight_url ${worker}`);
  lines.push('', '# No mail is lost while the relay does not answer.', `delivery ${delivery}`);
  if (facts.spool !== undefined) lines.push(`spool ${quoted(facts.spool)}`);
  if (facts.syslog) lines.push('syslog LOG_MAIL');
  return `${lines.join('\n')}\n`;
}
