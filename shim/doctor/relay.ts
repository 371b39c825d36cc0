// The links at the relay: name, ports, TLS, greeting, login, sender, and that strangers are refused.

import { lookup } from 'node:dns/promises';
import { checkServerIdentity, type TLSSocket } from 'node:tls';
import type { Account } from '../config/account.ts';
import { passwordOf } from '../config/secrets.ts';
import { ExitError } from '../exit.ts';
import { handshakeError, OpenError, openSocket, relayName } from '../submit/open.ts';
import { oneLine } from '../submit/outcome.ts';
import { tlsPlan } from '../submit/plan.ts';
import { openSession } from '../submit/session.ts';
import { fingerprintProblem } from '../submit/trust.ts';
import type { DoctorContext } from './context.ts';
import { type Result, result } from './link.ts';
import { type Reply, SmtpDialogue } from './smtp.ts';

/** Days; certbot renews at thirty. */
const EXPIRING = 14;
/** Milliseconds to connect, for ports that need not answer. */
const PORT_PATIENCE = 4000;
/** A name that nobody has (RFC 2606), for asking whether a stranger's mail would be passed on. */
const STRANGER = 'mailshim-doctor@stranger.example';
const DAY = 86_400_000;

export async function checkRelay(context: DoctorContext): Promise<Result[]> {
  const { account } = context;
  if (account === undefined) return [];
  const named = account.socket === undefined && account.proxy === undefined;
  const results: Result[] = named ? await checkName(account) : [];
  if (results.some(({ level }) => level === 'failure')) return results;
  const { results: connected, greeting, address } = await checkConnection(account, context);
  results.push(...connected);
  if (named) results.push(...(await checkPorts(account)));
  if (connected.some(({ level }) => level === 'failure')) return results;
  // The check of the DNS compares them with what receivers find.
  if (greeting !== undefined) context.seen.greeting = (greeting.split(/\s+/)[0] ?? '').toLowerCase();
  if (!isPrivate(address)) context.seen.address = address;
  results.push(...(await checkSession(context, account)));
  results.push(...(await checkStrangers(account)));
  return results;
}

async function checkName({ host }: Account): Promise<Result[]> {
  try {
    const addresses = await lookup(host, { all: true });
    return [result('ok', 'relay.resolved', { host, addresses: addresses.map(({ address }) => address).join(', ') })];
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'ENOTFOUND' ? 'it does not exist' : (code ?? String(error));
    return [result('failure', 'relay.unresolved', { host, why })];
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
    const socket = await openSocket({ ...account, port, timeout: PORT_PATIENCE, timeoutOff: false });
    socket.destroy();
    return true;
  } catch (error) {
    if (error instanceof OpenError) return false;
    throw error;
  }
}

interface Connected {
  results: Result[];
  /** First line of the banner. */
  greeting?: string;
  address: string;
}

async function checkConnection(account: Account, { environment }: DoctorContext): Promise<Connected> {
  const where = relayName(account);
  const plan = tlsPlan(account);
  const fail = (...results: Result[]): Connected => ({ results, address: '' });
  let dialogue: SmtpDialogue;
  try {
    dialogue = await SmtpDialogue.open(account, plan === 'implicit' || plan === 'either');
  } catch (error) {
    if (error instanceof OpenError) return fail(result('failure', 'relay.closed', { where, why: error.message }));
    const described = handshakeError(error as NodeJS.ErrnoException, account);
    return fail(
      described.kind === 'plaintext'
        ? result('failure', 'relay.wrapper', { where })
        : result('failure', 'relay.certificate', { why: described.message }),
    );
  }
  try {
    const banner = await dialogue.say();
    if (banner?.code !== 220) return fail(result('failure', 'relay.session', { why: saidText(where, banner) }));
    let hello = await dialogue.say(`EHLO ${account.ehloName}`);
    if (hello?.code !== 250) return fail(result('failure', 'relay.session', { why: saidText(where, hello) }));
    if (plan === 'starttls') {
      const ready = await dialogue.say('STARTTLS');
      if (ready?.code !== 220) return fail(result('failure', 'relay.session', { why: saidText(where, ready) }));
      await dialogue.startTls(account);
      hello = await dialogue.say(`EHLO ${account.ehloName}`);
    }
    const secure = dialogue.secure;
    const tls =
      secure === undefined
        ? [result('warning', 'relay.clear', { where })]
        : judgeTls(secure, account, environment.now());
    return { results: tls, greeting: banner.lines[0] ?? '', address: dialogue.remoteAddress };
  } catch (error) {
    return fail(
      result('failure', 'relay.certificate', { why: handshakeError(error as NodeJS.ErrnoException, account).message }),
    );
  } finally {
    dialogue.close();
  }
}

function judgeTls(secure: TLSSocket, account: Account, now: Date): Result[] {
  const certificate = secure.getPeerCertificate();
  const name = account.tls.hostOverride ?? account.host;
  const trouble =
    account.tls.fingerprint === undefined
      ? identityProblem(secure, name, account)
      : fingerprintProblem(account, secure);
  if (trouble !== undefined && account.tls.certificateCheck)
    return [result('failure', 'relay.certificate', { why: trouble })];
  const days = Math.floor((Date.parse(certificate.valid_to) - now.getTime()) / DAY);
  const protocol = secure.getProtocol() ?? 'TLS';
  if (days < EXPIRING) return [result('warning', 'relay.expiring', { days, name })];
  return [result('ok', 'relay.tls', { protocol, name, days })];
}

function identityProblem(secure: TLSSocket, name: string, account: Account): string | undefined {
  if (secure.authorized) return undefined;
  const code = String(secure.authorizationError);
  const mismatch = checkServerIdentity(name, secure.getPeerCertificate());
  const message = code.startsWith('ERR_TLS') && mismatch !== undefined ? mismatch.message : code;
  return handshakeError(Object.assign(new Error(message), { code: code.split(':')[0]! }), account).message;
}

function isPrivate(address: string): boolean {
  return (
    /^(127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|::1|f[cd]|fe80|::ffff:127\.)/i.test(address) || address === ''
  );
}

// By the way that a mail takes, up to the recipient.
async function checkSession({ to }: DoctorContext, account: Account): Promise<Result[]> {
  const results: Result[] = [];
  const opened = await openSession(account, () => passwordOf(account)).catch((error: unknown) => {
    if (error instanceof ExitError) return error;
    throw error;
  });
  if (opened instanceof ExitError) return [result('failure', 'relay.refused', { why: opened.message })];
  if (!('session' in opened)) {
    const login = account.auth !== 'off' && /login|AUTH|auth/.test(opened.message);
    return [result('failure', login ? 'relay.refused' : 'relay.session', { why: opened.message })];
  }
  const { session } = opened;
  try {
    if (account.auth !== 'off') results.push(result('ok', 'relay.login', { user: account.user ?? '' }));
    const from = account.from ?? to;
    if (from === undefined) return results;
    const recipient = to ?? from;
    const reply = await session.ask(from, recipient);
    if (reply?.startsWith('2')) results.push(result('ok', 'relay.sender', { from, to: recipient }));
    else
      results.push(
        result('failure', 'relay.sender-refused', { from, why: reply === undefined ? 'it hung up' : oneLine(reply) }),
      );
  } finally {
    session.close();
  }
  return results;
}

async function checkStrangers(account: Account): Promise<Result[]> {
  const where = relayName(account);
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
      return [result('failure', 'relay.open', { where, reply: saidText('', reply) })];
    return [result('ok', 'relay.closed-to-strangers', { where })];
  } catch {
    // What is wrong with the connection has been told by the links before.
    return [];
  } finally {
    dialogue?.close();
  }
}

function saidText(where: string, reply: Reply | undefined): string {
  const prefix = where === '' ? '' : `${where} `;
  if (reply === undefined) return `${prefix}does not answer in the way of SMTP`;
  const text = `${reply.code} ${reply.lines.join(' ')}`.replace(/[^\x20-\x7e]/g, '?').slice(0, 300);
  return where === '' ? text : `${prefix}says ${text}`;
}
