// Commands and replies of a session (RFC 5321 section 4.2), one after the other or pipelined (RFC 2920).

import { isUtf8 } from 'node:buffer';
import type { Socket } from 'node:net';

/** Bytes of one reply (RFC 5321 section 4.5.3.1.5: a line has 512): a hostile server could send one without end. */
const MAX_REPLY = 64 * 1024;
/** Bytes of replies that are not read yet: one to each recipient of the largest mail. */
const MAX_UNREAD = 4 * 1024 * 1024;

/** Records the dialogue, for reports and for `queue show`. */
export interface Transcript {
  /** Lines without their ends. */
  client(line: string): void;
  server(line: string): void;
}

/** One reply, or the end of the connection. */
export interface Reply {
  /** 0 for text that is not a reply. */
  code: number;
  /** All its lines; '' if the connection ended. */
  text: string;
  /** Why there is no reply, and will be none. */
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

  /** Replaces the other readers of the socket; `offers` are the lines of EHLO without codes. */
  constructor(socket: Socket, offers: readonly string[], transcript: () => Transcript | undefined) {
    this.#socket = socket;
    this.#transcript = transcript;
    this.offers = new Map(
      offers.map((line) => {
        const [, keyword = '', parameters = ''] = /^(\S*)\s*(.*)$/.exec(line) ?? [];
        return [keyword.toUpperCase(), parameters];
      }),
    );
    const others = (['data', 'timeout'] as const).map((event) => [event, socket.listeners(event)] as const);
    socket.on('data', (chunk: Buffer) => this.take(chunk));
    socket.on('timeout', () => this.end('timeout'));
    for (const event of ['error', 'end', 'close']) socket.on(event, () => this.end('closed'));
    for (const [event, listeners] of others)
      for (const listener of listeners) socket.off(event, listener as () => void);
    if (socket.destroyed || socket.readableEnded) this.end('closed');
  }

  /** All replies were read, and the connection is open. */
  get isInStep(): boolean {
    return this.#lost === undefined && this.#unread.length === 0 && this.#partial === '' && this.#socket.writable;
  }

  /** Sends commands, followed by the bytes of a chunk, in as few packets as possible. */
  send(lines: readonly string[], chunk?: Uint8Array): void {
    for (const line of lines) this.#transcript()?.client(line);
    const text = Buffer.from(lines.map((line) => `${line}\r\n`).join(''), 'utf8');
    this.#socket.write(chunk === undefined ? text : Buffer.concat([text, chunk]));
  }

  /** The next reply. */
  async next(): Promise<Reply> {
    for (;;) {
      const reply = this.#unread.shift();
      if (reply !== undefined) {
        this.#unreadBytes -= reply.text.length;
        return reply;
      }
      if (this.#lost !== undefined) return { code: 0, text: '', lost: this.#lost };
      await this.change();
    }
  }

  /** Writes bytes and waits while the socket is full; false, with nothing written, after a reply or the end of the connection. */
  async write(bytes: Uint8Array): Promise<boolean> {
    if (!this.isQuiet) return false;
    if (this.#socket.write(bytes)) return true;
    const drained = () => this.#wake();
    this.#socket.on('drain', drained);
    while (this.isQuiet && this.#socket.writableNeedDrain) await this.change();
    this.#socket.off('drain', drained);
    return true;
  }

  /** Sends QUIT and resolves once it is written, without waiting for the reply. */
  quit(patience: number): Promise<void> {
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
    this.end('closed');
  }

  private get isQuiet(): boolean {
    return this.#lost === undefined && this.#unread.length === 0;
  }

  private change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  private end(how: NonNullable<Reply['lost']>): void {
    this.#lost ??= how;
    this.#socket.destroy();
    this.#wake();
  }

  private take(chunk: Buffer): void {
    if (this.#lost !== undefined) return;
    const lines = chunk.toString('latin1').split(/\r?\n/);
    // Only the new bytes are searched for line ends.
    lines[0] = this.#partial + (lines[0] ?? '');
    this.#partial = lines.pop() ?? '';
    for (const line of lines) this.takeLine(line.replace(/\r$/, ''));
    if (this.#partial.length + this.#lineBytes > MAX_REPLY || this.#unreadBytes > MAX_UNREAD) this.end('closed');
    else if (lines.length > 0) this.#wake();
  }

  private takeLine(line: string): void {
    if (line.trim() === '' && this.#lines.length === 0) return;
    this.#lines.push(line);
    this.#lineBytes += line.length + 1;
    if (/^\d{3}-/.test(line) && this.#lineBytes <= MAX_REPLY) return;
    const lines = this.#lines.map(decoded);
    for (const each of lines) this.#transcript()?.server(each);
    const text = lines.join('\n');
    this.#unread.push({ code: codeOf(this.#lines), text });
    this.#unreadBytes += text.length;
    this.#lines = [];
    this.#lineBytes = 0;
  }
}

/** RFC 5321 section 4.2.1: the same code on each line; lines with different codes are not a reply. */
function codeOf(lines: readonly string[]): number {
  const codes = new Set(lines.map((line) => /^([2-5]\d\d)(?:[ -]|$)/.exec(line)?.[1]));
  const [code] = codes;
  return codes.size === 1 && code !== undefined ? Number(code) : 0;
}

/** Its charset is not defined (RFC 5321 section 4.2.1): valid UTF-8 is decoded, otherwise each byte is a character. */
function decoded(line: string): string {
  const bytes = Buffer.from(line, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : line;
}
