// Reads a file and its owner and mode from one open descriptor, since the name may be another file a moment later.

import { closeSync, constants, fstatSync, lstatSync, openSync, readSync } from 'node:fs';
import { describeFileError, errorCode } from './file-error.ts';

export interface FileRead {
  text: string;
  /** Of the file that the text was read from. */
  uid: number;
  gid: number;
  mode: number;
  /** Owner of the link, if the name is one: that user chose the file. */
  linkUid?: number;
}

export interface FileProblem {
  /** Undefined if the file could be opened. */
  code: string | undefined;
  /** In words. */
  why: string;
}

/** Bytes; a configuration or a key has a few KB, and a log given by mistake must not fill the memory. */
export const MAX_READ = 1 << 20;
/** Milliseconds to wait for the writer of a pipe, such as a shell for `-C <(gpg -d file)`. */
const PIPE_PATIENCE = 10_000;
const PIPE_LOOK = 10;

/**
 * Reads a whole file. Links are followed, since a configuration is often one. A pipe is read only if it belongs to this user
 * or root, with a time limit.
 */
export function readFileOnce(
  file: string,
  { encoding = 'utf8', maximum = MAX_READ }: { encoding?: BufferEncoding; maximum?: number } = {},
): FileRead | FileProblem {
  let descriptor: number;
  let linkUid: number | undefined;
  try {
    ({ descriptor, linkUid } = open(file));
  } catch (error) {
    return problem(error);
  }
  try {
    const stat = fstatSync(descriptor);
    const { uid, gid, mode } = stat;
    if (stat.isDirectory()) return { code: 'EISDIR', why: describeFileError('EISDIR') };
    const ownPipe = stat.isFIFO() && (uid === process.geteuid?.() || uid === 0);
    if (!stat.isFile() && !stat.isCharacterDevice() && !ownPipe) return { code: undefined, why: 'is not a file' };
    if (stat.isFile() && stat.size > maximum) return tooLarge(maximum);
    const bytes = readAll(descriptor, maximum);
    if (bytes === undefined) return tooLarge(maximum);
    return { text: bytes.toString(encoding), uid, gid, mode, ...(linkUid === undefined ? {} : { linkUid }) };
  } catch (error) {
    return problem(error);
  } finally {
    closeSync(descriptor);
  }
}

/** Without O_NONBLOCK a pipe without a writer would block without end. */
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

function open(file: string): { descriptor: number; linkUid: number | undefined } {
  try {
    return { descriptor: openSync(file, FLAGS | constants.O_NOFOLLOW), linkUid: undefined };
  } catch (error) {
    if (errorCode(error) !== 'ELOOP') throw error;
  }
  const link = lstatSync(file);
  return { descriptor: openSync(file, FLAGS), linkUid: link.uid };
}

/** Undefined if there is more than `maximum`, even if the size of the file was smaller. */
function readAll(descriptor: number, maximum: number): Buffer | undefined {
  const pieces: Buffer[] = [];
  let size = 0;
  let waited = 0;
  for (;;) {
    const buffer = Buffer.allocUnsafe(Math.min(64 * 1024, maximum + 1 - size));
    let count: number;
    try {
      count = readSync(descriptor, buffer, 0, buffer.length, null);
    } catch (error) {
      if (errorCode(error) !== 'EAGAIN' || waited >= PIPE_PATIENCE) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PIPE_LOOK);
      waited += PIPE_LOOK;
      continue;
    }
    if (count === 0) return Buffer.concat(pieces);
    size += count;
    if (size > maximum) return undefined;
    pieces.push(buffer.subarray(0, count));
  }
}

function tooLarge(maximum: number): FileProblem {
  return { code: undefined, why: `larger than ${maximum} bytes` };
}

function problem(error: unknown): FileProblem {
  const code = errorCode(error);
  if (code === undefined) throw error;
  return { code, why: describeFileError(code) };
}
