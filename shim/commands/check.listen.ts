// The inbox of `mailshim check --listen`: an SMTP server that accepts one mail for one address and relays none (RFC 5321).

import { createServer, type Socket } from 'node:net';
import { MAX_MESSAGE_BYTES } from '../../shared/check/message.ts';
import { ExitError } from '../exit.ts';
import { describeFileError } from '../file-error.ts';
import { parseAddress } from '../intake/addresses.ts';
import { MAX_COMMAND } from '../intake/dialogue.ts';
import { diagnostic } from '../messages/catalogue.ts';

export interface Inbox {
  port: number;
  /** The name in the greeting. */
  host: string;
  /** The local part of the only recipient: mail of strangers that find the port is rejected. */
  local: string;
  /** Milliseconds to wait for the mail. */
  patience: number;
  listening: (port: number) => void;
}

export interface ReceivedMail {
  raw: Buffer;
  /** The address that the connection came from. */
  from: string;
  helo: string;
  /** Empty for the null sender. */
  envelopeFrom: string;
}

/** Connections at a time; some may be those of strangers. */
const MAX_CONNECTIONS = 20;
/** Milliseconds without a command after which a connection is closed. */
const SILENCE = 60_000;
const MAX_ERRORS = 10;
const MAX_HELO = 255;
const FEATURES = `250-HOST\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE ${MAX_MESSAGE_BYTES}`;
const END = Buffer.from('\r\n.\r\n');

/**
 * The first mail for the address.
 * @throws ExitError 69 where none arrives, or the port is not available
 */
export function receiveOneMail(inbox: Inbox): Promise<ReceivedMail> {
  const sockets = new Set<Socket>();
  const server = createServer();
  server.maxConnections = MAX_CONNECTIONS;
  return new Promise<ReceivedMail>((resolve, reject) => {
    const end = (settle: () => void, kept?: Socket) => {
      clearTimeout(timer);
      server.close();
      for (const socket of sockets) if (socket !== kept) socket.destroy();
      kept?.unref();
      settle();
    };
    const timer = setTimeout(
      () => end(() => reject(new ExitError(diagnostic('check.no-mail', { seconds: inbox.patience / 1000 })))),
      inbox.patience,
    );
    server.on('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'another program uses it' : describeFileError(error.code ?? '');
      end(() => reject(new ExitError(diagnostic('check.port', { port: inbox.port, why }))));
    });
    server.on('connection', (socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      socket.on('error', () => socket.destroy());
      socket.setTimeout(SILENCE, () => socket.destroy());
      new Session(socket, inbox, (mail) => end(() => resolve(mail), socket)).greet();
    });
    server.listen(inbox.port, () => inbox.listening((server.address() as { port: number }).port));
  });
}

class Session {
  readonly #socket: Socket;
  readonly #inbox: Inbox;
  readonly #received: (mail: ReceivedMail) => void;
  /** Bytes of a command whose line is not complete. */
  #partial = Buffer.alloc(0);
  #data: Data | undefined;
  #helo = '';
  #from: string | undefined;
  #hasRecipient = false;
  #errors = 0;

  constructor(socket: Socket, inbox: Inbox, received: (mail: ReceivedMail) => void) {
    this.#socket = socket;
    this.#inbox = inbox;
    this.#received = received;
  }

  greet(): void {
    this.#say(`220 ${this.#inbox.host} ESMTP`);
    this.#socket.on('data', (chunk: Buffer) => this.#read(chunk));
  }

  #say(line: string): void {
    if (!/^[23]/.test(line)) this.#errors++;
    this.#socket.write(`${line}\r\n`);
    if (line.startsWith('221')) this.#socket.end();
    if (this.#errors > MAX_ERRORS) this.#socket.destroySoon();
  }

  #read(chunk: Buffer): void {
    let rest: Buffer | undefined = chunk;
    while (rest !== undefined && rest.length > 0 && this.#socket.writable) {
      if (this.#data === undefined) rest = this.#readLine(rest);
      else {
        rest = this.#data.add(rest);
        if (rest !== undefined) this.#finish(this.#data);
      }
    }
  }

  /** The bytes after the first line; undefined where that is not complete. */
  #readLine(chunk: Buffer): Buffer | undefined {
    const end = chunk.indexOf(10);
    const line = Buffer.concat([this.#partial, end === -1 ? chunk : chunk.subarray(0, end)]);
    if (line.length > MAX_COMMAND) {
      this.#say('500 5.5.2 Line too long');
      this.#socket.destroySoon();
      return undefined;
    }
    this.#partial = end === -1 ? line : Buffer.alloc(0);
    if (end === -1) return undefined;
    this.#say(this.#answer(line.toString('utf8').replace(/\r$/, '')));
    return chunk.subarray(end + 1);
  }

  /** The reply. */
  #answer(line: string): string {
    const [, word = '', rest = ''] = /^(\S*)\s*(.*?)\s*$/s.exec(line) ?? [];
    const verb = word.toUpperCase();
    switch (verb) {
      case 'EHLO':
      case 'HELO':
        this.#reset();
        this.#helo = rest.split(/\s/)[0]!.slice(0, MAX_HELO);
        return verb === 'HELO' ? `250 ${this.#inbox.host}` : FEATURES.replace('HOST', this.#inbox.host);
      case 'MAIL':
        return this.#mail(rest);
      case 'RCPT':
        return this.#recipient(rest);
      case 'DATA':
        if (!this.#hasRecipient) return '503 5.5.1 MAIL and RCPT first';
        this.#data = new Data();
        return '354 End data with <CR><LF>.<CR><LF>';
      case 'RSET':
        this.#reset();
        return '250 2.0.0 Ok';
      case 'NOOP':
        return '250 2.0.0 Ok';
      case 'QUIT':
        return '221 2.0.0 Bye';
      default:
        return '502 5.5.1 Command not implemented';
    }
  }

  #mail(rest: string): string {
    const path = /^FROM:\s*(<[^>]*>|\S+)/i.exec(rest)?.[1];
    const address = path === '<>' ? '' : parseAddress(path ?? '');
    if (address === undefined) return '501 5.5.4 Syntax: MAIL FROM:<address>';
    if (Number(/\bSIZE=(\d+)/i.exec(rest)?.[1] ?? 0) > MAX_MESSAGE_BYTES) return TOO_LARGE;
    this.#reset();
    this.#from = address;
    return '250 2.1.0 Ok';
  }

  #recipient(rest: string): string {
    const path = /^TO:\s*(<[^>]*>|\S+)/i.exec(rest)?.[1] ?? '';
    if (this.#from === undefined) return '503 5.5.1 MAIL first';
    if (this.#hasRecipient) return '452 4.5.3 One recipient only';
    const local = path.replace(/^</, '').split('@')[0]!.replace(/>$/, '');
    if (local.toLowerCase() !== this.#inbox.local) return '550 5.1.1 No such recipient here';
    this.#hasRecipient = true;
    return '250 2.1.5 Ok';
  }

  #finish(data: Data): void {
    this.#data = undefined;
    const raw = data.message();
    const [from, envelopeFrom, helo] = [this.#socket.remoteAddress ?? '', this.#from ?? '', this.#helo];
    this.#reset();
    if (raw === undefined) {
      this.#say(TOO_LARGE);
      return;
    }
    this.#socket.write('250 2.0.0 Accepted to be scored\r\n', () =>
      this.#received({ raw, from: from.replace(/^::ffff:(?=\d+\.)/i, ''), helo, envelopeFrom }),
    );
  }

  #reset(): void {
    this.#from = undefined;
    this.#hasRecipient = false;
  }
}

const TOO_LARGE = `552 5.3.4 The message is larger than ${MAX_MESSAGE_BYTES} bytes`;

/** A message up to the line with only a dot; only CRLF ends a line. */
class Data {
  readonly #pieces: Buffer[] = [];
  #size = 0;
  /** The last bytes before the next piece; at first, the end of a line. */
  #tail = Buffer.from('\r\n');

  /** The bytes after the end of the message; undefined before it. */
  add(chunk: Buffer): Buffer | undefined {
    const joined = Buffer.concat([this.#tail, chunk]);
    const at = joined.indexOf(END);
    const before = this.#tail.length;
    // The line end before the dot belongs to the message.
    const own = at === -1 ? chunk.length : at + 2 - before;
    if (own >= 0) this.#keep(chunk.subarray(0, own));
    else this.#shorten(-own);
    this.#tail = Buffer.from(joined.subarray(-(END.length - 1)));
    return at === -1 ? undefined : chunk.subarray(at + END.length - before);
  }

  #keep(piece: Buffer): void {
    this.#size += piece.length;
    if (this.#size <= MAX_MESSAGE_BYTES + END.length) this.#pieces.push(piece);
    else this.#pieces.length = 0;
  }

  #shorten(count: number): void {
    this.#size = Math.max(0, this.#size - count);
  }

  /** With dot-stuffing undone (RFC 5321 section 4.5.2); undefined where it is too large. */
  message(): Buffer | undefined {
    if (this.#size > MAX_MESSAGE_BYTES) return undefined;
    const text = Buffer.concat(this.#pieces).subarray(0, this.#size).toString('latin1');
    return Buffer.from(text.replace(/(^|\r\n)\./g, '$1'), 'latin1');
  }
}
