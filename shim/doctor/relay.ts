// The links at the relay: name, ports, TLS, greeting, login, sender, and that strangers are refused.

import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { parseIp } from '../../shared/text/ip.ts';
import { isUnreachable } from '../../shared/text/unreachable.ts';
import type { Account } from '../config/account.ts';
import { ExitError } from '../exit.ts';
import { loginMethods, offeredMethods } from '../submit/auth.ts';
import type { Reply } from '../submit/dialogue.ts';
import { handshakeError, OpenError, openSocket, relayName } from '../submit/open.ts';
import { oneLine } from '../submit/outcome.ts';
import { bareHost, tlsPlan } from '../submit/plan.ts';
import { providerOf } from '../submit/provider.ts';
import { openSession, type Session } from '../submit/session.ts';
import { causeOf } from './cause.ts';
import { checkCertificate, newerOnDisk, validityAt } from './certificate.ts';
import { clockOff } from './clock.ts';
import type { DoctorContext } from './context.ts';
import { type Greeted, greeted } from './greeted.ts';
import { type Result, result } from './link.ts';
import { senderOf } from './local.ts';
import { seenFromOutside } from './outside.ts';
import { passwordFor } from './password.ts';

/** Milliseconds to connect: three tries of TCP's own; after a firewall was changed, more is too long to wait. */
const CONNECT_PATIENCE = 6000;
/** A name that nobody has (RFC 2606), for asking whether a stranger's mail would be passed on. */
const STRANGER = 'mailshim-doctor@stranger.example';
const MINUTE = 60_000;
/** Characters of a reply that are shown. */
const SHOWN = 300;

export async function checkRelay(context: DoctorContext): Promise<Result[]> {
  if (context.account === undefined) return [];
  const account = { ...context.account, timeoutOff: false, timeout: context.account.timeout ?? CONNECT_PATIENCE };
  const named = account.socket === undefined && account.proxy === undefined;
  const name = named ? await checkName(account) : { results: [], addresses: [] };
  if (name.results.some(({ level }) => level === 'failure')) {
    context.seen.unresolved = account.host;
    return name.results;
  }
  // Its other ports, and what it takes from strangers, are a provider's own affair.
  const isOwn = providerOf(account) === undefined;
  const [connected, ports] = await Promise.all([
    checkConnection(account, context),
    named && isOwn ? checkPorts(account) : [],
  ]);
  const { hello } = connected;
  if (hello === undefined)
    return [...name.results, ...(await explained(context, account, connected, name.addresses, ports))];
  const results = [...name.results, ...connected.results, ...ports.map(resultOfPort)];
  // The check of the DNS compares them with what receivers find; mail of a provider leaves from other hosts.
  if (isOwn && connected.greeting !== undefined) context.seen.greeting = connected.greeting;
  if (isOwn && isPublic(connected.address)) context.seen.address = connected.address;
  results.push(...(await checkSession(context, account, hello)));
  if (isOwn && !results.some(({ id }) => id === 'relay.not-allowed')) results.push(...(await checkStrangers(account)));
  return results;
}

/** What keeps us from the relay, by its cause; then the ports that still say something. */
async function explained(
  context: DoctorContext,
  account: Account,
  { results }: Connected,
  addresses: readonly string[],
  ports: readonly Port[],
): Promise<Result[]> {
  const open = ports.filter((port) => port.open === true).map(({ port }) => port);
  const causes: Result[] = [];
  const published = await publishedAddresses(context, account.host);
  for (const failure of results) {
    const surroundings = { account, addresses, published, open, root: context.root };
    const cause = failure.level === 'failure' ? causeOf(failure, surroundings) : failure;
    causes.push(
      cause.id === 'relay.session' && (await isImplicit(account))
        ? result('failure', 'relay.implicit', { where: relayName(account) })
        : cause,
    );
  }
  // What DNS says of that name is then no further fault of its own.
  if (causes.some(({ id }) => id === 'relay.proxied' || id === 'relay.ipv6')) context.seen.unresolved = account.host;
  return [...causes, ...ports.map(resultOfPort)];
}

/** What DNS itself says, beside /etc/hosts. */
async function publishedAddresses({ resolver }: DoctorContext, host: string): Promise<string[]> {
  if (isIP(bareHost(host)) !== 0) return [];
  const answers = await Promise.all([resolver.query(host, 'A'), resolver.query(host, 'AAAA')]);
  return answers.flatMap((answer) => (answer.kind === 'ok' ? answer.records : []));
}

/** A port that wants TLS from the first byte waits for it in silence, where STARTTLS is to come. */
async function isImplicit(account: Account): Promise<boolean> {
  if (tlsPlan(account) !== 'starttls') return false;
  const other = { ...account, tls: { ...account.tls, starttls: 'off' as const, use: 'on' as const } };
  try {
    return await greeted(
      other,
      () => true,
      () => true,
    );
  } catch {
    return false;
  }
}

interface Named {
  results: Result[];
  addresses: readonly string[];
}

async function checkName({ host }: Account): Promise<Named> {
  try {
    const addresses = (await lookup(bareHost(host), { all: true })).map(({ address }) => address);
    return { results: [result('ok', 'relay.resolved', { host, addresses: addresses.join(', ') })], addresses };
  } catch (error) {
    // EAI_AGAIN: the name server said nothing.
    const silent = (error as NodeJS.ErrnoException).code === 'EAI_AGAIN';
    return { results: [result('failure', silent ? 'relay.lookup' : 'relay.unresolved', { host })], addresses: [] };
  }
}

interface Port {
  port: number;
  /** Undefined where nothing came back. */
  open: boolean | undefined;
}

async function checkPorts(account: Account): Promise<Port[]> {
  const others = [465, 587, 25].filter((port) => port !== account.port);
  return Promise.all(others.map(async (port) => ({ port, open: await answers(account, port) })));
}

function resultOfPort({ port, open }: Port): Result {
  return open === undefined
    ? result('skipped', 'relay.port-unknown', { port })
    : result('ok', 'relay.port', { port, open });
}

/** Undefined where nothing came back: a firewall here, on the way or there, which closes it for this machine alone or for all. */
async function answers(account: Account, port: number): Promise<boolean | undefined> {
  try {
    const socket = await openSocket({ ...account, port });
    socket.destroy();
    return true;
  } catch (error) {
    if (error instanceof OpenError) return isRefused(error) ? false : undefined;
    throw error;
  }
}

function isRefused({ message }: OpenError): boolean {
  return /refused the connection/.test(message);
}

interface Connected {
  results: Result[];
  /** Lines of the answer to EHLO; undefined where it came to none. */
  hello?: readonly string[];
  /** Host name in the banner. */
  greeting?: string;
  address: string;
}

async function checkConnection(account: Account, context: DoctorContext): Promise<Connected> {
  const where = relayName(account);
  const fail = (found: Result): Connected => ({ results: [found], address: '' });
  const look = async ({ socket, name, hello }: Greeted): Promise<Connected> => {
    const tls =
      'getPeerCertificate' in socket
        ? await certificateOf(socket as TLSSocket, account, context)
        : result('warning', 'relay.clear', { where });
    if (tls.level === 'failure' || tls.level === 'skipped') return fail(tls);
    return { results: [tls], hello, greeting: name, address: socket.remoteAddress ?? '' };
  };
  try {
    return await greeted(account, look, (reply) =>
      fail(result('failure', 'relay.session', { where, reply: textOf(reply) })),
    );
  } catch (error) {
    return fail(connectionTrouble(error, account));
  }
}

/** The certificate by the right time: a wrong clock here makes a good one look expired, and is the cause then. */
async function certificateOf(socket: TLSSocket, account: Account, context: DoctorContext): Promise<Result> {
  const { environment, seen, configuration, root } = context;
  const now = environment.now();
  const found = checkCertificate(socket, account, now);
  if (!/^relay\.(?:expired|expiring|not-yet-valid)$/.test(found.id)) return found;
  const known = seen.clockOff !== undefined;
  const off = seen.clockOff ?? (await clockOff(now, account.host, configuration.files));
  if (off !== undefined && found.id !== 'relay.expiring' && validityAt(socket, new Date(now.getTime() - off))) {
    if (known) return result('skipped', 'relay.clock', { name: account.host });
    return result('failure', 'program.clock', { minutes: Math.round(off / MINUTE) });
  }
  return (root === '' ? newerOnDisk(socket, account.host) : undefined) ?? found;
}

function connectionTrouble(error: unknown, account: Account): Result {
  const where = relayName(account);
  const provider = providerOf(account)?.id ?? '';
  const code = (error as NodeJS.ErrnoException).code ?? '';
  // A file of TLS that the configuration names.
  if (error instanceof ExitError) return result('failure', 'relay.tls-file', { file: error.message.split(':')[0]! });
  if (!(error instanceof OpenError)) {
    if (handshakeError(error as Error, account).kind === 'plaintext')
      return result('failure', 'relay.wrapper', { where });
    return result('failure', 'relay.handshake', { where, code: code || (error as Error).message });
  }
  if (error.kind === 'timeout') return result('failure', 'relay.silent', { where, provider });
  if (isRefused(error)) return result('failure', 'relay.closed', { where, provider });
  if (error.kind === 'dns') return result('failure', 'relay.unresolved', { host: account.host });
  return result('failure', 'relay.unreachable', { where, code: /\((.*)\)$/.exec(error.message)?.[1] ?? error.kind });
}

function isPublic(address: string): boolean {
  const ip = parseIp(address);
  return ip !== undefined && !isUnreachable(ip);
}

// By the way that a mail takes, up to the recipient.
async function checkSession(context: DoctorContext, account: Account, hello: readonly string[]): Promise<Result[]> {
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

/** RFC 4954 section 6, or Postfix's words, for "not from here, or not without a login". */
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

async function checkStrangers(account: Account): Promise<Result[]> {
  const where = relayName(account);
  const outside = await seenFromOutside(account);
  if (outside?.result === 'accepted') return [result('failure', 'relay.open', { where, reply: outside.reply })];
  if (outside?.result === 'refused') return [result('ok', 'relay.closed-outside', { where })];
  // Who is known by the address cannot play the stranger.
  if (account.auth === 'off') return [result('skipped', 'relay.by-address', { where })];
  const reply = await strangersReply(account);
  const answer = strangersAnswer(reply);
  if (answer === 'taken') return [result('failure', 'relay.open', { where, reply: textOf(reply) })];
  if (answer === 'refused') return [result('ok', 'relay.closed-to-strangers', { where })];
  return [result('skipped', 'relay.strangers-unknown', { where, reply: textOf(reply) })];
}

/**
 * What the relay's last word to a stranger says. A refusal for good, or for a reason of policy or login (RFC 3463 section
 * 3.8, RFC 4954 section 6), is one; a relay that is busy, or hangs up, has not said what it does with strangers.
 */
export function strangersAnswer(reply: Reply | undefined): 'taken' | 'refused' | 'unknown' {
  if (reply === undefined) return 'unknown';
  if (reply.code >= 200 && reply.code < 300) return 'taken';
  const isRefusal = reply.code >= 500 || reply.code === 454 || /^4\d\d[ -]4\.7\.\d/.test(reply.text);
  return isRefusal && reply.code >= 400 ? 'refused' : 'unknown';
}

/** The reply to a stranger's recipient, or to what came before it that was no yes; undefined where there was none. */
async function strangersReply(account: Account): Promise<Reply | undefined> {
  const look = async ({ ask }: Greeted) => {
    const reply = await ask(`MAIL FROM:<${STRANGER}>`);
    return reply?.code === 250 ? ask(`RCPT TO:<${STRANGER}>`) : reply;
  };
  try {
    return await greeted(account, look, () => undefined);
  } catch {
    // What is wrong with the connection has been told by the links before.
    return undefined;
  }
}

/** '' for what is no reply of SMTP. */
function textOf(reply: Reply | undefined): string {
  return reply === undefined ? '' : oneLine(reply.text, SHOWN);
}
