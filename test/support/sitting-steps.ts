// The steps of the sitting, each as the newcomer takes it: what a command printed is used as it is.
import assert from 'node:assert/strict';
import { DOMAIN, HOST, RELAY, SENDER, type Sitting, WORKER } from './sitting.ts';
import type { BareMachine } from './sitting-machine.ts';
import { waitFor } from './wait.ts';

export const PASSWORD = 'correct horse battery';

/** `mailshim relay postfix`, printed and run by sh; with a login, the commands printed for it too. */
export async function setUpRelay({ onRelay, relay }: Sitting, words: readonly string[]): Promise<void> {
  const printed = await onRelay(['relay', 'postfix', '--hostname', HOST, '--domain', DOMAIN, ...words]);
  assert.deepEqual([printed.code, printed.stderr], [0, '']);
  await relay.shell(printed.stdout);
  const logins = /^# Logins.*\n((?:# {3}.*\n)+)/m.exec(printed.stdout)?.[1];
  // The password comes by a pipe here, in place of the terminal.
  if (logins !== undefined) await relay.shell(logins.replace(/^# {3}/gm, '').replace(' -c ', ' -p -c '), PASSWORD);
}

/** Answers of the newcomer. */
export const SHOP_WORDS: readonly string[] = [
  '--yes',
  ...['--domain', DOMAIN, '--relay', HOST, '--ip', RELAY, '--sender', SENDER],
  ...['--worker', WORKER, '--mx', 'mx.provider.example'],
];

export interface Published {
  /** The fragment as `mailshim init` printed it. */
  fragment: string;
  /** The lines for the zone of the address. */
  reverse: string;
}

/** `mailshim init` with the answers of the newcomer; php.ini gets the line that it printed. */
export async function setUpShop(sitting: Sitting, words: readonly string[]): Promise<Published> {
  return takeOver(sitting, await initialised(sitting, [...SHOP_WORDS, ...words]));
}

/** What `mailshim init` prints. */
export async function initialised({ mailshim }: Sitting, words: readonly string[]): Promise<string> {
  const ran = await mailshim(['init', ...words]);
  assert.deepEqual([ran.code, ran.stderr], [0, ''], ran.stdout);
  return ran.stdout;
}

/** php.ini as it was printed, and the records. */
export async function takeOver({ shop }: Sitting, stdout: string): Promise<Published> {
  const line = /^ {2}(sendmail_path = .*)$/m.exec(stdout)?.[1];
  const files = [...stdout.matchAll(/^ {2}\S+ +(\/\S*php\.ini)/gm)].map(([, file]) => file);
  assert.ok(line !== undefined && files.length > 0, stdout);
  for (const file of files) await shop.shell(`printf '%s\\n' '${line}' >> ${file}`);
  const [, text] = /^(\$ORIGIN [\s\S]*?)\n(?:\n|$)/m.exec(stdout.slice(stdout.indexOf('\n$ORIGIN') + 1)) ?? [];
  assert.ok(text !== undefined, stdout);
  const reverse = [...text.matchAll(/^; in the zone of the hosting provider: (.*)$/gm)]
    .map(([, record]) => `${record}\n`)
    .join('');
  assert.match(reverse, /PTR/);
  return { fragment: `${text}\n`, reverse };
}

/** Loads the zone as printed, and the reverse zone from its comment. */
export async function publish({ serve }: Sitting, { fragment, reverse }: Published): Promise<void> {
  await serve({ [DOMAIN]: fragment, '113.0.203.in-addr.arpa': reverse });
}

/** Changes the relay's Postfix by a script, and returns once nobody works by what was before. */
export async function changeRelay(relay: BareMachine, script: string): Promise<void> {
  const reloads = async () => Number(await relay.shell("grep -c 'reload -- version' /var/log/mail.log || true"));
  const before = await reloads();
  const old = (await relay.shell('pgrep -x smtpd || true')).split('\n').filter(Boolean);
  await relay.shell(`${script}\npostfix reload`);
  await waitFor(
    async () => (await reloads()) > before,
    () => 'Postfix does not reload',
  );
  // Postfix ends idle servers after it has reloaded; until then one of them could answer by the settings from before.
  await waitFor(
    async () =>
      (await relay.run('sh', ['-c', old.map((pid) => `[ -e /proc/${pid} ]`).join(' || ') || 'false'])).code !== 0,
    () => 'a server of before does not end',
  );
}

export interface Link {
  id: string;
  level: 'ok' | 'warning' | 'failure' | 'skipped';
  says: string;
  remedy?: string;
}
export interface Diagnosis {
  code: number | null;
  links: Link[];
  /** Ids of warnings and failures, in order. */
  trouble: string[];
}

/** `mailshim doctor --json`. */
export async function diagnose(sitting: Sitting, words: readonly string[] = [], clock?: string): Promise<Diagnosis> {
  const { shop, mailshim } = sitting;
  const all = ['doctor', '--json', ...words];
  const ran =
    clock === undefined
      ? await mailshim(all)
      : await shop.run('faketime', ['-f', clock, '/usr/local/bin/mailshim', ...all]);
  assert.equal(ran.stderr, '', ran.stdout);
  const { links } = JSON.parse(ran.stdout) as { links: Link[] };
  const trouble = links.filter(({ level }) => level === 'warning' || level === 'failure').map(({ id }) => id);
  return { code: ran.code, links, trouble };
}

/** PHP's mail() on the shop's machine, as the web server's user and by the php.ini of the command line. */
export async function phpMailTo({ shop }: Sitting, to: string): Promise<void> {
  const code = `exit(mail('${to}', 'Order 17', "Thank you.\\r\\n", 'From: ${SENDER}') ? 0 : 1);`;
  const ran = await shop.run('php', ['-r', code], { as: 'www-data' });
  assert.deepEqual([ran.code, ran.stdout, ran.stderr], [0, '', '']);
}
