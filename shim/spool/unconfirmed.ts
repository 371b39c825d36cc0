// Mails that the relay accepted and probably dropped, kept for `mailshim status`: how many, and the last one.

import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FILE = 'unconfirmed.json';
/** Characters of a reason. */
const MAX_REASON = 500;

export interface Unconfirmed {
  /** Since the spool was set up. */
  count: number;
  /** Milliseconds since 1970. */
  at: number;
  /** Of a mail of the queue. */
  id?: string;
  reason: string;
}

/** Undefined where there was none. */
export function readUnconfirmed(folder: string): Unconfirmed | undefined {
  try {
    const { count, at, id, reason } = JSON.parse(readFileSync(join(folder, FILE), 'utf8')) as Partial<Unconfirmed>;
    if (typeof count !== 'number' || typeof at !== 'number') return undefined;
    return { count, at, reason: String(reason ?? ''), ...(typeof id === 'string' ? { id } : {}) };
  } catch {
    return undefined;
  }
}

/** Never throws: the log has it as well. `random` is for a temporary file's name. */
export function noteUnconfirmed(folder: string, event: Omit<Unconfirmed, 'count'>, random: string): void {
  try {
    const count = (readUnconfirmed(folder)?.count ?? 0) + 1;
    // As for a mail that is kept; a spool is made when it is needed.
    mkdirSync(join(folder, 'tmp'), { recursive: true, mode: 0o700 });
    const temporary = join(folder, 'tmp', `unconfirmed-${random}`);
    const text = JSON.stringify({ ...event, reason: event.reason.slice(0, MAX_REASON), count });
    writeFileSync(temporary, text, { mode: 0o600 });
    renameSync(temporary, join(folder, FILE));
  } catch {
    // A spool of the daemon's, which others cannot write to, or a full disk.
  }
}
