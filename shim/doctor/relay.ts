// The links at the relay: name, ports, TLS, greeting, login, sender, and that strangers are refused.

import { lookup } from 'node:dns/promises';
import type { Account } from '../config/account.ts';
import { ExitError } from '../exit.ts';
import { chooseMethod, offeredMethods } from '../submit/auth.ts';
import { handshakeError, OpenError, openSocket, relayName } from '../submit/open.ts';
import { oneLine } from '../submit/outcome.ts';
import { tlsPlan } from '../submit/plan.ts';
import { openSession, type Session } from '../submit/session.ts';
import { checkCertificate } from './certificate.ts';
import type { DoctorContext } from './context.ts';
import { type Result, result } from './link.ts';
import { senderOf } from './local.ts';
import { seenFromOutside } from './outside.ts';
import { passwordFor } from './password.ts';
import { type Reply, SmtpDialogue } from './smtp.ts';

/** Milliseconds to connect: three tries of TCP's own; who mends a firewall does not want to wait for more. */
const CONNECT_PATIENCE = 6000;
/** A name that nobody has (RFC 2606), for asking whether a stranger's mail would be passed on. */
const STRANGER = 'mailshim-doctor@stranger.example';
/** Characters of a reply that are shown. */
const SHOWN = 300;

export async function checkRelay(context: DoctorContext): Promise<Result[]> {
  if (context.account === undefined) return [];
  const account = { ...context.account, timeoutOff: false, timeout: context.account.timeout ?? CONNECT_PATIENCE };
  const named = account.socket === undefined && account.proxy === undefined;
  const results: Result[] = named ? await checkName(account) : [];
  if (results.some(({ level }) => level === 'failure')) {
    context.seen.unresolved = account.host;
    return results;
  }
  const [connected, ports] = await Promise.all([checkConnection(account, context), named ? checkPorts(account) : []]);
  results.push(...connected.results, ...ports);
  const { hello } = connected;
  if (hello === undefined) return results;
  // The check of the DNS compares them with what receivers find.
  if (connected.greeting !== undefined) context.seen.greeting = connected.greeting;
  if (!isPrivate(connected.address)) context.seen.address = connected.address;
  results.push(...(await checkSession(context, account, hello)));
  if (!results.some(({ id }) => id === 'relay.not-allowed')) results.push(...(await checkStrangers(account)));
  return results;
}

async function checkName({ host }: Account): Promise<Result[]> {
  try {
    const addresses = await lookup(host, { all: true });
    return [result('ok', 'relay.resolved', { host, addresses: addresses.map(({ address }) => address).join(', ') })];
  } catch (error) {
    // EAI_AGAIN: the name server said nothing.
    const silent = (error as NodeJS.ErrnoException).code === 'EAI_AGAIN';
    return [result('failure', silent ? 'relay.lookup' : 'relay.unresolved', { host })];
  }
}

async function checkPorts(account: Account): Promise<Result[]> {
  const others = [465, 587, 25].filter((port) => port !== account.port);
  return Promise.all(
    others.map(async (port) => result('ok', 'relay.port', { port, open: await answers(account, port) })),
  );
}

async function answers(account: Account, port: number): Promise<boolean> {
  try {
    const socket = await openSocket({ ...account, port });
    socket.destroy();
    return true;
  } catch (error) {
    if (error instanceof OpenError) return false;
    throw error;
  }
}

interface Connected {
  results: Result[];
  /** Lines of the answer to EHLO; undefined where it came to none. */
  hello?: readonly string[];
  /** Host name in the banner. */
  greeting?: string;
  address: string;
}

async function checkConnection(account: Account, { environment }: DoctorContext): Promise<Connected> {
  const where = relayName(account);
  const plan = tlsPlan(account);
  const fail = (...results: Result[]): Connected => ({ results, address: '' });
  const refuse = (reply: Reply | undefined) =>
    fail(result('failure', 'relay.session', { where, reply: textOf(reply) }));
  let dialogue: SmtpDialogue | undefined;
  try {
    dialogue = await SmtpDialogue.open(account, plan === 'implicit' || plan === 'either');
    const banner = await dialogue.say();
    if (banner?.code !== 220) return refuse(banner);
    let hello = await dialogue.say(`EHLO ${account.ehloName}`);
    if (hello?.code !== 250) return refuse(hello);
    if (plan === 'starttls') {
      const ready = await dialogue.say('STARTTLS');
      if (ready?.code !== 220) return refuse(ready);
      await dialogue.startTls(account);
      hello = await dialogue.say(`EHLO ${account.ehloName}`);
      if (hello?.code !== 250) return refuse(hello);
    }
    const { secure } = dialogue;
    const tls =
      secure === undefined
        ? result('warning', 'relay.clear', { where })
        : checkCertificate(secure, account, environment.now());
    if (tls.level === 'failure') return fail(tls);
    const greeting = (banner.lines[0] ?? '').split(/\s+/)[0]!.toLowerCase();
    return { results: [tls], hello: hello.lines, greeting, address: dialogue.remoteAddress };
  } catch (error) {
    return fail(connectionTrouble(error, account));
  } finally {
    dialogue?.close();
  }
}

function connectionTrouble(error: unknown, account: Account): Result {
  const where = relayName(account);
  const code = (error as NodeJS.ErrnoException).code ?? '';
  // A file of TLS that the configuration names.
  if (error instanceof ExitError) return result('failure', 'relay.tls-file', { file: error.message.split(':')[0]! });
  if (!(error instanceof OpenError)) {
    if (handshakeError(error as Error, account).kind === 'plaintext')
      return result('failure', 'relay.wrapper', { where });
    return result('failure', 'relay.handshake', { where, code: code || (error as Error).message });
  }
  if (error.kind === 'timeout') return result('failure', 'relay.silent', { where });
  if (/refused the connection/.test(error.message)) return result('failure', 'relay.closed', { where });
  if (error.kind === 'dns') return result('failure', 'relay.unresolved', { host: account.host });
  return result('failure', 'relay.unreachable', { where, code: /\((.*)\)$/.exec(error.message)?.[1] ?? error.kind });
}

function isPrivate(address: string): boolean {
  return (
    /^(127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|::1|f[cd]|fe80|::ffff:127\.)/i.test(address) || address === ''
  );
}

// By the way that a mail takes, up to the recipient.
async function checkSession(context: DoctorContext, account: Account, hello: readonly string[]): Promise<Result[]> {
  const where = relayName(account);
  const user = account.user ?? '';
  if (account.auth !== 'off') {
    const offered = offeredMethods(hello);
    if ('problem' in chooseMethod(account.auth, offered, tlsPlan(account) !== 'clear'))
      return [result('failure', 'relay.no-login', { where, offered: offered.join(', ') })];
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
    const reply = opened.reply === undefined ? '' : oneLine(opened.reply).slice(0, SHOWN);
    if (asked) return [result('failure', 'relay.login-refused', { user, reply })];
    return [result('failure', 'relay.session', { where, reply })];
  }
  const { session } = opened;
  const results = account.auth === 'off' ? [] : [result('ok', 'relay.login', { user })];
  results.push(...(await checkSender(context, account, session)));
  await session.quit();
  return results;
}

/** RFC 3463 section 3.8, or Postfix's words, for "not from here". */
const NOT_FROM_HERE = /Client host rejected|Relay access denied|Access denied/i;

async function checkSender({ to }: DoctorContext, account: Account, session: Session): Promise<Result[]> {
  const from = account.from ?? to;
  if (from === undefined) return [];
  const recipient = to ?? from;
  const said = await session.ask(from, recipient);
  if (said?.startsWith('2')) return [result('ok', 'relay.sender', { from, to: recipient })];
  const reply = said === undefined ? '' : oneLine(said).slice(0, SHOWN);
  if (NOT_FROM_HERE.test(reply)) return [result('failure', 'relay.not-allowed', { where: relayName(account), reply })];
  // RFC 3463 section 3.2: X.1.0 to X.1.6 are about the recipient, X.1.7 and X.1.8 about the sender.
  if (/^\d{3}[ -]\d\.1\.[0-6]\b/.test(reply))
    return [result('failure', 'relay.recipient-refused', { to: recipient, reply })];
  return [result('failure', 'relay.sender-refused', { from, reply })];
}

async function checkStrangers(account: Account): Promise<Result[]> {
  const where = relayName(account);
  const outside = await seenFromOutside(account);
  if (outside?.result === 'accepted') return [result('failure', 'relay.open', { where, reply: outside.reply })];
  if (outside?.result === 'refused') return [result('ok', 'relay.closed-outside', { where })];
  // Who is known by the address cannot play the stranger.
  if (account.auth === 'off') return [result('skipped', 'relay.by-address', { where })];
  const plan = tlsPlan(account);
  let dialogue: SmtpDialogue | undefined;
  try {
    dialogue = await SmtpDialogue.open(account, plan === 'implicit' || plan === 'either');
    await dialogue.say();
    await dialogue.say(`EHLO ${account.ehloName}`);
    if (plan === 'starttls') {
      await dialogue.say('STARTTLS');
      await dialogue.startTls(account);
      await dialogue.say(`EHLO ${account.ehloName}`);
    }
    let reply = await dialogue.say(`MAIL FROM:<${STRANGER}>`);
    if (reply?.code === 250) reply = await dialogue.say(`RCPT TO:<${STRANGER}>`);
    if (reply !== undefined && reply.code < 300)
      return [result('failure', 'relay.open', { where, reply: textOf(reply) })];
    return [result('ok', 'relay.closed-to-strangers', { where })];
  } catch {
    // What is wrong with the connection has been told by the links before.
    return [];
  } finally {
    dialogue?.close();
  }
}

/** '' for what is no reply of SMTP. */
function textOf(reply: Reply | undefined): string {
  if (reply === undefined) return '';
  return `${reply.code} ${reply.lines.join(' ')}`.replace(/[^\x20-\x7e]/g, '?').slice(0, SHOWN);
}
