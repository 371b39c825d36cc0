// The login (RFC 4954): the choice of the method, and the methods that nodemailer does not have.

import { randomBytes } from 'node:crypto';
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { Diagnostic } from '../exit.ts';
import { diagnostic } from '../messages/catalogue.ts';
import { type ScramHash, scram } from './scram.ts';

type Options = NonNullable<ConstructorParameters<typeof SMTPConnection>[0]>;
type Handlers = NonNullable<Options['customAuth']>;
type Context = Parameters<Handlers[string]>[0];

/** Strongest first; those that send the password come last, and are used only over TLS. */
const PREFERENCE = ['SCRAM-SHA-256', 'SCRAM-SHA-1', 'PLAIN', 'CRAM-MD5', 'LOGIN'] as const;
/** The password, or a token that replaces it, is readable in the connection. */
const IN_CLEAR: ReadonlySet<string> = new Set(['PLAIN', 'LOGIN', 'XOAUTH2', 'OAUTHBEARER']);

/** Those that prove the password without sending it; a server that stores only a hash rejects them even with the right password. */
const BY_CHALLENGE: ReadonlySet<string> = new Set(['SCRAM-SHA-256', 'SCRAM-SHA-1', 'CRAM-MD5']);

/**
 * The offered methods to try, in order. `wanted` is the value of the directive.
 */
export function loginMethods(
  wanted: string,
  offered: readonly string[],
  secure: boolean,
): { methods: readonly string[] } | { problem: Diagnostic } {
  const names = offered.map((name) => name.toUpperCase());
  if (names.length === 0) return { problem: diagnostic('login.none-offered') };
  if (wanted !== 'on') {
    const method = wanted.toUpperCase();
    if (names.includes(method)) return { methods: [method] };
    return { problem: diagnostic('login.not-offered', { method: wanted, offered: names.join(', ') }) };
  }
  const usable = PREFERENCE.filter((name) => names.includes(name));
  const methods = usable.filter((name) => secure || !IN_CLEAR.has(name));
  if (methods.length > 0) return { methods };
  if (usable.length > 0) return { problem: diagnostic('login.clear-text') };
  return { problem: diagnostic('login.unknown-methods', { offered: names.join(', ') }) };
}

/** RFC 4954 section 4: 504 is about the method; 534 and 535 may be, if the server cannot check a challenge. */
export function isNextMethodDue(method: string, error: Error & { responseCode?: number | undefined }): boolean {
  // A server that does not know the password does not get it.
  if (error instanceof UntrustedServer) return false;
  const { responseCode: code } = error;
  return code === 504 || (BY_CHALLENGE.has(method) && (code === 534 || code === 535));
}

/** The server did not prove that it knows the password, or broke the exchange. */
class UntrustedServer extends Error {
  constructor({ text }: Diagnostic) {
    super(text);
  }
}

/** SASL methods of a reply to EHLO, given as its lines without codes. */
export function offeredMethods(ehloLines: readonly string[]): string[] {
  const found = new Set<string>();
  for (const line of ehloLines) {
    // Servers older than RFC 2554 have "AUTH=PLAIN".
    const match = /^AUTH[ =](.*)$/i.exec(line);
    for (const name of match?.[1]?.split(/[\s=]+/) ?? []) if (name !== '') found.add(name.toUpperCase());
  }
  return [...found];
}

/** The name of a method for nodemailer, which would replace XOAUTH2 by another method that the server offers. */
export function ownName(method: string): string {
  return method === 'XOAUTH2' ? 'XOAUTH2-TOKEN' : method;
}

/** Handlers by `ownName` for nodemailer's customAuth. */
export const authHandlers: Handlers = {
  'SCRAM-SHA-1': (context) => scramLogin(context, 'sha1'),
  'SCRAM-SHA-256': (context) => scramLogin(context, 'sha256'),
  // RFC 7628 section 3.1.
  OAUTHBEARER: (context) =>
    tokenLogin(
      context,
      'OAUTHBEARER',
      `n,a=${context.auth.credentials.user},\x01auth=Bearer ${context.auth.credentials.pass}\x01\x01`,
    ),
  [ownName('XOAUTH2')]: (context) =>
    tokenLogin(
      context,
      'XOAUTH2',
      `user=${context.auth.credentials.user}\x01auth=Bearer ${context.auth.credentials.pass}\x01\x01`,
    ),
  // RFC 4422 appendix A: the client certificate has the name.
  EXTERNAL: async (context) => {
    const reply = await context.sendCommand(`AUTH EXTERNAL ${base64(context.auth.credentials.user ?? '') || '='}`);
    if (reply.status !== 235) throw new Error('login rejected');
  },
};

async function scramLogin(context: Context, hash: ScramHash): Promise<void> {
  const { user, pass } = context.auth.credentials;
  const exchange = scram(hash, user, pass, randomBytes(18).toString('base64'));
  const challenge = await context.sendCommand(`AUTH ${context.method} ${base64(exchange.first)}`);
  if (challenge.status !== 334) throw new Error('login rejected');
  const answer = exchange.final(decode(challenge.text));
  if (typeof answer !== 'string') {
    await context.sendCommand('*');
    throw new UntrustedServer(answer.problem);
  }
  let reply = await context.sendCommand(base64(answer));
  // The server's proof is one more challenge, or part of the 235.
  const proof = decode(reply.text);
  if (reply.status === 334) reply = await context.sendCommand('');
  if (reply.status !== 235) throw new Error('login rejected');
  if (!exchange.verify(proof)) throw new UntrustedServer(diagnostic('login.proof'));
}

async function tokenLogin(context: Context, method: 'OAUTHBEARER' | 'XOAUTH2', message: string): Promise<void> {
  let reply = await context.sendCommand(`AUTH ${method} ${base64(message)}`);
  // A rejection is explained in a challenge; the code follows the empty answer.
  if (reply.status === 334) reply = await context.sendCommand(method === 'XOAUTH2' ? '' : base64('\x01'));
  if (reply.status !== 235) throw new Error('login rejected');
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}

function decode(text: string): string {
  return Buffer.from(text.trim(), 'base64').toString('utf8');
}
