// A dialogue with the relay for looking at it: lines said and heard, TLS when asked for; never a message.

import type { Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { Account } from '../config/account.ts';
import { openSocket } from '../submit/open.ts';
import { tlsOptions } from '../submit/trust.ts';

/** Milliseconds for each answer: a healthy relay takes some of them, Postfix's own delays under 10 s. */
const PATIENCE = 15_000;
/** Octets of one reply; a server that says more says nothing. */
const LONGEST = 64 * 1024;

export interface Reply {
  code: number;
  lines: string[];
}

export class SmtpDialogue {
  #socket: Socket;
  #held = '';
  #wake: () => void = () => undefined;
  #ended = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#listen();
  }

  /** Connected, and where the port wants TLS first, with TLS. @throws OpenError, or what TLS says */
  static async open(account: Account, tlsFirst: boolean): Promise<SmtpDialogue> {
    const socket = await openSocket(account);
    const dialogue = new SmtpDialogue(socket);
    if (tlsFirst) await dialogue.startTls(account);
    return dialogue;
  }

  /** Once TLS is up. */
  get secure(): TLSSocket | undefined {
    return 'getPeerCertificate' in this.#socket ? (this.#socket as TLSSocket) : undefined;
  }

  get remoteAddress(): string {
    return this.#socket.remoteAddress ?? '';
  }

  get localAddress(): string | undefined {
    return this.#socket.localAddress;
  }

  async startTls(account: Account): Promise<void> {
    this.#socket.removeAllListeners('data');
    const plain = this.#socket;
    // The certificate is looked at, and judged by the caller.
    const secure = connectTls({ ...tlsOptions(account), rejectUnauthorized: false, socket: plain });
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(Object.assign(new Error('no TLS handshake'), { code: 'ETIMEDOUT' })),
        PATIENCE,
      );
      secure.once('secureConnect', () => {
        clearTimeout(timer);
        resolve();
      });
      secure.once('error', (error) => {
        clearTimeout(timer);
        reject(error);
      });
    });
    this.#socket = secure;
    this.#held = '';
    this.#listen();
  }

  /** The reply to a line, or what the server says first; undefined where it says nothing, or no SMTP. */
  async say(line?: string): Promise<Reply | undefined> {
    if (line !== undefined) this.#socket.write(`${line}\r\n`);
    const deadline = Date.now() + PATIENCE;
    for (;;) {
      const match = /^((?:\d{3}-[^\n]*\n)*)(\d{3})(?: [^\n]*)?\r?\n/.exec(this.#held);
      if (match !== null) {
        this.#held = this.#held.slice(match[0].length);
        const lines = match[0]
          .trimEnd()
          .split(/\r?\n/)
          .map((text) => text.slice(4));
        return { code: Number(match[2]), lines };
      }
      if (this.#ended || this.#held.length > LONGEST || Date.now() >= deadline) return undefined;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.max(1, deadline - Date.now()));
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  close(): void {
    this.#socket.on('error', () => undefined);
    this.#socket.end('QUIT\r\n');
    this.#socket.destroySoon();
  }

  #listen(): void {
    const socket = this.#socket;
    const end = () => {
      if (socket !== this.#socket) return;
      this.#ended = true;
      this.#wake();
    };
    socket.on('data', (chunk: Buffer) => {
      this.#held += chunk.toString('latin1');
      this.#wake();
    });
    socket.on('error', end);
    socket.on('end', end);
    socket.on('close', end);
    // One that came through a proxy was paused, so that nothing of the greeting is lost.
    socket.resume();
  }
}
