// syslog through logger(1), since Node cannot write to the datagram socket /dev/log: one process for each run of the program;
// for a sender, one that stays and reads line by line.

import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import type { Writable } from 'node:stream';
import type { Environment } from '../environment.ts';
import type { Diagnostic } from '../exit.ts';
import { diagnostic } from '../messages/catalogue.ts';

const LOGGERS = ['/usr/bin/logger', '/bin/logger'];
/** Milliseconds for logger(1); it only writes to a local socket. */
const TIMEOUT = 2000;
/** Bytes that are buffered for a logger that does not read. */
const MAX_WAITING = 1024 * 1024;

type Logger = ChildProcessByStdio<Writable, null, null>;
export type Syslog = NonNullable<Environment['syslog']>;

/** Returns once logger(1) has ended. */
export const syslogNow: Syslog = (facility, lines) => {
  for (const program of LOGGERS) {
    const { error } = spawnSync(program, wordsFor(facility), {
      input: textOf(lines),
      stdio: ['pipe', 'ignore', 'ignore'],
      timeout: TIMEOUT,
    });
    if (error === undefined) return [];
  }
  return [unlogged('missing', lines)];
};

/** For a process that stays: does not wait for logger(1), which is started once for each facility. */
export class SyslogProcesses {
  readonly #running = new Map<string, Logger>();
  readonly #complain: (problem: Diagnostic) => void;
  readonly #programs: readonly string[];

  constructor(complain: (problem: Diagnostic) => void, programs: readonly string[] = LOGGERS) {
    this.#complain = complain;
    this.#programs = programs;
  }

  /** Running processes. */
  get size(): number {
    return this.#running.size;
  }

  readonly write: Syslog = (facility, lines) => {
    const input = (this.#running.get(facility) ?? this.#start(facility)).stdin;
    if (input.writableLength > MAX_WAITING) return [unlogged('stuck', lines)];
    input.write(textOf(lines));
    return [];
  };

  #start(facility: string, at = 0): Logger {
    const child = spawn(this.#programs[at] ?? 'logger', wordsFor(facility), { stdio: ['pipe', 'ignore', 'ignore'] });
    this.#running.set(facility, child);
    const gone = () => {
      if (this.#running.get(facility) === child) this.#running.delete(facility);
    };
    child.once('exit', gone);
    child.stdin.on('error', gone);
    child.once('error', (error: NodeJS.ErrnoException) => {
      gone();
      if (at + 1 < this.#programs.length) this.#start(facility, at + 1);
      else this.#complain(diagnostic('log.logger', { why: error.code ?? error.message }));
    });
    return child;
  }

  /** Resolves once all lines were read. */
  async end(): Promise<void> {
    const ended = [...this.#running.values()].map(
      (child) =>
        new Promise<void>((resolve) => {
          child.once('exit', () => resolve()).once('error', () => resolve());
          child.stdin.end();
          setTimeout(() => child.kill(), TIMEOUT).unref();
        }),
    );
    await Promise.all(ended);
  }
}

function wordsFor(facility: string): string[] {
  const name = facility === 'on' ? 'user' : facility.replace(/^LOG_/, '').toLowerCase();
  return ['-t', 'mailshim', '-p', `${name}.info`];
}

function textOf(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}

function unlogged(fault: 'missing' | 'stuck', lines: readonly string[]): Diagnostic {
  return diagnostic('log.syslog', { fault, lines: lines.join(' | ') });
}
