// A mail in the spool, as one file: how it was submitted, the message as it came, and an end that shows it is whole.

import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { defined } from '../defined.ts';
import { filePieces } from '../file-pieces.ts';
import { hasControl, inline } from '../text/printable.ts';
import type { Invocation } from '../types.ts';
import { checksum } from './checksum.ts';
import { isTime } from './time.ts';

/** How a mail was submitted: all that the sender needs with the configuration. */
export interface Submission {
  /** Milliseconds since 1970, by the clock of the machine. */
  acceptedAt: number;
  /** 128 bits in hex, of which the Message-ID is made: the same on every attempt. */
  seed: string;
  recipients: string[];
  /** Undefined: the account's own, or the author's. */
  envelopeFrom?: string;
  fullName?: string;
  account?: string;
  /** Configuration file, where one was named. */
  file?: string;
  /** Directives of the command line, by name. */
  overrides?: Record<string, string>;
  dsnNotify?: string;
  dsnReturn?: string;
  envelopeId?: string;
  /** User that submitted it, where that is another than the spool's. */
  submittedBy?: number;
  /** What a first attempt, before the mail came here, ended with. */
  earlier?: { reason: string; uncertain: boolean };
}

/**
 * Layout: one line of JSON, the message, and a trailer of fixed length: "\nEND " + length of the message in 14 digits +
 * " " + CRC-32 of line and message in 8 hex digits + "\n".
 */
export const TRAILER = 29;
const MAGIC = '{"mailshim":1,';
/** Bytes of the line of JSON: ten thousand recipients of 254 bytes fit. */
export const MAX_LINE = 4 * 1024 * 1024;
const FIRST_READ = 64 * 1024;
/** Bytes of a file; a file full of holes costs the user who drops it nothing, and a sender that sums it up minutes. */
const MAX_ENTRY = 1 << 30;

const TOO_LARGE = `is larger than ${MAX_ENTRY} bytes`;

export class EntryError extends Error {
  /** `corrupt`: permanently. `unreadable`: the system did not let us read. */
  readonly kind: 'corrupt' | 'unreadable' | 'gone';
  constructor(kind: EntryError['kind'], message: string) {
    super(message);
    this.name = 'EntryError';
    this.kind = kind;
  }
}

/**
 * The file in pieces, in their order.
 * @throws EntryError for what `openEntry` would reject: such a mail must not be reported as safe
 */
export function* encodeEntry(submission: Submission, message: Iterable<Uint8Array>): Generator<Uint8Array> {
  submissionFrom({ ...submission });
  // In front, where `submitterOf` finds it without reading ten thousand recipients.
  const { submittedBy } = submission;
  const line = Buffer.from(`${MAGIC}${JSON.stringify({ submittedBy, ...submission }).slice(1)}\n`);
  if (line.length > MAX_LINE) throw new EntryError('corrupt', 'its first line is too long');
  let sum = checksum(line, 0);
  let length = 0;
  yield line;
  for (const piece of message) {
    sum = checksum(piece, sum);
    length += piece.length;
    if (line.length + length + TRAILER > MAX_ENTRY) throw new EntryError('corrupt', TOO_LARGE);
    yield piece;
  }
  yield Buffer.from(`\nEND ${String(length).padStart(14, '0')} ${hex(sum)}\n`);
}

/** User that submitted a mail of the daemon's, as its file names it; undefined if the file does not. */
export function submitterOf(file: string): number | undefined {
  const start = Buffer.alloc(64);
  try {
    const descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      readSync(descriptor, start, 0, start.length, 0);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return undefined;
  }
  const text = start.toString('latin1');
  const number = text.startsWith(MAGIC)
    ? /^"submittedBy":(\d{1,10})[,}]/.exec(text.slice(MAGIC.length))?.[1]
    : undefined;
  return number === undefined ? undefined : Number(number);
}

export interface OpenEntry {
  submission: Submission;
  /** Bytes of the message. */
  size: number;
  /** User that wrote the file. */
  uid: number;
  /** Of the open file. */
  stat: Stats;
  descriptor: number;
  /** Offset of the message in the file. */
  start: number;
  close(): void;
}

/**
 * Opens an entry and checks it from its first to its last byte; for a listing its two ends will do.
 * @throws EntryError
 */
export function openEntry(file: string, { verify: whole } = { verify: true }): OpenEntry {
  const descriptor = open(file);
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) throw new EntryError('corrupt', 'is not a plain file');
    if (stat.size > MAX_ENTRY) throw new EntryError('corrupt', TOO_LARGE);
    const buffer = Buffer.allocUnsafe(Math.min(FIRST_READ, stat.size));
    fill(descriptor, buffer, 0);
    const line = firstLine(descriptor, buffer, stat.size);
    const start = line.length + 1;
    // Most are read whole by now.
    const read = buffer.length === stat.size ? inMemory(buffer) : fromFile(descriptor);
    const size = messageSize(read, stat.size, start);
    if (whole) verify(read, stat.size);
    const submission = parseSubmission(line.toString('utf8'));
    return { submission, size, uid: stat.uid, stat, descriptor, start, close: () => closeSync(descriptor) };
  } catch (error) {
    closeSync(descriptor);
    if (error instanceof EntryError) throw error;
    throw new EntryError('unreadable', (error as NodeJS.ErrnoException).code ?? String(error));
  }
}

function open(file: string): number {
  try {
    // Not through a link, and not waiting for a process that writes into a FIFO put there.
    return openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ELOOP') throw new EntryError('corrupt', 'is a link');
    throw new EntryError(code === 'ENOENT' ? 'gone' : 'unreadable', code ?? String(error));
  }
}

function firstLine(descriptor: number, buffer: Buffer, size: number): Buffer {
  if (!buffer.subarray(0, MAGIC.length).equals(Buffer.from(MAGIC)))
    throw new EntryError('corrupt', 'is not a mail of mailshim');
  let text = buffer;
  let end = text.indexOf(10);
  if (end === -1 && size > text.length) {
    text = Buffer.allocUnsafe(Math.min(MAX_LINE, size));
    fill(descriptor, text, 0);
    end = text.indexOf(10);
  }
  if (end === -1) throw new EntryError('corrupt', 'its first line does not end');
  return text.subarray(0, end);
}

/** Gives so many bytes from an offset on; valid until it is called again. */
type Reader = (position: number, length: number) => Buffer;

function inMemory(entry: Buffer): Reader {
  return (position, length) => entry.subarray(position, position + length);
}

function fromFile(descriptor: number): Reader {
  const buffer = Buffer.allocUnsafe(FIRST_READ);
  return (position, length) => {
    const piece = buffer.subarray(0, length);
    fill(descriptor, piece, position);
    return piece;
  };
}

function messageSize(read: Reader, size: number, start: number): number {
  if (size < start + TRAILER) throw new EntryError('corrupt', 'its end is missing');
  const trailer = read(size - TRAILER, TRAILER);
  const match = /^\nEND (\d{14}) ([0-9a-f]{8})\n$/.exec(trailer.toString('latin1'));
  if (match === null || Number(match[1]) !== size - TRAILER - start)
    throw new EntryError('corrupt', 'its end is missing');
  return Number(match[1]);
}

function verify(read: Reader, size: number): void {
  const end = size - TRAILER;
  let sum = 0;
  for (let at = 0; at < end; at += FIRST_READ) sum = checksum(read(at, Math.min(FIRST_READ, end - at)), sum);
  if (read(size - 9, 8).toString('latin1') !== hex(sum)) throw new EntryError('corrupt', 'its checksum is wrong');
}

/**
 * The message of an entry that was opened without being checked: reading it to its end shows that it is whole.
 * @throws EntryError
 */
export function* checkedPieces({ descriptor, start, size }: OpenEntry): Generator<Buffer> {
  const tooShort = () => new EntryError('corrupt', 'ends too soon');
  let sum = 0;
  for (const piece of filePieces(descriptor, 0, start, tooShort)) sum = checksum(piece, sum);
  for (const piece of filePieces(descriptor, start, size, tooShort)) {
    sum = checksum(piece, sum);
    yield piece;
  }
  const said = Buffer.allocUnsafe(8);
  fill(descriptor, said, start + size + TRAILER - 9);
  if (said.toString('latin1') !== hex(sum)) throw new EntryError('corrupt', 'its checksum is wrong');
}

/** Reads the whole buffer from an offset of the file. */
export function fill(descriptor: number, buffer: Buffer, position: number): void {
  for (let at = 0; at < buffer.length; ) {
    const count = readSync(descriptor, buffer, at, buffer.length - at, position + at);
    if (count === 0) throw new EntryError('corrupt', 'ends too soon');
    at += count;
  }
}

function hex(sum: number): string {
  return sum.toString(16).padStart(8, '0');
}

const TEXTS = ['envelopeFrom', 'fullName', 'account', 'file', 'dsnNotify', 'dsnReturn', 'envelopeId'] as const;
/** Characters. */
const MAX_TEXT = 8192;
/** As many recipients as a command line can name. */
const MAX_RECIPIENTS = 10_000;

function parseSubmission(text: string): Submission {
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw new EntryError('corrupt', 'its first line is not JSON');
  }
  return submissionFrom(value);
}

/** Every user may write into a drop folder: each member is checked before it is used. */
function submissionFrom(value: Record<string, unknown>): Submission {
  const wrong = (member: string): never => {
    throw new EntryError('corrupt', `its first line has no good "${member}"`);
  };
  const { acceptedAt, seed, recipients, overrides, earlier } = value;
  if (!isTime(acceptedAt)) return wrong('acceptedAt');
  if (typeof seed !== 'string' || !/^[0-9a-f]{32}$/.test(seed)) return wrong('seed');
  if (!Array.isArray(recipients) || recipients.length === 0 || recipients.length > MAX_RECIPIENTS)
    return wrong('recipients');
  if (!recipients.every(isClean)) return wrong('recipients');
  const submission: Submission = { acceptedAt, seed, recipients: recipients as string[] };
  for (const name of TEXTS) {
    const member = value[name];
    if (member === undefined) continue;
    if (!isClean(member)) return wrong(name);
    submission[name] = member;
  }
  if (overrides !== undefined) {
    if (typeof overrides !== 'object' || overrides === null) return wrong('overrides');
    const members = Object.entries(overrides as Record<string, unknown>);
    if (!members.every((member): member is [string, string] => isClean(member[1]))) return wrong('overrides');
    submission.overrides = Object.fromEntries(members);
  }
  if (value.submittedBy !== undefined) {
    if (!isUid(value.submittedBy)) return wrong('submittedBy');
    submission.submittedBy = value.submittedBy;
  }
  if (earlier !== undefined) {
    const { reason, uncertain } = (earlier ?? {}) as Record<string, unknown>;
    if (typeof reason !== 'string' || typeof uncertain !== 'boolean') return wrong('earlier');
    // It is shown to people, on terminals that take orders.
    submission.earlier = { reason: inline(reason.slice(0, MAX_TEXT)), uncertain };
  }
  return submission;
}

/** Such as the command line lets in. */
function isClean(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length <= MAX_TEXT &&
    !hasControl(value) &&
    // Half of a character has no bytes in UTF-8.
    value.isWellFormed()
  );
}

function isUid(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 32;
}

/** How an invocation is kept, once its recipients are known; its sender is for the caller to add. */
export function submissionOf(
  invocation: Invocation,
  known: { recipients: readonly string[]; account: string | undefined },
  acceptedAt: number,
  seed: string,
): Submission {
  const { fullName, file, overrides, dsnNotify, dsnReturn, envelopeId } = invocation;
  return {
    acceptedAt,
    seed,
    recipients: [...known.recipients],
    ...defined({ account: known.account, fullName, file }),
    ...(overrides.size === 0 ? {} : { overrides: Object.fromEntries(overrides) }),
    ...defined({ dsnNotify, dsnReturn, envelopeId }),
  };
}

/** The reverse: the invocation that the sender uses. */
export function invocationOf(submission: Submission): Invocation {
  const { recipients, envelopeFrom, fullName, account, file, overrides, dsnNotify, dsnReturn, envelopeId } = submission;
  return {
    mode: 'send',
    readRecipients: false,
    readEnvelopeFrom: false,
    recipients,
    unlocked: [],
    overrides: new Map(Object.entries(overrides ?? {})),
    ...defined({ envelopeFrom, fullName, account, file, dsnNotify, dsnReturn, envelopeId }),
  };
}
