// In place of the launcher: writes the file of a call, speaks with the socket of a sender, and withdraws as the launcher does.

import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  fchmodSync,
  openSync,
  rmSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { CallVariable } from '../../shim/spool/call.ts';
import { callName, entryId } from '../../shim/spool/commit.ts';

export interface CallOptions {
  uid?: number;
  variables?: Partial<Record<CallVariable, string>>;
  name?: string;
  /** Milliseconds to wait for an answer before the mail is withdrawn. */
  patience?: number;
  id?: string;
}

/** How a call ended: answered; left to the program; or taken, and the sender ended before it answered. */
export type CallEnd =
  | { kind: 'answered'; code: number; stdout: string; stderr: string }
  | { kind: 'program'; why: 'refused' | 'silent' | 'closed' | 'not-mine' | 'left' }
  | { kind: 'taken' };

export function newId(now = Date.now()): string {
  return entryId(now, randomBytes(8).toString('hex'));
}

export function encodeCall(
  words: readonly string[],
  message: string | Uint8Array,
  { variables = {}, name = 'mailshim' }: CallOptions = {},
): Buffer {
  const head = [
    'mailshim-call 1',
    String(words.length + 1),
    name,
    ...words,
    ...Object.entries(variables).map(([variable, value]) => `${variable}=${value}`),
    '',
  ];
  return Buffer.concat([Buffer.from(head.map((entry) => `${entry}\0`).join('')), Buffer.from(message)]);
}

/** @returns the path of the file */
export function writeCall(spool: string, id: string, bytes: Uint8Array, uid = process.geteuid!()): string {
  const isShared = existsSync(join(spool, 'drop'));
  const file = join(spool, isShared ? 'drop' : 'tmp', callName(id));
  const descriptor = openSync(file, 'wx', 0o600);
  fchmodSync(descriptor, isShared ? 0o640 : 0o600);
  writeSync(descriptor, bytes);
  closeSync(descriptor);
  if (uid !== process.geteuid!()) {
    chownSync(file, uid, uid);
    chmodSync(file, 0o640);
  }
  return file;
}

/** What the sender says to a line; undefined where nothing came within so many milliseconds. */
export function say(spool: string, line: string, patience: number): Promise<Buffer | 'refused' | undefined> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    const socket = connect(join(spool, 'socket'), () => socket.write(line));
    const timer = setTimeout(() => {
      socket.destroy();
      resolve(undefined);
    }, patience);
    const end = (result: Buffer | 'refused') => {
      clearTimeout(timer);
      resolve(result);
    };
    socket.on('data', (piece: Buffer) => pieces.push(piece));
    socket.on('error', (error: NodeJS.ErrnoException) =>
      end(['ECONNREFUSED', 'ENOENT'].includes(error.code ?? '') ? 'refused' : Buffer.concat(pieces)),
    );
    socket.on('close', () => end(Buffer.concat(pieces)));
  });
}

export async function call(
  spool: string,
  words: readonly string[],
  message: string | Uint8Array,
  options: CallOptions = {},
): Promise<CallEnd & { id: string }> {
  const id = options.id ?? newId();
  const file = writeCall(spool, id, encodeCall(words, message, options), options.uid);
  const said = await say(spool, `${id}\n`, options.patience ?? 5000);
  const answer = said instanceof Buffer ? answerOf(said) : undefined;
  if (answer !== undefined) {
    const isLeft = existsSync(file);
    rmSync(file, { force: true });
    if (!isLeft || answer.code !== 0) return { ...answer, id };
    return { kind: 'program', why: 'left', id };
  }
  const why =
    said === undefined
      ? 'silent'
      : said === 'refused'
        ? 'refused'
        : said.toString() === 'not-mine\n'
          ? 'not-mine'
          : 'closed';
  try {
    unlinkSync(file);
    return { kind: 'program', why, id };
  } catch {
    return { kind: 'taken', id };
  }
}

function answerOf(said: Buffer): (CallEnd & { kind: 'answered' }) | undefined {
  const match = /^(\d{1,3}) (\d+) (\d+)\n/.exec(said.toString('latin1'));
  if (match === null) return undefined;
  const [head, code, out, err] = match;
  const start = head.length;
  const middle = start + Number(out);
  if (said.length !== middle + Number(err)) return undefined;
  return {
    kind: 'answered',
    code: Number(code),
    stdout: said.toString('utf8', start, middle),
    stderr: said.toString('utf8', middle),
  };
}
