// The socket of a sender: a caller sends the name of its call, and waits. The name proves nothing; a user that sends none, or
// connects ten thousand times, does not delay other users.

import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { textOf } from '../exit.ts';
import { inline } from '../text/printable.ts';
import type { Answer, Caller } from './calls.ts';

/** In the folder of the spool. */
export const SOCKET = 'socket';
/** Leaves a call to the program. */
export const NOT_MINE = 'not-mine\n';
/** Bytes of the path of a socket (sun_path of Linux, its end not counted). */
const MAX_PATH = 107;
/** Bytes of the line that names a call. */
const MAX_LINE = 32;
const LF = 10;
/** Connections that have not named a call; the oldest goes first. */
const MAX_SILENT = 256;
/** Connections in all. */
const MAX_CONNECTIONS = 8192;
/** Milliseconds to name a call, and between two looks for those that did not. */
const PATIENCE = 1000;
const LOOK = 250;
/** Milliseconds for a caller to read its answer. */
const ANSWER_TIME = 30_000;
/** Characters of a complaint, and complaints: a launcher takes 64 KB. */
const MAX_COMPLAINT = 2000;
const MAX_COMPLAINTS = 8;

export class CallServer {
  readonly #begin: (id: string, caller: Caller) => void;
  readonly #path: string;
  readonly #mode: number;
  readonly #all = new Set<Socket>();
  /** In order of arrival, with the time of it. */
  readonly #silent = new Map<Socket, number>();
  #server: Server | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** `shared`: any user may connect. */
  constructor(folder: string, shared: boolean, begin: (id: string, caller: Caller) => void) {
    this.#path = join(folder, SOCKET);
    this.#mode = shared ? 0o666 : 0o600;
    this.#begin = begin;
  }

  /** Connections of callers that wait for an answer, or have not named a call yet. */
  get size(): number {
    return this.#all.size;
  }

  /** The sender's lock is held: a socket that is there was left. Where it cannot listen, launchers start the program. */
  async listen(complain: (text: string) => void): Promise<void> {
    if (Buffer.byteLength(this.#path) > MAX_PATH) {
      complain(`${this.#path} is too long for a socket; each mail starts a program`);
      return;
    }
    rmSync(this.#path, { force: true });
    const server = createServer((socket) => this.#accept(socket));
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(this.#path, resolve);
      });
      chmodSync(this.#path, this.#mode);
    } catch (error) {
      server.close();
      complain(
        `${this.#path}: cannot listen (${(error as NodeJS.ErrnoException).code ?? error}); each mail starts a program`,
      );
      return;
    }
    server.on('error', () => undefined);
    this.#server = server;
  }

  /** Accepts no more connections; callers that wait for an answer still get it. */
  stop(): void {
    if (this.#server === undefined) return;
    rmSync(this.#path, { force: true });
    this.#server.close();
    this.#server = undefined;
    for (const socket of [...this.#silent.keys()]) socket.destroy();
  }

  /** Ends what is still open. */
  close(): void {
    this.stop();
    clearInterval(this.#timer);
    for (const socket of this.#all) socket.destroySoon();
  }

  #accept(socket: Socket): void {
    socket.on('error', () => undefined);
    if (this.#all.size >= MAX_CONNECTIONS) {
      socket.destroy();
      return;
    }
    this.#all.add(socket);
    this.#silent.set(socket, performance.now());
    socket.on('close', () => {
      this.#all.delete(socket);
      this.#silent.delete(socket);
    });
    if (this.#silent.size > MAX_SILENT) this.#silent.keys().next().value!.destroy();
    this.#timer ??= setInterval(() => this.#endSilent(), LOOK);
    let received = Buffer.alloc(0);
    let isNamed = false;
    socket.on('data', (bytes) => {
      received = received.length === 0 ? bytes : Buffer.concat([received, bytes]);
      // After the name of a call nothing more is expected.
      if (isNamed || (received.length > MAX_LINE && !isNamed)) {
        socket.destroy();
        return;
      }
      const end = received.indexOf(LF);
      if (end === -1) return;
      isNamed = true;
      this.#silent.delete(socket);
      if (end !== received.length - 1) socket.destroy();
      else this.#begin(received.toString('latin1', 0, end), callerOf(socket));
    });
  }

  #endSilent(): void {
    const now = performance.now();
    for (const [socket, since] of this.#silent) {
      if (now - since < PATIENCE) break;
      socket.destroy();
    }
    if (this.#silent.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

function callerOf(socket: Socket): Caller {
  let isAnswered = false;
  const send = (text: string) => {
    if (isAnswered || socket.destroyed) return;
    isAnswered = true;
    socket.setTimeout(ANSWER_TIME, () => socket.destroy());
    socket.end(text);
  };
  return {
    get isGone() {
      return socket.destroyed || socket.readableEnded;
    },
    answer: (answer) => send(answerText(answer)),
    notMine: () => send(NOT_MINE),
    hangUp: () => void socket.destroy(),
  };
}

/** In the form that main prints. */
export function answerText({ code, complaints }: Answer): string {
  const lines = complaints
    .map((complaint) => `mailshim: ${inline(textOf(complaint), MAX_COMPLAINT)}\n`)
    .slice(0, MAX_COMPLAINTS);
  const errors = lines.join('');
  return `${code} 0 ${Buffer.byteLength(errors)}\n${errors}`;
}
