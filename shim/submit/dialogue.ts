// Commands and replies over a connection that was let in (RFC 5321 section 4.2), one after the other or pipelined (RFC 2920).

import { isUtf8 } from 'node:buffer';
import type { Socket } from 'node:net';

/** Bytes of one reply (RFC 5321 section 4.5.3.1.5: a line has 512), so that one without end ends. */
const MAX_REPLY = 64 * 1024;
/** Bytes of replies that no one has asked for yet: one to each recipient of the largest mail. */
const MAX_UNREAD = 4 * 1024 * 1024;

/** Where the dialogue is written down: a sender that works unseen has to show later what was said. */
export interface Transcript {
  /** Lines without their ends. */
  client(line: string): void;
  server(line: string): void;
}

/** One reply, or what came in its place. */
export interface Reply {
  /** 0 for what is no reply. */
  code: number;
  /** All its lines; '' where the connection ended instead. */
  text: string;
  /** Why none came and none will. */
  lost?: 'closed' | 'timeout';
}

export class Dialogue {
  /** Parameters of the relay's extensions by keyword. */
  readonly offers: ReadonlyMap<string, string>;
  readonly #socket: Socket;
  readonly #transcript: () => Transcript | undefined;
  readonly #unread: Reply[] = [];
  #unreadBytes = 0;
  #lost: Reply['lost'];
  #partial = '';
  #lines: string[] = [];
  #lineBytes = 0;
  #wake: () => void = () => undefined;

  /** Takes over what is read from the socket; `offers` are the lines of EHLO without codes. */
  constructor(socket: Socket, offers: readonly string[], transcript: () => Transcript | undefined) {
    this.#socket = socket;
    this.#transcript = transcript;
    this.offers = new Map(
      offers.map((line) => {
        const [keyword, parameters] = /^(\S*)\s*(.*)$/.exec(line)!.slice(1) as [string, string];
        return [keyword.toUpperCase(), parameters];
      }),
    );
    const others = (['data', 'timeout'] as const).map((event) => [event, socket.listeners(event)] as const);
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('timeout', () => this.#end('timeout'));
    for (const event of ['error', 'end', 'close']) socket.on(event, () => this.#end('closed'));
    for (const [event, listeners] of others)
      for (const listener of listeners) socket.off(event, listener as () => void);
    if (socket.destroyed || socket.readableEnded) this.#end('closed');
  }

  /** Nothing was said out of turn, and the relay still listens. */
  get isInStep(): boolean {
    return this.#lost === undefined && this.#unread.length === 0 && this.#partial === '' && this.#socket.writable;
  }

  /** Commands, with the bytes of a chunk behind the last of them, in as few packets as possible. */
  say(lines: readonly string[], chunk?: Uint8Array): void {
    for (const line of lines) this.#transcript()?.client(line);
    const text = Buffer.from(lines.map((line) => `${line}\r\n`).join(''), 'utf8');
    this.#socket.write(chunk === undefined ? text : Buffer.concat([text, chunk]));
  }

  /** The next reply in turn. */
  async next(): Promise<Reply> {
    while (this.#unread.length === 0) {
      if (this.#lost !== undefined) return { code: 0, text: '', lost: this.#lost };
      await this.#change();
    }
    const reply = this.#unread.shift()!;
    this.#unreadBytes -= reply.text.length;
    return reply;
  }

  /** Writes bytes and waits while the socket is full; false, with nothing written, once the relay spoke or left. */
  async write(bytes: Uint8Array): Promise<boolean> {
    if (!this.#isQuiet) return false;
    if (this.#socket.write(bytes)) return true;
    const drained = () => this.#wake();
    this.#socket.on('drain', drained);
    while (this.#isQuiet && this.#socket.writableNeedDrain) await this.#change();
    this.#socket.off('drain', drained);
    return true;
  }

  /** Says QUIT and resolves once that has left, without waiting for the answer. */
  leave(patience: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, patience);
      const done = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#socket.once('error', done);
      this.#socket.end('QUIT\r\n', done);
    });
  }

  /** Ends the connection at once. */
  close(): void {
    this.#end('closed');
  }

  get #isQuiet(): boolean {
    return this.#lost === undefined && this.#unread.length === 0;
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #end(how: NonNullable<Reply['lost']>): void {
    this.#lost ??= how;
    this.#socket.destroy();
    this.#wake();
  }

  #take(chunk: Buffer): void {
    if (this.#lost !== undefined) return;
    const lines = chunk.toString('latin1').split(/\r?\n/);
    // A line without end is not looked through anew with each of its pieces.
    lines[0] = this.#partial + lines[0]!;
    this.#partial = lines.pop()!;
    for (const line of lines) this.#takeLine(line.replace(/\r$/, ''));
    if (this.#partial.length + this.#lineBytes > MAX_REPLY || this.#unreadBytes > MAX_UNREAD) this.#end('closed');
    else if (lines.length > 0) this.#wake();
  }

  #takeLine(line: string): void {
    if (line.trim() === '' && this.#lines.length === 0) return;
    this.#lines.push(line);
    this.#lineBytes += line.length + 1;
    if (/^\d{3}-/.test(line) && this.#lineBytes <= MAX_REPLY) return;
    const lines = this.#lines.map(decoded);
    for (const said of lines) this.#transcript()?.server(said);
    const text = lines.join('\n');
    this.#unread.push({ code: codeOf(this.#lines), text });
    this.#unreadBytes += text.length;
    this.#lines = [];
    this.#lineBytes = 0;
  }
}

/** RFC 5321 section 4.2.1: the same code on each line; what has two is no reply. */
function codeOf(lines: readonly string[]): number {
  const codes = new Set(lines.map((line) => /^([2-5]\d\d)(?:[ -]|$)/.exec(line)?.[1]));
  const [code] = codes;
  return codes.size === 1 && code !== undefined ? Number(code) : 0;
}

/** Its charset is not defined (RFC 5321 section 4.2.1): UTF-8 where it is that, else a character for each byte. */
function decoded(line: string): string {
  const bytes = Buffer.from(line, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : line;
}
