// A connection to the relay for checks: TLS as configured with any certificate, greeting and EHLO, never a message.

import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { Account } from '../config/account.ts';
import { Dialogue, type Reply } from '../submit/dialogue.ts';
import { ehloNameOf } from '../submit/greet.ts';
import { openSocket } from '../submit/open.ts';
import { oneLine } from '../submit/outcome.ts';
import { tlsPlan } from '../submit/plan.ts';
import { tlsOptions } from '../submit/trust.ts';

/** Milliseconds for each reply; delays of Postfix are under 10 s. */
const PATIENCE = 15_000;
/** Milliseconds for QUIT to leave. */
const QUIT_PATIENCE = 1000;

export interface Greeted {
  /** The TLS socket once there is one. */
  socket: Socket;
  /** Host name in the banner. */
  name: string;
  /** Lines of the reply to EHLO, without codes. */
  hello: readonly string[];
  /** The reply to a command; undefined where there is none, or not one of SMTP. */
  ask: (command: string) => Promise<Reply | undefined>;
}

/**
 * The result of `look` at a relay that accepts EHLO, or of `refused` for its first negative reply.
 * @throws OpenError, or the error of TLS
 */
export async function greeted<T>(
  account: Account,
  look: (relay: Greeted) => T | Promise<T>,
  refused: (reply: Reply | undefined) => T,
): Promise<T> {
  const plan = tlsPlan(account);
  let socket = await openSocket(account);
  socket.on('error', () => undefined);
  if (plan === 'implicit' || plan === 'either') socket = await secured(socket, account);
  let dialogue = dialogueOver(socket);
  const ask = (command?: string) => reply(dialogue, command);
  const sayHello = () => ask(`EHLO ${ehloNameOf(account, socket.localAddress)}`);
  try {
    const banner = await ask();
    if (banner?.code !== 220) return refused(banner);
    let hello = await sayHello();
    if (hello?.code !== 250) return refused(hello);
    if (plan === 'starttls') {
      const ready = await ask('STARTTLS');
      if (ready?.code !== 220) return refused(ready);
      socket.removeAllListeners('data');
      socket = await secured(socket, account);
      dialogue = dialogueOver(socket);
      hello = await sayHello();
      if (hello?.code !== 250) return refused(hello);
    }
    const [name] = linesOf(banner)[0]!.toLowerCase().split(/\s+/);
    return await look({ socket, name: name!, hello: linesOf(hello), ask });
  } finally {
    void dialogue.quit(QUIT_PATIENCE).finally(() => dialogue.close());
  }
}

/** With any certificate: the caller checks it. */
async function secured(socket: Socket, account: Account): Promise<TLSSocket> {
  const secure = connectTls({ ...tlsOptions(account), rejectUnauthorized: false, socket });
  const late = () => secure.destroy(Object.assign(new Error('no TLS handshake'), { code: 'ETIMEDOUT' }));
  const timer = setTimeout(late, PATIENCE);
  try {
    await once(secure, 'secureConnect');
    return secure;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
    secure.on('error', () => undefined);
  }
}

function dialogueOver(socket: Socket): Dialogue {
  const dialogue = new Dialogue(socket, [], () => undefined);
  // A socket of a proxy is paused, so that no byte of the greeting is lost.
  socket.resume();
  return dialogue;
}

async function reply(dialogue: Dialogue, command: string | undefined): Promise<Reply | undefined> {
  if (command !== undefined) dialogue.send([command]);
  const timer = setTimeout(() => dialogue.close(), PATIENCE);
  const said = await dialogue.next();
  clearTimeout(timer);
  return said.code === 0 ? undefined : said;
}

function linesOf({ text }: Reply): string[] {
  return text.split('\n').map((line) => line.slice(4));
}

/** Characters of a reply that are shown. */
export const SHOWN = 300;

/** '' where there is no reply of SMTP. */
export function textOf(reply: Reply | undefined): string {
  return reply === undefined ? '' : oneLine(reply.text, SHOWN);
}
