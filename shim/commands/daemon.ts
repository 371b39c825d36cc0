// The processes that send from a spool: the daemon, the sender on demand, and one run through the queue (-q).

import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, constants, existsSync, lstatSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Calls } from '../calls/calls.ts';
import { GroupCommit } from '../calls/group.ts';
import type { CallContext } from '../calls/means.ts';
import { CallServer } from '../calls/server.ts';
import { parseArguments } from '../cli/parse.ts';
import { wordReader } from '../cli/words.ts';
import { DEFAULT_SENDER_IDLE, DEFAULT_SIZE_LIMIT } from '../config/directives.ts';
import { defaultAccount } from '../delivery/account.ts';
import { senderContext } from '../delivery/context.ts';
import { Runner } from '../delivery/runner.ts';
import type { Attempted, SenderContext } from '../delivery/stages.ts';
import type { Environment } from '../environment.ts';
import { type Ending, EX, type ExitCode, ExitError } from '../exit.ts';
import { SyslogProcesses } from '../log/syslog.ts';
import { diagnostic } from '../messages/catalogue.ts';
import { prepareSpool } from '../spool/commit.ts';
import { DropFolder } from '../spool/drop.ts';
import { DEFAULT_DROP_LIMITS, type DropLimits } from '../spool/judge.ts';
import { lockSpool } from '../spool/lock.ts';
import { checkDrop } from '../spool/place.ts';
import { Spool } from '../spool/queue.ts';
import { linkSender } from '../spool/sender-link.ts';
import { AWAKE, requestFlush, started, writeVersion } from '../spool/wake.ts';
import { inline } from '../text/printable.ts';
import type { Invocation } from '../types.ts';
import { refuseForeignFiles } from './spool.ts';

/** Seconds that a new sender waits for one that is about to end. */
const LOCK_WAIT = 10;
/** Milliseconds between two attempts to put accepted mails into the queue. */
const RECOVERY = 60_000;
/** Milliseconds between two searches for files of crashed writers. */
const SWEEP = 3_600_000;

/** The sender of a private spool: ends once the queue has been empty for a while. */
export async function runOnDemand(folder: string, environment: Environment): Promise<ExitCode> {
  const spool = new Spool(folder);
  prepareSpool(folder, environment.euid);
  // Another one is running: it reads the queue once more before it ends, and finds the mail of our caller.
  const lock = lockSpool(folder, LOCK_WAIT);
  if (lock === undefined) return EX.OK;
  await serve(spool, environment, { drop: false, onDemand: true });
  return EX.OK;
}

/** `words` without "daemon". */
export async function daemonCommand(words: readonly string[], environment: Environment): Promise<Ending> {
  const { command, read } = wordReader('daemon');
  command
    .description('Send the mail of a spool and of its drop folder until terminated.')
    .option('--spool <folder>', 'directory of the spool', environment.systemSpool);
  const help = read(words);
  if (help !== undefined) return { code: EX.OK, stdout: help, complaints: [] };
  return { code: await runDaemon(command.opts<{ spool: string }>().spool, environment), complaints: [] };
}

/** Serves a spool until it is terminated. */
export async function runDaemon(folder: string, environment: Environment): Promise<ExitCode> {
  const spool = new Spool(folder);
  prepareSpool(folder, environment.euid);
  refuseForeignFiles(folder, environment.euid);
  const drop = existsSync(join(folder, 'drop'));
  if (drop) checkDrop(folder, environment.euid);
  const lock = lockSpool(folder, LOCK_WAIT);
  if (lock === undefined) throw new ExitError(diagnostic('daemon.running', { folder }));
  await serve(spool, environment, { drop, onDemand: false });
  return EX.OK;
}

interface Serving {
  /** Other users leave mail in the drop folder. */
  drop: boolean;
  /** Ends once the queue has been empty for a while. */
  onDemand: boolean;
}

async function serve(spool: Spool, own: Environment, { drop, onDemand }: Serving): Promise<void> {
  const complain = (text: string) => void writeSync(2, `mailshim: ${inline(text)}\n`);
  const syslog = new SyslogProcesses(({ text }) => complain(text));
  // Loaded already, and cheaper than opening a file for each mail.
  const random = (bytes: number) => randomBytes(bytes).toString('hex');
  const environment = { ...own, random, syslog: syslog.write };
  const now = () => environment.now().getTime();
  const awake = openAwake(join(spool.folder, AWAKE));
  started(spool.folder);
  if (own.version !== undefined) writeVersion(spool.folder, own.version);
  begin(spool, now(), complain);
  spool.sweep(now());
  const sweeper = setInterval(() => spool.sweep(now()), SWEEP);
  const context = senderContext(spool, environment, { complain, journal: !onDemand });
  let runner: Runner | undefined;
  const calls = openCalls(context, drop, () => runner);
  await calls.recover();
  const recovery = setInterval(() => void calls.recover(), RECOVERY);
  const dropFolder = drop ? openDrop(spool, context, complain) : undefined;
  dropFolder?.watch();
  const idle = onDemand ? idleTime(context) : undefined;
  let open = awake;
  for (;;) {
    const server = new CallServer(spool.folder, drop, (id, caller) => calls.begin(id, caller));
    await server.listen(complain);
    const unlink = drop ? () => undefined : linkSender(spool.folder, environment);
    const inUse = () => calls.size > 0;
    runner = new Runner(context, {
      once: false,
      shared: drop,
      inUse,
      flushed: () => void calls.recover(),
      ...(idle === undefined ? {} : { idle }),
    });
    await runUntilEnd(runner, server);
    unlink();
    await calls.finish();
    server.close();
    // A caller that commits from here on finds no sender and starts one; earlier mail is found below.
    if (open !== undefined) closeSync(open);
    open = undefined;
    if (runner.stopped || !spool.exists() || spool.ids('queue').next().done) break;
    open = openAwake(join(spool.folder, AWAKE));
  }
  clearInterval(sweeper);
  clearInterval(recovery);
  await dropFolder?.close();
  context.ledger.write();
  await context.pool.close();
  await syslog.end();
  spool.end();
}

/** New callers are not accepted once the end begins. */
async function runUntilEnd(runner: Runner, server: CallServer): Promise<void> {
  const stop = () => {
    server.stop();
    runner.stop();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  await runner.run();
  server.stop();
  process.off('SIGTERM', stop);
  process.off('SIGINT', stop);
}

function openCalls(sender: SenderContext, shared: boolean, runner: () => Runner | undefined = () => undefined): Calls {
  const context: CallContext = {
    sender,
    shared,
    group: new GroupCommit(sender.spool),
    arrived: (id, uid) => runner()?.arrived(id, uid),
    look: () => runner()?.look(),
  };
  return new Calls(context);
}

/** Milliseconds, by the default account. */
function idleTime(context: SenderContext): number {
  const account = defaultAccount(context.configuration(parseArguments([])), context.environment);
  return account?.senderIdle ?? DEFAULT_SENDER_IDLE;
}

// Recovers what a sender left that did not end normally.
function begin(spool: Spool, now: number, complain: (text: string) => void): void {
  const count = spool.begin(bootId());
  if (count > 0) complain(diagnostic('daemon.machine-stopped', { count }).text);
  for (const id of spool.recover(now)) complain(diagnostic('daemon.interrupted', { id }).text);
}

/** Id of this boot; '' where the system has none. */
function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    return '';
  }
}

/** Limits of the default account. */
function dropLimits(plain: Invocation, context: SenderContext): DropLimits {
  const account = defaultAccount(context.configuration(plain), context.environment);
  if (account === undefined) return DEFAULT_DROP_LIMITS;
  // A caller that cannot read the configuration assumes the default limit.
  return {
    files: account.dropFiles,
    bytes: account.dropBytes,
    message: Math.max(account.messageSizeLimit, DEFAULT_SIZE_LIMIT),
  };
}

function openDrop(spool: Spool, context: SenderContext, complain: (text: string) => void): DropFolder {
  const { environment } = context;
  // Called for each file.
  const plain = parseArguments([]);
  return new DropFolder({
    spool,
    now: () => environment.now().getTime(),
    random: () => environment.random(8),
    limits: () => dropLimits(plain, context),
    taken: (id, uid) => complain(diagnostic('daemon.accepted', { id, uid }).text),
    complain,
  });
}

/** Open for reading while a sender is running; undefined where FIFOs cannot be made. */
function openAwake(fifo: string): number | undefined {
  if (existsSync(fifo) && !lstatSync(fifo).isFIFO()) unlinkSync(fifo);
  for (const program of ['/usr/bin/mkfifo', '/bin/mkfifo', 'mkfifo']) {
    if (existsSync(fifo)) break;
    spawnSync(program, ['-m', '600', fifo], { stdio: 'ignore' });
  }
  try {
    return openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
}

export interface QueueRun {
  /** False where another sender is running; it tries every mail on request. */
  own: boolean;
  delivered: number;
  failed: number;
  waiting: number;
}

/** Tries every mail of a spool once. */
export async function runQueue(
  folder: string,
  environment: Environment,
  progress: (done: number, total: number) => void,
  complain: (text: string) => void,
): Promise<QueueRun> {
  const spool = new Spool(folder);
  const run: QueueRun = { own: true, delivered: 0, failed: 0, waiting: 0 };
  if (!spool.exists()) return run;
  const lock = lockSpool(folder, 0);
  if (lock === undefined) {
    requestFlush(folder);
    return { ...run, own: false };
  }
  try {
    begin(spool, environment.now().getTime(), complain);
    let total = 0;
    let done = 0;
    const outcome = ({ waiting, failed }: Attempted) => {
      done++;
      if (waiting > 0) run.waiting++;
      else if (failed > 0) run.failed++;
      else run.delivered++;
      progress(done, total);
    };
    const context = senderContext(spool, environment, { outcome, complain });
    const hasDrop = existsSync(join(folder, 'drop'));
    await openCalls(context, hasDrop).recover();
    if (hasDrop) {
      const drop = openDrop(spool, context, complain);
      await drop.drain();
      await drop.close();
    }
    total = [...spool.ids('queue')].length;
    await new Runner(context, { once: true }).run();
    context.ledger.write();
    await context.pool.close();
    spool.end();
    run.waiting = [...spool.ids('queue')].length;
    return run;
  } finally {
    lock.release();
  }
}
