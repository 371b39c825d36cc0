// Logging in (RFC 4954): which method, and those that nodemailer does not bring.

import { randomBytes } from 'node:crypto';
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import { type ScramHash, scram } from './scram.ts';

type Options = NonNullable<ConstructorParameters<typeof SMTPConnection>[0]>;
type Handlers = NonNullable<Options['customAuth']>;
type Context = Parameters<Handlers[string]>[0];

/** Strongest first; those that show the password to the server come last and only through TLS. */
const PREFERENCE = ['SCRAM-SHA-256', 'SCRAM-SHA-1', 'PLAIN', 'CRAM-MD5', 'LOGIN'] as const;
/** The password, or a token as good, is readable on the wire. */
const IN_CLEAR: ReadonlySet<string> = new Set(['PLAIN', 'LOGIN', 'XOAUTH2', 'OAUTHBEARER']);

/** Those that prove the password without saying it; a server that keeps only its hash refuses them with the right one too. */
const BY_CHALLENGE: ReadonlySet<string> = new Set(['SCRAM-SHA-256', 'SCRAM-SHA-1', 'CRAM-MD5']);

/**
 * The methods to try in turn among those that the server offers.
 * `wanted` is the directive's value; a problem is a sentence for the user.
 */
export function loginMethods(
  wanted: string,
  offered: readonly string[],
  secure: boolean,
): { methods: readonly string[] } | { problem: string } {
  const names = offered.map((name) => name.toUpperCase());
  if (names.length === 0) return { problem: 'the relay offers no login, and mail is not sent without one' };
  if (wanted !== 'on') {
    const method = wanted.toUpperCase();
    if (names.includes(method)) return { methods: [method] };
    return { problem: `the relay does not offer the login method ${wanted}; it offers ${names.join(', ')}` };
  }
  const usable = PREFERENCE.filter((name) => names.includes(name));
  const methods = usable.filter((name) => secure || !IN_CLEAR.has(name));
  if (methods.length > 0) return { methods };
  if (usable.length > 0) return { problem: 'the relay offers only logins that show the password, and there is no TLS' };
  return { problem: `the relay offers no login method that is known here; it offers ${names.join(', ')}` };
}

/** RFC 4954 section 4: 504 is about the method; 534 and 535 are too, if it needs what the server does not keep. */
export function isNextMethodDue(method: string, error: Error & { responseCode?: number | undefined }): boolean {
  // A server that does not know the password is not given it.
  if (error instanceof UntrustedServer) return false;
  const { responseCode: code } = error;
  return code === 504 || (BY_CHALLENGE.has(method) && (code === 534 || code === 535));
}

/** It failed to prove itself, or did not do its part of the exchange. */
class UntrustedServer extends Error {}

/** SASL methods of an EHLO answer, given as its lines without codes. */
export function offeredMethods(ehloLines: readonly string[]): string[] {
  const found = new Set<string>();
  for (const line of ehloLines) {
    // "AUTH=PLAIN" is how servers older than RFC 2554 say it.
    const match = /^AUTH[ =](.*)$/i.exec(line);
    for (const name of match?.[1]?.split(/[\s=]+/) ?? []) if (name !== '') found.add(name.toUpperCase());
  }
  return [...found];
}

/** What nodemailer calls a method: it replaces XOAUTH2 by another that the server offers, unless it fetches the token itself. */
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
  // RFC 4422 appendix A: the client certificate says the name.
  EXTERNAL: async (context) => {
    const reply = await context.sendCommand(`AUTH EXTERNAL ${base64(context.auth.credentials.user ?? '') || '='}`);
    if (reply.status !== 235) throw new Error('login refused');
  },
};

async function scramLogin(context: Context, hash: ScramHash): Promise<void> {
  const { user, pass } = context.auth.credentials;
  const exchange = scram(hash, user, pass, randomBytes(18).toString('base64'));
  const challenge = await context.sendCommand(`AUTH ${context.method} ${base64(exchange.first)}`);
  if (challenge.status !== 334) throw new Error('login refused');
  const answer = exchange.final(decode(challenge.text));
  if (typeof answer !== 'string') {
    await context.sendCommand('*');
    throw new UntrustedServer(answer.problem);
  }
  let reply = await context.sendCommand(base64(answer));
  // The server's proof comes as one more challenge, or with the 235.
  const proof = decode(reply.text);
  if (reply.status === 334) reply = await context.sendCommand('');
  if (reply.status !== 235) throw new Error('login refused');
  if (!exchange.verify(proof)) throw new UntrustedServer('the server could not prove that it knows the password');
}

async function tokenLogin(context: Context, method: 'OAUTHBEARER' | 'XOAUTH2', message: string): Promise<void> {
  let reply = await context.sendCommand(`AUTH ${method} ${base64(message)}`);
  // A refusal is explained in a challenge, which wants an empty answer before the code comes.
  if (reply.status === 334) reply = await context.sendCommand(method === 'XOAUTH2' ? '' : base64('\x01'));
  if (reply.status !== 235) throw new Error('login refused');
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}

function decode(text: string): string {
  return Buffer.from(text.trim(), 'base64').toString('utf8');
}
