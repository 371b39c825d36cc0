// kill -9 of launchers and of the senders of a private spool at random instants: what a caller was answered with 0 arrives, once,
// or twice where the log says so.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { announcedIn, kill, type SpoolUnderTest, seeded, spoolUnderTest, until } from '../support/fault-spool.ts';
import { hermetic } from '../support/hermetic.ts';
import { launchedInto, noLauncher } from '../support/launched.ts';
import { runShim } from '../support/program.ts';
import { type FaultRelay, startFaultRelay } from '../support/relay-faults.ts';

const SEED = Number(process.env.MAILSHIM_TEST_SEED ?? 20261130);
/** Of each kind; more for a longer run. */
const KILLS = Math.ceil(Number(process.env.MAILSHIM_TEST_KILLS ?? 500) / 40);
const CALLERS = 4;
/** Milliseconds of a sender's life, at most. */
const LIFE = 1000;
/** Part of the launchers that are killed. */
const KILLED = 0.4;
/** Part of the mails at whose arrival the sender is killed. */
const KILLED_AT_DOT = 0.03;
/** Milliseconds after which a caller hangs for certain. */
const HANGS = 60_000;

let relay: FaultRelay | undefined;
let spool: SpoolUnderTest | undefined;
after(async () => {
  await spool?.remove();
  await relay?.stop();
});

test('a private spool: nothing is lost, handed in twice, left, or waited for', { skip: noLauncher }, async (t) => {
  const random = seeded(SEED);
  const kills = { launchers: 0, senders: 0 };
  let over = false;
  const killSenders = () => {
    for (const pid of spool?.senders() ?? []) if (kill(pid)) kills.senders++;
  };
  relay = await startFaultRelay({
    message() {
      if (!over && random() < KILLED_AT_DOT) killSenders();
      return undefined;
    },
  });
  spool = spoolUnderTest(relay.port, ['timeout 5', 'sender_idle 30']);
  const { folder } = spool;
  // Where the launcher looks for it.
  mkdirSync(folder.join('state'));
  symlinkSync('..', folder.join('state/mailshim'));
  const launched = launchedInto(folder);
  const env = hermetic({ HOME: folder.path, XDG_STATE_HOME: folder.join('state'), PATH: process.env.PATH! });
  const ends = new Map<string, { code: number | null; stderr: string }>();
  const enough = () => over || (kills.launchers >= KILLS && kills.senders >= KILLS);
  const call = async (name: string) => {
    const child = spawn(launched.sendmail, ['-t', '-i'], { env, stdio: ['pipe', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (bytes: Buffer) => {
      stderr += bytes.toString();
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(`From: shop@shop.example\nTo: ${name}@x.example\nSubject: ${name}\n\nbody\n`);
    const timer = random() < KILLED ? setTimeout(() => child.kill('SIGKILL'), random() * 40) : undefined;
    const hanging = setTimeout(() => assert.fail(`${name} hangs`), HANGS);
    const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
      child.once('close', (...end) => resolve(end));
    });
    clearTimeout(timer);
    clearTimeout(hanging);
    if (signal === 'SIGKILL') kills.launchers++;
    else assert.equal(code, 0, stderr);
    ends.set(name, { code, stderr });
  };
  const caller = async (prefix: string) => {
    for (let count = 0; !enough(); count++) await call(`${prefix}${count}`);
  };
  const killer = async () => {
    while (!enough()) {
      await new Promise((resolve) => setTimeout(resolve, random() * LIFE));
      // A sender that has not begun to listen is killed less often.
      if (existsSync(join(spool!.spool, 'socket')) || random() < 0.2) killSenders();
    }
  };
  await Promise.all([killer(), ...Array.from({ length: CALLERS }, (_, at) => caller(`p${at}m`))]);
  over = true;
  // What was taken from its caller waits for the next sender.
  const left = () => ['taken', 'active', 'queue', 'active'].flatMap((name) => spool!.names(name));
  await call('last');
  await until(async () => {
    await runShim(['queue', 'run'], { env });
    return left().length === 0;
  }, 'the mails to be sent');

  const announced = announcedIn(spool.log());
  const copies = Map.groupBy(relay.mails, ({ to }) => to[0]!);
  const [lost, twice]: [string[], string[]] = [[], []];
  let accepted = 0;
  for (const [name, { code, stderr }] of ends) {
    const address = `${name}@x.example`;
    const arrived = copies.get(address) ?? [];
    if (code === 0) accepted++;
    if (code === 0 && arrived.length === 0) lost.push(`${name}: ${stderr}`);
    const ids = new Set(arrived.map(({ message }) => /^Message-ID: (.*)$/m.exec(message)?.[1]));
    if (ids.size > 1 || (arrived.length > 1 && !announced.has(address))) twice.push(`${name}: ${[...ids]}`);
  }
  t.diagnostic(
    `${ends.size} calls, ${accepted} accepted, ${launched.fallbacks()} left to the program; ${kills.launchers} launchers, ${kills.senders} senders killed; seed ${SEED}`,
  );
  assert.ok(launched.fallbacks() < ends.size);
  assert.deepEqual({ lost, twice }, { lost: [], twice: [] });
  assert.deepEqual(spool.names('failed'), []);
});
