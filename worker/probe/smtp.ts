// An SMTP connection over a Worker's TCP socket (RFC 5321, RFC 3207), with a limit to everything that the server may do.
import type { Socket, SocketAddress, SocketOptions } from '@cloudflare/workers-types';
import { connectionError } from '../access/connection.ts';

/** `connect` of cloudflare:sockets. */
export type Connect = (address: SocketAddress, options: SocketOptions) => Socket;

export interface Reply {
  code: number;
  /** The lines' texts, without codes. */
  lines: string[];
  /** "550 5.7.1 Relay access denied": code and last line. */
  text: string;
}

/** Why there is no reply: the connection failed or ended, timed out, or is not SMTP. */
export interface NoReply {
  code: 0;
  /** `failed`: no connection, or one that broke; `timeout`: while connecting or, with `connected`, after it. */
  reason: 'failed' | 'ended' | 'timeout' | 'nonsense';
  connected: boolean;
  text: string;
}

export interface SmtpConnection {
  /** The next reply of the server, the greeting first. */
  reply(): Promise<Reply | NoReply>;
  /** Sends one line, without its end, and waits for the reply. */
  command(line: string): Promise<Reply | NoReply>;
  /** Sends text as it is, dot-stuffed by the caller, and waits for the reply. */
  data(text: string): Promise<Reply | NoReply>;
  /** Starts TLS; a bad certificate shows only at the next reply. */
  startTls(): void;
  close(): Promise<void>;
}

/** Milliseconds for connecting, and for each reply: some relays delay unknown clients. */
const TIMEOUT_MS = 8000;
/** RFC 5321 section 4.5.3.1.5 allows 512 bytes a line; servers send more. */
const MAX_LINE = 2000;
/** EHLO answers have some twenty lines. */
const MAX_LINES = 100;

/** Connects; never throws, what fails is the first reply. */
export async function openSmtp(
  connect: Connect,
  address: { hostname: string; port: number },
  secureTransport: 'on' | 'off' | 'starttls',
  timeoutMs = TIMEOUT_MS,
): Promise<SmtpConnection> {
  let socket: Socket;
  try {
    // Cloudflare rejects some addresses and ports without trying.
    socket = connect(address, { secureTransport, allowHalfOpen: false });
  } catch (error) {
    return unconnected(noReply('failed', false, connectionError(error).message));
  }
  const connection = new SocketConnection(socket, timeoutMs);
  await connection.opened();
  return connection;
}

class SocketConnection implements SmtpConnection {
  private socket: Socket;
  private readonly timeoutMs: number;
  private reader;
  private writer;
  private connected = false;
  private received = '';
  /** After the first failure every further step fails at once. */
  private failure: NoReply | undefined;

  constructor(socket: Socket, timeoutMs: number) {
    // Otherwise a later failure is an unhandled rejection.
    socket.closed.catch(() => undefined);
    this.socket = socket;
    this.timeoutMs = timeoutMs;
    this.reader = socket.readable.getReader();
    this.writer = socket.writable.getWriter();
  }

  async opened(): Promise<void> {
    try {
      const opened = await within(this.socket.opened, this.timeoutMs);
      if (opened === 'timeout') this.fail('timeout', `no connection within ${this.timeoutMs} ms`);
      else this.connected = true;
    } catch (error) {
      this.fail('failed', connectionError(error).message);
    }
  }

  async reply(): Promise<Reply | NoReply> {
    if (this.failure !== undefined) return this.failure;
    const lines: string[] = [];
    for (;;) {
      const next = await this.line();
      if (typeof next !== 'string') return next;
      // RFC 5321 section 4.2.
      const match = /^([2-5]\d\d)(?:([ -])(.*))?$/.exec(next);
      if (match === null) return this.fail('nonsense', `not SMTP: ${printable(next)}`);
      lines.push(printable(match[3] ?? ''));
      if (match[2] !== '-') return { code: Number(match[1]), lines, text: `${match[1]} ${lines.at(-1)}`.trim() };
      if (lines.length >= MAX_LINES) return this.fail('nonsense', `a reply of over ${MAX_LINES} lines`);
    }
  }

  command(line: string): Promise<Reply | NoReply> {
    if (/[\r\n\0]/.test(line)) throw new Error('a command is one line');
    return this.data(`${line}\r\n`);
  }

  async data(text: string): Promise<Reply | NoReply> {
    if (this.failure !== undefined) return this.failure;
    try {
      if ((await within(this.writer.write(new TextEncoder().encode(text)), this.timeoutMs)) === 'timeout') {
        return this.fail('timeout', `nothing taken within ${this.timeoutMs} ms`);
      }
    } catch (error) {
      return this.fail('failed', connectionError(error).message);
    }
    return this.reply();
  }

  startTls(): void {
    // Data that came in clear after the 220 must not count as received over TLS (RFC 3207 section 6).
    this.received = '';
    try {
      this.reader.releaseLock();
      this.writer.releaseLock();
      this.socket = this.socket.startTls();
      this.socket.closed.catch(() => undefined);
      this.socket.opened.catch(() => undefined);
      this.reader = this.socket.readable.getReader();
      this.writer = this.socket.writable.getWriter();
    } catch (error) {
      this.fail('failed', connectionError(error).message);
    }
  }

  async close(): Promise<void> {
    try {
      await within(this.socket.close(), this.timeoutMs);
    } catch {
      // It is closed.
    }
  }

  private async line(): Promise<string | NoReply> {
    for (;;) {
      const end = this.received.indexOf('\n');
      if (end >= 0) {
        const found = this.received.slice(0, end).replace(/\r$/, '');
        this.received = this.received.slice(end + 1);
        return found;
      }
      if (this.received.length > MAX_LINE) return this.fail('nonsense', `a line of over ${MAX_LINE} bytes`);
      try {
        const chunk = await within(this.reader.read(), this.timeoutMs);
        if (chunk === 'timeout') return this.fail('timeout', `no word within ${this.timeoutMs} ms`);
        if (chunk.done) return this.fail('ended', 'the server ended the connection');
        const bytes: Uint8Array = chunk.value;
        // One character for each byte; `printable` replaces the others where a text is shown.
        this.received += Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
      } catch (error) {
        return this.fail('failed', connectionError(error).message);
      }
    }
  }

  private fail(reason: NoReply['reason'], text: string): NoReply {
    this.failure ??= noReply(reason, this.connected, text);
    return this.failure;
  }
}

/** A connection that could not be made. */
function unconnected(failure: NoReply): SmtpConnection {
  const answer = async () => failure;
  return { reply: answer, command: answer, data: answer, startTls: () => undefined, close: async () => undefined };
}

function noReply(reason: NoReply['reason'], connected: boolean, text: string): NoReply {
  return { code: 0, reason, connected, text: printable(text) };
}

export function isNoReply(reply: Reply | NoReply): reply is NoReply {
  return reply.code === 0;
}

export function succeeded(reply: Reply | NoReply): reply is Reply {
  return reply.code >= 200 && reply.code < 400;
}

async function within<T>(promise: Promise<T>, timeoutMs: number): Promise<T | 'timeout'> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<'timeout'>((resolve) => {
    timer = setTimeout(() => resolve('timeout'), timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    if (timer !== undefined) clearTimeout(timer);
  }
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 300);
}
