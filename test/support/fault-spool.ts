// A spool under test: its configuration, its log, its senders as processes, and what is left in it.

import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from '../../shim/environment.ts';
import { COMMITTED, commit } from '../../shim/spool/commit.ts';
import type { Submission } from '../../shim/spool/entry.ts';
import { type TemporaryFolder, temporaryFolder } from './folder.ts';
import { shimFile } from './program.ts';
import { waitFor } from './wait.ts';

export interface SpoolUnderTest {
  folder: TemporaryFolder;
  spool: string;
  config: string;
  log(): string;
  /** Names in one of its folders. */
  names(folder: string): string[];
  /** Files of the drop folder that were never committed. */
  unfinished(): string[];
  /** Process ids of the senders that work on it. */
  senders(): number[];
  /** Ends them and removes everything. */
  remove(): Promise<void>;
}

export function spoolUnderTest(port: number, lines: readonly string[] = []): SpoolUnderTest {
  const folder = temporaryFolder('mailshim-faults-');
  const spool = folder.join('spool');
  mkdirSync(spool, { mode: 0o700 });
  const config = folder.write(
    '.msmtprc',
    [
      'account default',
      'host 127.0.0.1',
      `port ${port}`,
      'tls off',
      'from shop@shop.example',
      'preflight off',
      'delivery queue',
      `spool ${spool}`,
      `logfile ${folder.join('log')}`,
      ...lines,
      '',
    ].join('\n'),
  );
  writeFileSync(folder.join('log'), '', { mode: 0o600 });
  const senders = () => sendersOf(spool);
  const names = (name: string) => {
    try {
      return readdirSync(join(spool, name));
    } catch {
      return [];
    }
  };
  return {
    folder,
    spool,
    config,
    log: () => readFileSync(folder.join('log'), 'utf8'),
    names,
    unfinished: () =>
      names('drop').filter((name) => {
        const stat = statSync(join(spool, 'drop', name), { throwIfNoEntry: false });
        return stat !== undefined && (stat.mode & COMMITTED) === 0;
      }),
    senders,
    async remove() {
      for (const pid of senders()) kill(pid);
      await until(() => senders().length === 0, 'the senders to end');
      folder.remove();
    },
  };
}

/** Recipients of which the log says that they may get a mail twice: the note follows the line of the mail. */
export function announcedIn(log: string): Set<string> {
  const announced = new Set<string>();
  let recipients: string[] = [];
  for (const line of log.split('\n')) {
    const match = / recipients=(\S*)/.exec(line);
    if (match !== null) recipients = match[1]!.split(',');
    else if (/ mailshim: uncertain: /.test(line)) for (const recipient of recipients) announced.add(recipient);
  }
  return announced;
}

export function kill(pid: number): boolean {
  try {
    process.kill(pid, 'SIGKILL');
    return true;
  } catch {
    return false;
  }
}

/** Processes that were started to send from a folder; children that only take its lock for them are not among them. */
function sendersOf(spool: string): number[] {
  const found: number[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const words = readFileSync(`/proc/${name}/environ`, 'latin1').split('\0');
      if (!words.includes(`MAILSHIM_SENDER=${spool}`)) continue;
      if (readFileSync(`/proc/${name}/cmdline`, 'latin1').split('\0').includes(shimFile) || isShim(name)) {
        found.push(Number(name));
      }
    } catch {
      // It has ended meanwhile.
    }
  }
  return found;
}

function isShim(pid: string): boolean {
  return readlinkSync(`/proc/${pid}/exe`) === shimFile;
}

/** Milliseconds after which a condition will not come true any more. */
const LIMIT = 60_000;

export function until(condition: () => boolean | Promise<boolean>, what: string, limit = LIMIT): Promise<void> {
  return waitFor(condition, () => `waited in vain for ${what}`, limit);
}

/** The sequence of the mulberry32 generator: in [0, 1), the same for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** For what runs within the test; nothing of the machine's own configuration is in it. */
export function environmentOf(changes: Partial<Environment> = {}): Environment {
  return {
    etc: '/nonexistent',
    home: undefined,
    configHome: undefined,
    cacheHome: undefined,
    stateHome: undefined,
    systemSpool: '/nonexistent',
    euid: process.geteuid!(),
    email: undefined,
    smtpServer: undefined,
    host: 'shop.example',
    now: () => new Date(),
    random: (bytes) => randomBytes(bytes).toString('hex'),
    interactive: false,
    ...changes,
  };
}

/** Puts a mail into the spool as the program does. @returns its id */
export function handIn(
  { spool, config }: SpoolUnderTest,
  name: string,
  recipients: readonly string[],
  changes: { [name in keyof Submission]?: Submission[name] | undefined } = {},
): string {
  const message = `From: shop@shop.example\nTo: ${recipients.join(', ')}\nSubject: ${name}\n\nbody of ${name}\n`;
  const submission: Submission = {
    acceptedAt: Date.now(),
    seed: randomBytes(16).toString('hex'),
    recipients: [...recipients],
    envelopeFrom: 'shop@shop.example',
    file: config,
    ...changes,
  } as Submission;
  const place = { kind: 'private', folder: spool, setUp: true } as const;
  return commit(place, submission, [Buffer.from(message)], process.geteuid!(), () => randomBytes(8).toString('hex')).id;
}
