// kill -9 of launchers, of the daemon and of the relay at random instants, each a process of its own: what a caller was answered
// with 0 arrives, once, or twice where the log says so; nothing is left, and no caller waits for ever.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, test } from 'node:test';
import { type Daemon, startDaemon, variablesOf } from '../support/calls-daemon.ts';
import { announcedIn, seeded, until } from '../support/fault-spool.ts';
import { hermetic } from '../support/hermetic.ts';
import { type Launched, launchedInto, noLauncher } from '../support/launched.ts';
import { runShim } from '../support/program.ts';
import { type RelayProcess, startRelayProcess } from '../support/relay-process.ts';

const SEED = Number(process.env.MAILSHIM_TEST_SEED ?? 20261130);
/** Of all kinds and both ways; more for a longer run. */
const KILLS = Number(process.env.MAILSHIM_TEST_KILLS ?? 500);
/** Part of them that each kind has at least. */
const EACH = 0.1;
const CALLERS = 6;
/** Milliseconds of life with callers, at most. */
const DAEMON_LIFE = 400;
const RELAY_LIFE = 600;
/** Part of the calls that begin while no daemon listens. */
const WITHOUT = 0.15;
/** Part of the kills that fall on the daemon and the relay at once. */
const BOTH = 0.15;
/** Part of the launchers that are killed. */
const KILLED = 0.5;
/** Milliseconds after which a caller hangs for certain: launcher and program have their own bounds. */
const HANGS = 60_000;
const USERS = [33, 65534, 1234];

/** How often a daemon stops, and milliseconds after which a launcher gives it up then. */
const STOPS = Math.ceil(KILLS / 100);
const IMPATIENCE = 1000;
const IMPATIENT = [`-DANSWER_MS=${IMPATIENCE}`, '-DTAKEN_MS=60000'];

interface Way {
  name: string;
  config: string;
  /** A caller may read the configuration, and does what the daemon does. */
  readable: boolean;
}

const ways: readonly Way[] = [
  { name: 'queue', config: 'delivery queue', readable: false },
  { name: 'direct', config: 'delivery direct', readable: true },
];

interface End {
  code: number | null;
  stderr: string;
  killed: boolean;
  hangs: boolean;
}

const skip = noLauncher || (process.getuid?.() !== 0 && 'only root can be several users');
const kinds = { launchers: 0, daemons: 0, relays: 0 };
type Kills = typeof kinds;

/** What all parts of a run share. */
interface Run {
  daemon: Daemon;
  relay: RelayProcess;
  launched: Launched;
  kills: Kills;
  random: () => number;
  ends: Map<string, End>;
  listens: boolean;
  /** Milliseconds of calls that a sender answered, the last ones. */
  lives: number[];
  /** Of the launchers that are killed. */
  part: number;
  over: () => boolean;
}

for (const [number, way] of ways.entries()) {
  describe(way.name, { skip }, () => {
    const random = seeded(SEED + number);
    const all = Math.ceil(KILLS / ways.length);
    let relay: RelayProcess | undefined;
    let daemon: Daemon | undefined;
    afterEach(async () => {
      await daemon?.stop();
      relay?.kill();
      daemon?.folder.remove();
    });

    /** A daemon, and callers of `launched` until `work` is done. @returns what became of their mails */
    async function among(flags: readonly string[], part: number, work: (run: Run) => Promise<unknown>) {
      const started = await startDaemon('host 127.0.0.1\nport 1\ntls off', { readable: way.readable, log: true });
      daemon = started;
      await started.stop();
      relay = await startRelayProcess(started.folder.join('mails'));
      configure(started, relay.port, way);
      await started.start();
      const launched = launchedInto(started.folder, flags);
      let ended = false;
      const run: Run = {
        daemon: started,
        relay,
        launched,
        kills: { ...kinds },
        random,
        ends: new Map(),
        listens: true,
        lives: [20],
        part,
        over: () => ended,
      };
      const callers = Array.from({ length: CALLERS }, (_, at) => callAlways(run, USERS[at % USERS.length]!, `c${at}m`));
      const done = work(run).finally(() => {
        ended = true;
      });
      await Promise.all([done, ...callers]).finally(() => {
        ended = true;
      });
      await allSent(started);
      await started.stop();
      return { run, found: judge(run.ends, relay, started) };
    }

    test(`${all} kills: nothing is lost, handed in twice, left, or waited for`, async (t) => {
      const start = performance.now();
      const { run, found } = await among([], KILLED, (run) => {
        const { kills } = run;
        const enough = () =>
          run.over() || (sumOf(kills) >= all && Object.values(kills).every((count) => count >= all * EACH));
        return Promise.all([killDaemons(run, enough), killRelays(run, enough)]);
      });
      const seconds = Math.round((performance.now() - start) / 1000);
      const killed = Object.entries(run.kills).map(([kind, count]) => `${count} ${kind}`);
      t.diagnostic(`${summary(run, found)}; ${killed.join(', ')} killed within ${seconds} s; seed ${SEED + number}`);
      assert.ok(run.launched.fallbacks() < run.ends.size);
      assertGood(found);
    });

    test(`${STOPS} times a daemon that stops for a while: the same`, async (t) => {
      const { run, found } = await among(IMPATIENT, 0, stopDaemon);
      t.diagnostic(`${summary(run, found)}; seed ${SEED + number}`);
      assertGood(found);
    });
  });
}

function configure({ folder }: Daemon, port: number, { config, readable }: Way): void {
  const settings = `host 127.0.0.1\nport ${port}\ntls off\ntimeout 5\nrelay_connections 4\noutbreak off`;
  const file = folder.write(
    'etc/mailshimrc',
    `from shop@shop.example\npreflight off\n${settings}\n${config}\nlogfile ${folder.join('log')}\n`,
  );
  chmodSync(file, readable ? 0o644 : 0o600);
  chmodSync(folder.join('log'), 0o666);
}

const sumOf = (kills: Kills) => Object.values(kills).reduce((sum, count) => sum + count, 0);
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1]!;

async function killDaemons(run: Run, enough: () => boolean): Promise<void> {
  const { daemon, relay, kills, random, ends } = run;
  while (!enough()) {
    await pause(random() * DAEMON_LIFE);
    const before = ends.size;
    for (let wait = 0; ends.size === before && wait < 100; wait++) await pause(2);
    // Within the next call of the caller that has just ended one.
    await pause(random() * 1.5 * median(run.lives));
    const child = daemon.child();
    child.kill('SIGKILL');
    run.listens = false;
    if (random() < BOTH && relay.kill()) kills.relays++;
    await until(() => child.signalCode !== null || child.exitCode !== null, 'the end of the daemon');
    assert.equal(child.signalCode, 'SIGKILL', daemon.said());
    kills.daemons++;
    await daemon.start();
    run.listens = true;
  }
}

/** Others take the mail back meanwhile, or wait where the daemon has it. */
async function stopDaemon({ daemon, random, over }: Run): Promise<void> {
  for (let times = 0; times < STOPS && !over(); times++) {
    await pause(random() * IMPATIENCE);
    daemon.child().kill('SIGSTOP');
    await pause(random() * 2 * IMPATIENCE);
    daemon.child().kill('SIGCONT');
  }
}

async function killRelays({ relay, kills, random }: Run, enough: () => boolean): Promise<void> {
  while (!enough()) {
    await pause(random() * RELAY_LIFE);
    if (relay.kill()) kills.relays++;
    await pause(random() * 50);
    await relay.start();
  }
}

async function callAlways(run: Run, uid: number, prefix: string): Promise<void> {
  const { random, kills, ends, over } = run;
  for (let count = 0; !over(); count++) {
    while (!run.listens && random() > WITHOUT && !over()) await pause(50);
    const [name, began, listened] = [`${prefix}${count}`, performance.now(), run.listens];
    const end = await callOnce(run, uid, name);
    ends.set(name, end);
    if (end.killed) kills.launchers++;
    else if (listened && run.listens) run.lives.push(performance.now() - began);
    if (run.lives.length > 15) run.lives.shift();
  }
}

async function callOnce({ daemon, launched, random, lives, part }: Run, uid: number, name: string): Promise<End> {
  const message = `From: shop@shop.example\nTo: ${name}@x.example\nSubject: ${name}\n\n${'x'.repeat(random() * 3000)}\n`;
  const env = hermetic({ PATH: process.env.PATH!, ...variablesOf(daemon) }, uid);
  const child = spawn(launched.sendmail, ['-t', '-i'], { env, uid, gid: uid, stdio: ['pipe', 'ignore', 'pipe'] });
  const end: End = { code: null, stderr: '', killed: false, hangs: false };
  child.stderr!.on('data', (bytes: Buffer) => {
    end.stderr += bytes.toString('utf8');
  });
  child.stdin!.on('error', () => undefined);
  child.stdin!.end(message);
  const kill = () => {
    end.killed = child.kill('SIGKILL');
  };
  const killing = random() < part ? setTimeout(kill, random() * median(lives) * 1.5) : undefined;
  const hanging = setTimeout(() => {
    end.hangs = true;
    child.kill('SIGKILL');
  }, HANGS);
  end.code = await new Promise((resolve) => child.once('close', (code) => resolve(code)));
  clearTimeout(killing);
  clearTimeout(hanging);
  // It may have ended before the signal came.
  end.killed &&= end.code === null;
  return end;
}

/** From here on everything is well: all that waits has to arrive. */
async function allSent(daemon: Daemon): Promise<void> {
  await daemon.stop();
  await daemon.start();
  const waiting = () => ['taken', 'active', 'queue', 'active'].flatMap((name) => daemon.names(name));
  const flush = () => runShim(['queue', 'run', '--spool', daemon.spool], { env: daemon.env });
  await until(async () => (await flush()).code === 0 && waiting().length === 0, 'the mails to be sent');
}

function judge(ends: ReadonlyMap<string, End>, relay: RelayProcess, daemon: Daemon) {
  const log = readFileSync(daemon.folder.join('log'), 'utf8');
  const announced = announcedIn(log);
  const copies = Map.groupBy(relay.mails(), ({ subject }) => subject);
  const found = {
    accepted: 0,
    taken: 0,
    announced: 0,
    lost: [] as string[],
    twice: [] as string[],
    handedInTwice: [] as string[],
    hanging: [] as string[],
    refused: [] as string[],
    left: [] as string[],
  };
  for (const [name, { code, stderr, killed, hangs }] of ends) {
    const arrived = copies.get(name) ?? [];
    if (hangs) found.hanging.push(name);
    else if (!killed && code !== 0) found.refused.push(`${name}: ${code} ${stderr}, ${arrived.length} copies`);
    if (code === 0) {
      found.accepted++;
      if (stderr.includes('the sender took the mail')) found.taken++;
      if (arrived.length === 0) found.lost.push(`${name}: ${stderr}`);
    }
    if (arrived.length <= 1) continue;
    if (announced.has(`${name}@x.example`)) found.announced++;
    else found.twice.push(`${name}: ${stderr}`);
    // A mail of the queue has one Message-ID, however often it is sent.
    const ids = new Set(arrived.map(({ messageId }) => messageId));
    if (ids.size > 1) found.handedInTwice.push(`${name}: ${[...ids]} ${stderr}`);
  }
  for (const folder of ['taken', 'failed', 'queue', 'active', 'hold']) found.left.push(...daemon.names(folder));
  // What a launcher leaves that is killed before anyone took its mail; it is removed after an hour.
  for (const name of daemon.names('drop')) {
    const text = readFileSync(join(daemon.spool, 'drop', name), 'latin1');
    const mail = /^Subject: (.*)$/m.exec(text)?.[1];
    if (mail === undefined ? text.length > 0 : ends.get(mail)?.killed !== true)
      found.left.push(`drop/${name}: ${mail}`);
  }
  return found;
}

type Found = ReturnType<typeof judge>;

function summary({ ends, launched }: Run, { accepted, taken, announced }: Found): string {
  return `${ends.size} calls, ${accepted} accepted, ${taken} of them without an answer; ${launched.fallbacks()} left to the program; ${announced} announced copies`;
}

function assertGood(found: Found): void {
  assert.ok(found.accepted > 10);
  const { lost, twice, handedInTwice, hanging, refused, left } = found;
  assert.deepEqual(
    { lost, twice, handedInTwice, hanging, refused, left },
    { lost: [], twice: [], handedInTwice: [], hanging: [], refused: [], left: [] },
  );
}
