// The start of a session, with nodemailer's SMTP connection: greeting, EHLO, STARTTLS, login (RFC 5321 section 3.1, RFC 3207, RFC 4954).

import type { Socket } from 'node:net';
import { hostname } from 'node:os';
import type { TLSSocket } from 'node:tls';
import { domainToASCII } from 'node:url';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { Account } from '../config/account.ts';
import { type Diagnostic, placed } from '../exit.ts';
import { diagnostic } from '../messages/catalogue.ts';
import type { Failure } from '../types.ts';
import { authHandlers, isNextMethodDue, loginMethods, offeredMethods, ownName } from './auth.ts';
import type { Transcript } from './dialogue.ts';
import { offersOf, socketOf } from './internals.ts';
import { connectTimeout, type EarlyConnection, handshakeError, OpenError, openSocket, relayName } from './open.ts';
import { failure, type SmtpError, sessionFailure } from './outcome.ts';
import { isLocal, type TlsPlan, tlsPlan } from './plan.ts';
import { fingerprintProblem, tlsOptions } from './trust.ts';

export type Connection = InstanceType<typeof SMTPConnection>;
type Transcribe = (() => Transcript | undefined) | undefined;

/** Milliseconds to wait for a reply; RFC 5321 section 4.5.3.2 has 10 minutes for DATA, but a customer waits. */
const REPLY_TIMEOUT = 300_000;
/** Replies before the login: greeting, EHLO, STARTTLS, EHLO. Their time together limits a reply that does not end. */
const GREETING_REPLIES = 4;
/** Replies of a login: no method has more steps. */
const LOGIN_REPLIES = 4;

/** Connects, secures the connection as planned and sends EHLO. @throws OpenError, SmtpError */
export async function greet(
  account: Account,
  notes: Diagnostic[],
  transcript: Transcribe,
  early: EarlyConnection,
): Promise<Connection> {
  const plan = tlsPlan(account);
  if (plan === 'clear' || plan === 'starttls') return connectPlain(account, plan, await early.take(), transcript);
  try {
    return await hello(account, 'implicit', await early.take(), transcript);
  } catch (error) {
    if (!(error instanceof OpenError) || error.kind !== 'plaintext' || plan === 'implicit') throw error;
  }
  // The line "465 inet … smtpd" of many guides: STARTTLS on a port where TLS comes first elsewhere.
  const connection = await connectPlain(account, 'starttls', await openSocket(account), transcript);
  notes.push(diagnostic('tls.upgraded', { where: relayName(account), account: account.name }));
  return connection;
}

async function connectPlain(
  account: Account,
  plan: 'clear' | 'starttls',
  socket: Socket,
  transcript: Transcribe,
): Promise<Connection> {
  const connection = await hello(account, plan, socket, transcript);
  if (plan === 'starttls') {
    // Before the password is sent. After STARTTLS the socket is one of TLS.
    const problem = fingerprintProblem(account, socketOf(connection) as TLSSocket);
    if (problem !== undefined) {
      connection.close();
      throw new OpenError('certificate', placed(relayName(account), problem));
    }
  }
  return connection;
}

function hello(
  account: Account,
  plan: Exclude<TlsPlan, 'either'>,
  socket: Socket,
  transcript: Transcribe,
): Promise<Connection> {
  const connection = new SMTPConnection({
    host: account.host,
    port: account.port,
    connection: socket,
    secure: plan === 'implicit',
    secured: plan === 'implicit',
    requireTLS: plan === 'starttls',
    ignoreTLS: plan === 'clear',
    name: ehloNameOf(account, socket.localAddress),
    lmtp: account.lmtp,
    tls: plan === 'starttls' ? tlsOptions(account) : {},
    connectionTimeout: connectTimeout(account),
    greetingTimeout: connectTimeout(account),
    socketTimeout: replyTimeout(account),
    socketCloseTimeout: 0,
    customAuth: authHandlers,
    ...(transcript === undefined ? {} : { transactionLog: true, logger: loggerOf(transcript) }),
  });
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => fail(endless()), timeFor(GREETING_REPLIES, account));
    const fail = (error: SmtpError) => {
      clearTimeout(timer);
      connection.close();
      const cause = error.originalCode;
      // nodemailer reports a certificate that fails within STARTTLS as an error of the socket.
      if (
        cause !== undefined &&
        connection.secure === false &&
        /^(ERR_|CERT|DEPTH|SELF|UNABLE|INVALID|HOST)/.test(cause)
      ) {
        reject(handshakeError(Object.assign(new Error(error.message), { code: cause }), account));
      } else reject(error);
    };
    connection.once('error', fail);
    connection.connect((error) => {
      if (error !== undefined) {
        fail(error);
        return;
      }
      clearTimeout(timer);
      connection.off('error', fail);
      // From here on the callback of login gets every error; without a listener an error would end the process.
      connection.on('error', () => undefined);
      resolve(connection);
    });
  });
}

/** Names that other machines cannot look up (RFC 6761, RFC 6762, RFC 8375). */
const PRIVATE = /(?:^|\.)(?:localhost|localdomain|local|localdomain\d|internal|lan|home\.arpa)$/i;

/**
 * The name for EHLO: that of the configuration; otherwise, since many servers reject `localhost`, this machine's full name,
 * the domain of `from`, or the address (RFC 5321 section 4.1.1.1).
 */
export function ehloNameOf(account: Account, localAddress?: string, machine = hostname()): string {
  if (account.ehloName !== 'localhost' || isLocal(account)) return account.ehloName;
  const own = fullName(machine);
  if (own !== undefined && !PRIVATE.test(own)) return own;
  const domain = fullName(account.from?.slice(account.from.lastIndexOf('@') + 1) ?? '');
  if (domain !== undefined) return domain;
  if (own !== undefined && !/localhost/i.test(own)) return own;
  const address = localAddress?.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  if (address === undefined || address === '') return account.ehloName;
  return address.includes(':') ? `[IPv6:${address}]` : `[${address}]`;
}

/** A name of several labels in the form of DNS; undefined for others. */
function fullName(text: string): string | undefined {
  const name = domainToASCII(text.replace(/\.$/, '')).toLowerCase();
  return /^(?=.{1,255}$)(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)+[a-z][a-z\d-]*[a-z\d]$/.test(name) ? name : undefined;
}

function replyTimeout({ timeout, timeoutOff }: Account): number {
  return timeoutOff ? 86_400_000 : (timeout ?? REPLY_TIMEOUT);
}

/** Milliseconds for so many replies, as far as a timer goes. */
function timeFor(replies: number, account: Account): number {
  return Math.min(replies * replyTimeout(account), 2 ** 31 - 1);
}

function endless(): SmtpError {
  return Object.assign(new Error('the reply does not end'), { code: 'ETIMEDOUT' });
}

// nodemailer gives the dialogue to a logger.
function loggerOf(transcript: () => Transcript | undefined) {
  const ignore = () => undefined;
  const debug = (data: { tnx?: string }, text: unknown) => {
    if (data.tnx !== 'client' && data.tnx !== 'server') return;
    for (const line of String(text).split(/\r?\n/)) transcript()?.[data.tnx](line);
  };
  // The type asks for overloads that nodemailer does not use.
  return { level: ignore, trace: ignore, debug, info: ignore, warn: ignore, error: ignore, fatal: ignore } as never;
}

/** Undefined if the login succeeded, or none is configured; tries the methods that the account allows in order. */
export async function logIn(
  connection: Connection,
  account: Account,
  password: () => string,
): Promise<Failure | undefined> {
  if (account.auth === 'off') return undefined;
  const choice = loginMethods(account.auth, offeredMethods(offersOf(connection)), connection.secure);
  if ('problem' in choice) return failure('rejected', placed(relayName(account), choice.problem), { scope: 'relay' });
  const tried: string[] = [];
  let pass: string | undefined;
  for (const method of choice.methods) {
    if (method !== 'EXTERNAL') pass ??= password();
    tried.push(method);
    const error = await logInBy(connection, account, method, pass ?? '');
    if (error === null) return undefined;
    if (isNextMethodDue(method, error) && tried.length < choice.methods.length) continue;
    return sessionFailure(error, account, `login as ${account.user ?? 'the client certificate'} (${tried.join(', ')})`);
  }
  return undefined;
}

async function logInBy(
  connection: Connection,
  account: Account,
  method: string,
  pass: string,
): Promise<SmtpError | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const error = await new Promise<SmtpError | null>((resolve) => {
    // If the server ends the connection politely, nodemailer has no callback to call.
    const ended = () => resolve(Object.assign(new Error('the relay closed the connection'), { code: 'ECONNECTION' }));
    const release = () => {
      connection.off('error', resolve);
      connection.off('end', ended);
    };
    connection.once('error', resolve);
    connection.once('end', ended);
    timer = setTimeout(() => resolve(endless()), timeFor(LOGIN_REPLIES, account));
    connection.login({ method: ownName(method), user: account.user ?? '', pass }, (problem) => {
      release();
      resolve(problem);
    });
  });
  clearTimeout(timer);
  return error;
}
