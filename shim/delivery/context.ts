// What a sender works with: its spool, a pool of connections, and what it remembers between two mails.

import { hostname } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { type Account, MAIL_NAME } from '../config/account.ts';
import { type Configuration, possibleFiles } from '../config/files.ts';
import { type Fingerprint, fingerprintOf } from '../config/fingerprint.ts';
import type { Environment } from '../environment.ts';
import { EX } from '../exit.ts';
import { Ledger } from '../spool/ledger.ts';
import type { Spool } from '../spool/queue.ts';
import { RelayPool } from '../submit/pool.ts';
import type { Invocation } from '../types.ts';
import { findConfiguration } from './account.ts';
import { alertOutbreak } from './alert.ts';
import { writeMailLog } from './log.ts';
import { notifySender } from './notify.ts';
import { OutbreakGuard } from './outbreak.ts';
import { type Preflight, startPreflight } from './preflight.ts';
import type { Attempted, SenderContext } from './stages.ts';

/** Milliseconds for which the output of the commands of a configuration is used. */
const COMMAND_AGE = 1000;
/** Configurations remembered, by the options that choose one; mails of one spool have few. */
const CONFIGURATIONS = 16;
/** Milliseconds for which a sender that was asked about is not asked about again; also where no answer came. */
const PREFLIGHT_AGE = 300_000;
/** Answers kept; a shop has few senders. */
const PREFLIGHTS = 1000;

export interface ContextOptions {
  outcome?: (attempted: Attempted) => void;
  complain: (text: string) => void;
  /** What is logged nowhere else goes to `complain`, whose lines are kept, as by systemd's journal. */
  journal?: boolean;
}

export function senderContext(spool: Spool, environment: Environment, options: ContextOptions): SenderContext {
  keepMemorySmall();
  const now = () => environment.now().getTime();
  const pool = new RelayPool(now);
  const ledger = new Ledger(spool.folder, now);
  const context: SenderContext = {
    spool,
    environment,
    pool,
    ledger,
    guard: new OutbreakGuard(ledger.data.outbreak, now),
    random: Math.random,
    ...rememberedConfiguration(environment),
    preflight: rememberedPreflight(environment),
    alert: (outbreak, account) => alertOutbreak(outbreak, account, options.complain),
    notify: (undelivered) => notifySender(undelivered, context),
    log(log, code, error) {
      const { settings } = log;
      const unlogged = settings?.logfile === undefined && settings?.syslog === undefined;
      const shown = options.journal && unlogged ? { ...log, settings: { logTimeFormat: '', logfile: '-' } } : log;
      for (const { text } of writeMailLog(shown, environment, code, error))
        options.complain(text.replace(/^mailshim: /, ''));
    },
    outcome(attempted) {
      enter(ledger, attempted, pool);
      options.outcome?.(attempted);
    },
    complain: options.complain,
  };
  return context;
}

/** Per cent by which the heap may grow between two collections of old objects; V8 adds some megabytes to a small heap. */
const HEAP_GROWTH = 50;

/**
 * While thousands of mails pass through, V8 doubles the space for new objects again and again, and lets the heap grow to
 * four times what is in use before it collects old objects, which hold the buffers of the mails: it keeps that memory.
 */
function keepMemorySmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH}`);
}

interface Remembered {
  at: number;
  /** Of the files before they were read. */
  fingerprint: Fingerprint;
  configuration: Configuration;
}

function rememberedConfiguration(environment: Environment): Pick<SenderContext, 'configuration' | 'forget'> {
  const read = new Map<string, Remembered>();
  const configuration = (invocation: Invocation) => {
    const { file, overrides, account, unlocked } = invocation;
    // Whether such options are accepted depends on the files, too.
    if (unlocked.length > 0) return findConfiguration(invocation, environment);
    const key = `${file ?? ''} ${overrides.has('host')} ${account !== undefined}`;
    const known = read.get(key);
    const now = environment.now().getTime();
    const { text, settled } = fingerprintOf([...possibleFiles(environment, file), MAIL_NAME], now);
    const fingerprint = { text: `${text}\n${hostname()}`, settled };
    if (known !== undefined && isCurrent(known, fingerprint, now)) return known.configuration;
    const fresh = findConfiguration(invocation, environment);
    if (read.size >= CONFIGURATIONS) read.clear();
    read.set(key, { at: now, fingerprint, configuration: fresh });
    return fresh;
  };
  return { configuration, forget: () => read.clear() };
}

function isCurrent({ at, fingerprint, configuration }: Remembered, { text }: Fingerprint, now: number): boolean {
  if (fingerprint.text !== text) return false;
  // Each of a thousand mails would run the commands.
  if (configuration.hasCommands) return Math.abs(now - at) < COMMAND_AGE;
  return fingerprint.settled && configuration.unreadable.length === 0;
}

function rememberedPreflight(environment: Environment): typeof startPreflight {
  const asked = new Map<string, { at: number; running: Preflight }>();
  return (account: Account, author, envelopeFrom, _environment) => {
    const key = JSON.stringify([account.file, account.name, author, envelopeFrom]);
    const now = environment.now().getTime();
    const known = asked.get(key);
    if (known !== undefined && Math.abs(now - known.at) < PREFLIGHT_AGE) return known.running;
    const running = startPreflight(account, author, envelopeFrom, environment);
    if (asked.size >= PREFLIGHTS) asked.clear();
    asked.set(key, { at: now, running });
    return running;
  };
}

function enter(ledger: Ledger, attempted: Attempted, pool: RelayPool): void {
  const { data } = ledger;
  const { id, account, relay, at, next = at, waiting, failed, reason, uncertain, outcome } = attempted;
  if (waiting > 0) data.deferred++;
  else if (failed === 0) {
    data.delivered++;
    data.lastSuccess = { at, id };
  }
  if (failed > 0) {
    data.failed++;
    data.lastFailure = { at, id, reason: reason ?? '' };
  }
  if (uncertain) data.uncertain++;
  const { pausedUntil } = pool.health(relay);
  const { failure } = outcome;
  if (failure !== undefined && pausedUntil > at) ledger.stuck(account, { reason: failure.problem.text, pausedUntil });
  // No mail of this account leaves before the configuration is corrected, and that should not take an hour to be seen.
  else if (failure?.code === EX.CONFIG) ledger.stuck(account, { reason: failure.problem.text, pausedUntil: next });
  else delete data.relays[account];
  ledger.touch();
}
