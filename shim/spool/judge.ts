// What a file of the drop folder is, by its stat alone: no byte of it is read for that. Pure.

import type { Stats } from 'node:fs';
import { CALL_NAME, COMMITTED, ENTRY_ID } from './commit.ts';
import { MAX_LINE, TRAILER } from './entry.ts';

/** What one user may have in the drop folder, and how large a mail may be. */
export interface DropLimits {
  files: number;
  bytes: number;
  /** Bytes of one message. */
  message: number;
}

export const DEFAULT_DROP_LIMITS: DropLimits = { files: 10_000, bytes: 1024 ** 3, message: 50 * 1024 * 1024 };

/** Milliseconds after which a file that was never committed is that of a submitter that ended. */
const ORPHAN_AGE = 3_600_000;
/** The same while it is empty: a submitter has the whole mail before it makes the file. */
const EMPTY_AGE = 600_000;
/** Milliseconds: dates further ahead of the last change, which the system itself notes, were chosen. */
const DATE_SLACK = 86_400_000;
/** Bytes from which a file with holes is worth a look: smaller ones may lie in their inode. */
const HOLLOW_SIZE = 64 * 1024;
/** Bytes of a block, in which the system counts what a file takes. */
const BLOCK = 512;

export type Verdict =
  /** To be opened, and taken where it is a mail. */
  | { kind: 'whole' }
  /** Its submitter is running. */
  | { kind: 'unfinished' }
  /** Its submitter ended before it was whole: it was never accepted. */
  | { kind: 'remnant' }
  | { kind: 'refused'; why: string };

/** `now`: milliseconds since 1970. The time of a file's last change is noted by the system alone. */
export function judge(name: string, looks: Stats, { message }: DropLimits, now: number): Verdict {
  const refused = (why: string): Verdict => ({ kind: 'refused', why });
  if (!looks.isFile()) return refused(looks.isDirectory() ? 'is a folder' : 'is not a plain file');
  const isCall = CALL_NAME.test(name);
  if (!isCall && !ENTRY_ID.test(name)) return refused('has no name of a mail');
  if (looks.nlink > 1) return refused('has another name elsewhere');
  if (looks.size > message + MAX_LINE + TRAILER) return refused(`is larger than ${message} bytes`);
  if (looks.mtimeMs > looks.ctimeMs + DATE_SLACK) return refused('has a date of the future');
  if (isCall && (looks.mode & COMMITTED) !== 0) return refused('has the mark of a mail and the name of a call');
  if ((looks.mode & COMMITTED) !== 0) return looks.size === 0 ? refused('is empty') : { kind: 'whole' };
  const age = now - looks.ctimeMs;
  return { kind: age > (looks.size === 0 ? EMPTY_AGE : ORPHAN_AGE) ? 'remnant' : 'unfinished' };
}

/** It takes far less of the disk than it has bytes. Some file systems count late, so its content has to bear it out. */
export function mayBeHollow({ size, blocks }: Stats): boolean {
  return size >= HOLLOW_SIZE && blocks * BLOCK < size / 2;
}

/** Bytes of the least page that the system leaves out of a file. */
const PAGE = 4096;
const ZEROS = Buffer.alloc(PAGE);

/** Whether there is a page of zeros, as a hole is read; no text of a mail has one. */
export function hasHole(piece: Uint8Array): boolean {
  for (let at = 0; at + PAGE <= piece.length; at += PAGE)
    if (piece[at] === 0 && ZEROS.equals(piece.subarray(at, at + PAGE))) return true;
  return false;
}

/**
 * When a mail was accepted, between the time of its file and our own clock.
 * `undefined` where it names a time after its file was last changed, which no program of ours does.
 */
export function boundedTime(acceptedAt: number, changedAt: number, now: number): number | undefined {
  if (acceptedAt > changedAt + DATE_SLACK) return undefined;
  // Rounded, since the system notes parts of milliseconds.
  return Math.min(Math.max(acceptedAt, Math.floor(changedAt - DATE_SLACK)), now);
}
