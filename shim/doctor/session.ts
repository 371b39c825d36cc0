// What the relay replies to a login, a sender, and clients that have not logged in.

import type { Provider } from '../../shared/providers/types.ts';
import { type Cause, explainReason, type Lang } from '../../shared/replies/explain.ts';
import { loginHelp, senderHelp } from '../../shared/replies/provider-help.ts';
import type { Account } from '../config/account.ts';
import { ExitError } from '../exit.ts';
import { loginMethods, offeredMethods } from '../submit/auth.ts';
import type { Reply } from '../submit/dialogue.ts';
import { relayName } from '../submit/open.ts';
import { oneLine } from '../submit/outcome.ts';
import { tlsPlan } from '../submit/plan.ts';
import { providerOf } from '../submit/provider.ts';
import { openSession, type Session } from '../submit/session.ts';
import { type DoctorContext, passwordFor } from './context.ts';
import { type Greeted, greeted, SHOWN, textOf } from './greeting.ts';
import { define, type Result, remedyAt, resultsOf } from './result.ts';
import { senderOf } from './spool.ts';

const WHERE = 'mail.shop.example:465';

const AUDIT = {
  en: 'mailshim relay audit, on the relay, names the line',
  ru: 'mailshim relay audit на релее назовёт строку',
};

const logIn: Record<Lang, (provider: Provider) => string> = {
  en: ({ name }) => `${name} takes mail only after a login: "auth on", "user" and "password" in the configuration`,
  ru: ({ name }) => `${name} принимает письма только после входа: укажите auth on, user и password в настройках`,
};

/** The address in a reply of Postfix: "<unknown[203.0.113.5]>: Client host rejected". */
function seenAddress(reply: string): string {
  return /\[(?:IPv6:)?([0-9a-f.:]{3,45})\]>?: Client host rejected/i.exec(reply)?.[1] ?? 'ADDRESS';
}

/** `relay postfix` keeps the other shops of the relay. */
const letIn: Record<Lang, (reply: string) => string> = {
  en: (reply) =>
    `on the relay: mailshim relay postfix --hostname $(postconf -h myhostname) --domain YOUR-DOMAIN --allow ${seenAddress(reply)} --apply, with the public address of this machine; the other shops there stay (mailshim relay list)`,
  ru: (reply) =>
    `на релее: mailshim relay postfix --hostname $(postconf -h myhostname) --domain YOUR-DOMAIN --allow ${seenAddress(reply)} --apply с внешним адресом этой машины; остальные магазины останутся (mailshim relay list)`,
};

/** Replies of these kinds are less specific than the command that they answer. */
// biome-ignore format: a list of words.
const GENERAL: ReadonlySet<Cause> = new Set([
  'sender', 'relaying', 'login', 'address', 'policy', 'busy', 'unreachable', 'other',
]);

/** The remedy for a reply with a specific reason (the EHLO name, a block list, a rate); else the given one. */
function remedyFor(reply: string, lang: Lang, otherwise: string): string {
  const { cause, advice } = explainReason(reply, lang);
  return reply === '' || GENERAL.has(cause) ? otherwise : advice;
}

// biome-ignore format: a line for each language.
export const sessionTexts = {
  'relay.session': define({ where: WHERE, reply: '421 4.3.2 all server ports are busy' },
    ({ where, reply }) => [
      reply === '' ? `${where} does not answer as an SMTP server` : `${where} rejects the session: ${reply}`,
      remedyFor(reply, 'en', 'the log of the relay (/var/log/mail.log) shows why'),
    ],
    ({ where, reply }) => [
      reply === '' ? `${where} отвечает не по протоколу SMTP` : `${where} не открывает сеанс: ${reply}`,
      remedyFor(reply, 'ru', 'причина — в журнале релея (/var/log/mail.log)'),
    ]),
  'relay.login': define({ user: 'shop' },
    ['login as {user} works'],
    ['вход под именем {user} выполнен']),
  'relay.login-refused': define({ user: 'shop', reply: '535 5.7.8 Error: authentication failed', provider: '' },
    ({ user, reply, provider }) => [
      `the relay rejects the login as ${user}: ${reply}`,
      remedyAt(provider, (row) => loginHelp(row, reply, 'en'), `use the same user and password here as on the relay; to set a new one there: saslpasswd2 -f /etc/postfix/sasl/sasldb2 -u $(postconf -h myhostname) ${user}`),
    ],
    ({ user, reply, provider }) => [
      `релей отклоняет вход под именем ${user}: ${reply}`,
      remedyAt(provider, (row) => loginHelp(row, reply, 'ru'), `имя и пароль должны совпадать с заданными на релее; новый пароль на релее: saslpasswd2 -f /etc/postfix/sasl/sasldb2 -u $(postconf -h myhostname) ${user}`),
    ]),
  'relay.no-login': define({ where: WHERE, offered: '', provider: '' },
    ({ where, offered, provider }) => [
      offered === '' ? `${where} offers no login, but the configuration has one` : `${where} offers no login method that mailshim supports (${offered})`,
      remedyAt(provider, ({ name }) => `${name} offers a login under TLS: "tls on" and "auth on" here`, 'on the relay, below that port in master.cf: -o smtpd_sasl_auth_enable=yes; or "auth off" here, if the relay allows the address of this machine'),
    ],
    ({ where, offered, provider }) => [
      offered === '' ? `${where} не предлагает аутентификацию, а в настройках она включена` : `${where} не предлагает поддерживаемых способов аутентификации (${offered})`,
      remedyAt(provider, ({ name }) => `${name} предлагает аутентификацию только через TLS: укажите tls on и auth on`, 'на релее под строкой этого порта в master.cf: -o smtpd_sasl_auth_enable=yes; или auth off здесь, если релей разрешает отправку по адресу этого сервера'),
    ]),
  'relay.no-password': define({ user: 'shop' },
    ['there is no password for {user}, or the command that prints it fails', 'check the file or command of passwordeval as the user that sends; mailshim init --force asks for the password again'],
    ['пароль для {user} не задан, или команда, которая его выводит, завершается с ошибкой', 'проверьте файл или команду в passwordeval от имени пользователя, который отправляет письма; mailshim init --force запросит пароль заново']),
  'relay.sender': define({ from: 'orders@shop.example', to: 'orders@shop.example' },
    ['the relay accepts mail from {from} (recipient {to}; nothing was sent)'],
    ['релей принимает почту от {from} (получатель {to}; письмо не отправлялось)']),
  'relay.sender-refused': define({ from: 'orders@shop.example', reply: '553 5.7.1 not owned by user shop', provider: '' },
    ({ from, reply, provider }) => [
      `the relay rejects the sender ${from}: ${reply}`,
      remedyAt(provider, (row) => remedyFor(reply, 'en', senderHelp(row, 'en')), remedyFor(reply, 'en', 'set "from" to a sender that the relay allows for this login, with sender_rewrite always; or allow this one on the relay: smtpd_sender_login_maps')),
    ],
    ({ from, reply, provider }) => [
      `релей не принимает отправителя ${from}: ${reply}`,
      remedyAt(provider, (row) => remedyFor(reply, 'ru', senderHelp(row, 'ru')), remedyFor(reply, 'ru', 'укажите в from отправителя, разрешённого этой учётной записи, и sender_rewrite always; или разрешите этого отправителя на релее: smtpd_sender_login_maps')),
    ]),
  'relay.recipient-refused': define({ to: 'someone@shop.example', reply: '450 4.1.1 unknown' },
    ({ to, reply }) => [
      `the relay rejects the recipient ${to}: ${reply}`,
      remedyFor(reply, 'en', 'try another recipient: mailshim doctor --to ADDRESS; the log of the relay shows why'),
    ],
    ({ to, reply }) => [
      `релей не принимает получателя ${to}: ${reply}`,
      remedyFor(reply, 'ru', 'проверьте с другим получателем: mailshim doctor --to ADDRESS; причина — в журнале релея'),
    ]),
  'relay.not-allowed': define({ where: WHERE, reply: '554 5.7.1 Client host rejected: Access denied', provider: '' },
    ({ where, reply, provider }) => [
      `${where} does not accept mail from the address of this machine: ${reply}`,
      remedyAt(provider, logIn.en, letIn.en(reply)),
    ],
    ({ where, reply, provider }) => [
      `${where} не принимает почту с адреса этого сервера: ${reply}`,
      remedyAt(provider, logIn.ru, letIn.ru(reply)),
    ]),
  'relay.closed-to-strangers': define({ where: WHERE },
    ['{where} does not relay mail of clients that have not logged in'],
    ['{where} не пересылает почту без аутентификации']),
  'relay.strangers-unknown': define({ where: WHERE, reply: '421 4.7.0 too many connections' },
    ({ where, reply }) => [`it is not known whether ${where} relays mail of clients that have not logged in: ${reply === '' ? 'it did not answer' : reply}`, AUDIT.en],
    ({ where, reply }) => [`неизвестно, пересылает ли ${where} почту без аутентификации: ${reply === '' ? 'ответа нет' : reply}`, AUDIT.ru]),
  'relay.closed-outside': define({ where: WHERE },
    ['{where} does not relay mail of strangers: the Worker tried it from outside'],
    ['{where} не пересылает почту посторонних: Worker проверил это снаружи']),
  'relay.open': define({ where: WHERE, reply: '250 2.1.5 Ok' },
    ({ where, reply }) => [
      `${where} relays mail without a login: it is an open relay, or open to this machine (${reply})`,
      `smtpd_relay_restrictions = permit_sasl_authenticated, reject; ${AUDIT.en}`,
    ],
    ({ where, reply }) => [
      `${where} пересылает почту без аутентификации: это открытый релей, либо он открыт для этого сервера (${reply})`,
      `smtpd_relay_restrictions = permit_sasl_authenticated, reject; ${AUDIT.ru}`,
    ]),
  'relay.by-address': define({ where: WHERE },
    ['{where} allows this machine by its address; whether strangers may send cannot be checked from here: mailshim relay audit, on the relay'],
    ['{where} разрешает отправку по адресу этого сервера; открыт ли релей для посторонних, отсюда проверить нельзя: mailshim relay audit на релее']),
} as const;

const result = resultsOf(sessionTexts);

// As for a mail, up to the recipient.
export async function checkSession(
  context: DoctorContext,
  account: Account,
  hello: readonly string[],
): Promise<Result[]> {
  const where = relayName(account);
  const user = account.user ?? '';
  const provider = providerOf(account)?.id ?? '';
  if (account.auth !== 'off') {
    const offered = offeredMethods(hello);
    if ('problem' in loginMethods(account.auth, offered, tlsPlan(account) !== 'clear'))
      return [result('failure', 'relay.no-login', { where, offered: offered.join(', '), provider })];
  }
  let asked = false;
  const password = () => {
    asked = true;
    return passwordFor(account, senderOf(context));
  };
  const opened = await openSession(account, password).catch((error: unknown) => {
    if (error instanceof ExitError) return error;
    throw error;
  });
  if (opened instanceof ExitError) return [result('failure', 'relay.no-password', { user })];
  if (!('session' in opened)) {
    const reply = oneLine(opened.failure.reply ?? '', SHOWN);
    if (asked) return [result('failure', 'relay.login-refused', { user, reply, provider })];
    return [result('failure', 'relay.session', { where, reply })];
  }
  const { session } = opened;
  const results = account.auth === 'off' ? [] : [result('ok', 'relay.login', { user })];
  results.push(...(await checkSender(context, account, session)));
  await session.quit();
  return results;
}

/** RFC 4954 section 6, or texts of Postfix: a login or another address is needed. */
const NOT_FROM_HERE = /^530[ -]|Client host rejected|Relay access denied|Access denied/i;

async function checkSender({ to }: DoctorContext, account: Account, session: Session): Promise<Result[]> {
  const from = account.from ?? to;
  if (from === undefined) return [];
  const recipient = to ?? from;
  const said = await session.ask(from, recipient);
  if (said?.startsWith('2')) return [result('ok', 'relay.sender', { from, to: recipient })];
  const reply = said === undefined ? '' : oneLine(said, SHOWN);
  const provider = providerOf(account)?.id ?? '';
  if (NOT_FROM_HERE.test(reply))
    return [result('failure', 'relay.not-allowed', { where: relayName(account), reply, provider })];
  // RFC 3463 section 3.2: X.1.0 to X.1.6 are about the recipient, X.1.7 and X.1.8 about the sender.
  if (/^\d{3}[ -]\d\.1\.[0-6]\b/.test(reply))
    return [result('failure', 'relay.recipient-refused', { to: recipient, reply })];
  return [result('failure', 'relay.sender-refused', { from, reply, provider })];
}

/** A reserved name (RFC 2606), to test whether the relay is open. */
const STRANGER = 'mailshim-doctor@stranger.example';

export async function checkStrangers(account: Account): Promise<Result[]> {
  const where = relayName(account);
  const outside = await probeFromOutside(account);
  if (outside?.result === 'accepted') return [result('failure', 'relay.open', { where, reply: outside.reply })];
  if (outside?.result === 'refused') return [result('ok', 'relay.closed-outside', { where })];
  // This machine is allowed by its address, so that it cannot test this.
  if (account.auth === 'off') return [result('skipped', 'relay.by-address', { where })];
  const reply = await strangersReply(account);
  const answer = strangersAnswer(reply);
  if (answer === 'taken') return [result('failure', 'relay.open', { where, reply: textOf(reply) })];
  if (answer === 'refused') return [result('ok', 'relay.closed-to-strangers', { where })];
  return [result('skipped', 'relay.strangers-unknown', { where, reply: textOf(reply) })];
}

/**
 * What the relay does with mail of strangers, by its last reply. A permanent rejection, or one of policy or login (RFC 3463
 * section 3.8, RFC 4954 section 6), is a refusal; a relay that is busy or closes the connection has not decided.
 */
export function strangersAnswer(reply: Reply | undefined): 'taken' | 'refused' | 'unknown' {
  if (reply === undefined) return 'unknown';
  if (reply.code >= 200 && reply.code < 300) return 'taken';
  const isRefusal = reply.code >= 500 || reply.code === 454 || /^4\d\d[ -]4\.7\.\d/.test(reply.text);
  return isRefusal && reply.code >= 400 ? 'refused' : 'unknown';
}

/** The reply to a stranger's RCPT, or the first negative reply before it; undefined where there was none. */
async function strangersReply(account: Account): Promise<Reply | undefined> {
  const look = async ({ ask }: Greeted) => {
    const reply = await ask(`MAIL FROM:<${STRANGER}>`);
    return reply?.code === 250 ? ask(`RCPT TO:<${STRANGER}>`) : reply;
  };
  try {
    return await greeted(account, look, () => undefined);
  } catch {
    // Failures of the connection are reported by the checks before.
    return undefined;
  }
}

/** Milliseconds: the probe makes two connections, each with delays of Postfix. */
const PROBE_PATIENCE = 20_000;

export interface OutsideView {
  result: 'refused' | 'accepted';
  /** The reply of the relay. */
  reply: string;
}

/** Undefined where there is no Worker, or its probe has no result. */
export async function probeFromOutside({
  host,
  port,
  preflightUrl,
  preflightToken,
}: Account): Promise<OutsideView | undefined> {
  if (preflightUrl === undefined) return undefined;
  try {
    const response = await fetch(`${preflightUrl.replace(/\/+$/, '')}/v1/probe?host=${encodeURIComponent(host)}`, {
      headers: preflightToken === undefined ? {} : { authorization: `Bearer ${preflightToken}` },
      // The token is only for this address.
      redirect: 'error',
      signal: AbortSignal.timeout(PROBE_PATIENCE),
    });
    if (!response.ok) return undefined;
    const { ports } = (await response.json()) as {
      ports?: { port?: unknown; relaying?: { result?: unknown; reply?: unknown } | null }[];
    };
    const relaying = ports?.find((each) => each.port === port)?.relaying;
    if (relaying?.result !== 'refused' && relaying?.result !== 'accepted') return undefined;
    return { result: relaying.result, reply: String(relaying.reply ?? '').slice(0, 300) };
  } catch {
    // A Worker that does not answer is reported with the program.
    return undefined;
  }
}
