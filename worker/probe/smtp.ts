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
  let failure: NoReply | undefined;
  let connected = false;
  // After the first failure every further step fails at once.
  const silence = (reason: NoReply['reason'], text: string): NoReply => {
    failure ??= { code: 0, reason, connected, text: printable(text) };
    return failure;
  };
  let socket: Socket;
  try {
    // Cloudflare rejects some addresses and ports without trying.
    socket = connect(address, { secureTransport, allowHalfOpen: false });
  } catch (error) {
    return failed(silence('failed', connectionError(error).message));
  }
  // Otherwise a later failure is an unhandled rejection.
  socket.closed.catch(() => undefined);
  try {
    const opened = await within(socket.opened, timeoutMs);
    if (opened === 'timeout') silence('timeout', `no connection within ${timeoutMs} ms`);
    else connected = true;
  } catch (error) {
    silence('failed', connectionError(error).message);
  }
  let reader = socket.readable.getReader();
  let writer = socket.writable.getWriter();
  let received = '';

  async function line(): Promise<string | NoReply> {
    for (;;) {
      const end = received.indexOf('\n');
      if (end >= 0) {
        const found = received.slice(0, end).replace(/\r$/, '');
        received = received.slice(end + 1);
        return found;
      }
      if (received.length > MAX_LINE) return silence('nonsense', `a line of over ${MAX_LINE} octets`);
      try {
        const chunk = await within(reader.read(), timeoutMs);
        if (chunk === 'timeout') return silence('timeout', `no word within ${timeoutMs} ms`);
        if (chunk.done) return silence('ended', 'the server ended the connection');
        const bytes: Uint8Array = chunk.value;
        // One character for each byte; `printable` replaces the others where a text is shown.
        received += Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
      } catch (error) {
        return silence('failed', connectionError(error).message);
      }
    }
  }

  async function reply(): Promise<Reply | NoReply> {
    if (failure !== undefined) return failure;
    const lines: string[] = [];
    for (;;) {
      const next = await line();
      if (typeof next !== 'string') return next;
      // RFC 5321 section 4.2.
      const match = /^([2-5]\d\d)(?:([ -])(.*))?$/.exec(next);
      if (match === null) return silence('nonsense', `not SMTP: ${printable(next)}`);
      lines.push(printable(match[3] ?? ''));
      if (match[2] !== '-') return { code: Number(match[1]), lines, text: `${match[1]} ${lines.at(-1)}`.trim() };
      if (lines.length >= MAX_LINES) return silence('nonsense', `a reply of over ${MAX_LINES} lines`);
    }
  }

  async function send(text: string): Promise<Reply | NoReply> {
    if (failure !== undefined) return failure;
    try {
      if ((await within(writer.write(new TextEncoder().encode(text)), timeoutMs)) === 'timeout') {
        return silence('timeout', `nothing taken within ${timeoutMs} ms`);
      }
    } catch (error) {
      return silence('failed', connectionError(error).message);
    }
    return reply();
  }

  return {
    reply,
    command(text) {
      if (/[\r\n\0]/.test(text)) throw new Error('a command is one line');
      return send(`${text}\r\n`);
    },
    data: send,
    startTls() {
      // Data that came in clear after the 220 must not count as received over TLS (RFC 3207 section 6).
      received = '';
      try {
        reader.releaseLock();
        writer.releaseLock();
        socket = socket.startTls();
        socket.closed.catch(() => undefined);
        socket.opened.catch(() => undefined);
        reader = socket.readable.getReader();
        writer = socket.writable.getWriter();
      } catch (error) {
        silence('failed', connectionError(error).message);
      }
    },
    async close() {
      try {
        await within(socket.close(), timeoutMs);
      } catch {
        // It is closed.
      }
    },
  };
}

/** A connection that could not be made. */
function failed(silence: NoReply): SmtpConnection {
  const answer = async () => silence;
  return { reply: answer, command: answer, data: answer, startTls: () => undefined, close: async () => undefined };
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
