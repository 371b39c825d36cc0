// Files from zip and gzip, bounded: sizes in an archive are not trusted, and unpacking ends at the limit (RFC 1950 to 1952).
import { Gunzip, Unzip, UnzipInflate } from 'fflate';
import { joinBytes } from '../message/bytes.ts';
import type { Refusal, RefusalReason } from './types.ts';

/** Bytes of all files of one mail together: the largest real reports have about ten million. */
export const MAX_UNPACKED_BYTES = 16 * 1024 * 1024;
/** Files of one mail. */
export const MAX_FILES = 20;
/**
 * Packed bytes that are unpacked at a time. Deflate expands a byte to at most 1,032, so that a step exceeds the limit by at
 * most four million bytes.
 */
const STEP = 4096;
/** Entries of an archive that are read, including skipped ones. */
const MAX_ENTRIES = 50;

export interface PlainFile {
  /** '' where the archive has none. */
  name: string;
  bytes: Uint8Array;
}

/** Bytes that may still be unpacked for one mail, counted across its attachments; `steps` counts the work. */
export interface UnpackBudget {
  bytes: number;
  steps: number;
}

export function newBudget(bytes = MAX_UNPACKED_BYTES): UnpackBudget {
  return { bytes, steps: 0 };
}

export type Unpacked = { ok: true; files: PlainFile[] } | { ok: false; refusal: Refusal };

export type Packing = 'zip' | 'gzip' | 'other-archive' | 'plain';

/** By the first bytes, since names and content types are often wrong. */
export function packingOf(bytes: Uint8Array): Packing {
  const starts = (...first: number[]) => first.every((byte, at) => bytes[at] === byte);
  if (starts(0x50, 0x4b, 0x03, 0x04) || starts(0x50, 0x4b, 0x05, 0x06)) return 'zip';
  if (starts(0x1f, 0x8b)) return 'gzip';
  // 7z, rar, xz, bzip2, zstd: no reporter uses them, and they are not supported.
  if (starts(0x37, 0x7a, 0xbc, 0xaf) || starts(0x52, 0x61, 0x72, 0x21) || starts(0xfd, 0x37, 0x7a, 0x58)) {
    return 'other-archive';
  }
  return starts(0x42, 0x5a, 0x68) || starts(0x28, 0xb5, 0x2f, 0xfd) ? 'other-archive' : 'plain';
}

/** The files in it; a file that is not an archive is the only one. Never throws. */
export function unpack(bytes: Uint8Array, name: string, budget: UnpackBudget): Unpacked {
  const packing = packingOf(bytes);
  if (packing === 'other-archive') return refused('unknown-packing', name);
  if (packing === 'plain') {
    if (bytes.length > budget.bytes) return refused('unpacked-too-large', name);
    budget.bytes -= bytes.length;
    return { ok: true, files: [{ name, bytes }] };
  }
  const unpacked = packing === 'zip' ? unzip(bytes, budget) : gunzip(bytes, name, budget);
  if (!unpacked.ok) return unpacked;
  const nested = unpacked.files.find((file) => packingOf(file.bytes) !== 'plain');
  return nested === undefined ? unpacked : refused('nested-archive', nested.name);
}

function gunzip(bytes: Uint8Array, name: string, budget: UnpackBudget): Unpacked {
  const output = new Output(budget);
  const stream = new Gunzip((chunk) => output.add(chunk));
  const broken = feed(bytes, output, (chunk, last) => stream.push(chunk, last));
  if (output.over) return refused('unpacked-too-large', name);
  if (broken) return refused('broken-archive', name);
  return { ok: true, files: [{ name: name.replace(/\.gz$/i, ''), bytes: output.bytes() }] };
}

function unzip(bytes: Uint8Array, budget: UnpackBudget): Unpacked {
  // Bit 0 of the flags: with a password (APPNOTE section 4.4.4).
  if (((bytes[6] ?? 0) & 1) === 1) return refused('unknown-packing', '');
  const reading = new ZipReading(budget);
  const broken = feed(bytes, reading, (chunk, last) => reading.stream.push(chunk, last));
  if (reading.refusal !== undefined) return { ok: false, refusal: reading.refusal };
  if (broken || reading.open > 0) return refused('broken-archive', '');
  return reading.files.length === 0 ? refused('no-report-inside', '') : { ok: true, files: reading.files };
}

/** Pushes the bytes step by step until the limit; whether they are damaged. */
function feed(
  bytes: Uint8Array,
  until: { over: boolean; budget: UnpackBudget },
  push: (chunk: Uint8Array, last: boolean) => void,
): boolean {
  try {
    for (let at = 0; at < bytes.length && !until.over; at += STEP) {
      until.budget.steps++;
      push(bytes.subarray(at, at + STEP), at + STEP >= bytes.length);
    }
    return false;
  } catch {
    // fflate throws for damaged data.
    return true;
  }
}

/** The unpacked bytes of one file. */
class Output {
  over = false;
  readonly budget: UnpackBudget;
  private readonly chunks: Uint8Array[] = [];

  constructor(budget: UnpackBudget) {
    this.budget = budget;
  }

  add(chunk: Uint8Array): void {
    if (this.over) return;
    this.budget.bytes -= chunk.length;
    if (this.budget.bytes < 0) {
      this.over = true;
      this.chunks.length = 0;
      this.budget.bytes = 0;
      return;
    }
    // A copy, since the decoder reuses its buffer; it costs little compared with unpacking.
    if (chunk.length > 0) this.chunks.push(chunk.slice());
  }

  bytes(): Uint8Array {
    return joinBytes(this.chunks);
  }
}

class ZipReading {
  readonly files: PlainFile[] = [];
  readonly stream: Unzip;
  readonly budget: UnpackBudget;
  refusal: Refusal | undefined;
  /** Files that have not ended. */
  open = 0;
  private entries = 0;

  constructor(budget: UnpackBudget) {
    this.budget = budget;
    this.stream = new Unzip((file) => this.entry(file));
    this.stream.register(UnzipInflate);
  }

  get over(): boolean {
    return this.refusal !== undefined;
  }

  private entry(file: Parameters<Unzip['onfile']>[0]): void {
    if (this.over) return;
    if (++this.entries > MAX_ENTRIES) return void this.refuse('too-many-files', String(MAX_ENTRIES));
    // Directories, and the files that macOS adds.
    if (file.name.endsWith('/') || /(?:^|\/)(?:__MACOSX\/|\._|\.DS_Store$)/.test(file.name)) return;
    if (this.files.length >= MAX_FILES) return void this.refuse('too-many-files', String(MAX_FILES));
    if (file.compression !== 0 && file.compression !== 8) return void this.refuse('unknown-packing', file.name);
    // The size in the header is only used to reject.
    if ((file.originalSize ?? 0) > this.budget.bytes) return void this.refuse('unpacked-too-large', file.name);
    const output = new Output(this.budget);
    this.open++;
    file.ondata = (error, chunk, final) => {
      if (this.over) return;
      if (error !== null) return void this.refuse('broken-archive', file.name);
      output.add(chunk);
      if (output.over) return void this.refuse('unpacked-too-large', file.name);
      if (!final) return;
      this.open--;
      this.files.push({ name: file.name, bytes: output.bytes() });
    };
    file.start();
  }

  private refuse(reason: RefusalReason, detail: string): void {
    this.refusal ??= { reason, detail };
  }
}

function refused(reason: RefusalReason, detail: string): Unpacked {
  return { ok: false, refusal: { reason, detail } };
}
