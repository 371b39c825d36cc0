// kill -9 of the daemon at random instants while callers hand it their mails over its socket: what was answered for is in the
// queue or at the relay, once; what was withdrawn is nowhere.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { call } from '../support/calls.ts';
import { type Daemon, startDaemon, variablesOf } from '../support/calls-daemon.ts';
import { announcedIn, seeded, until } from '../support/fault-spool.ts';
import { runShim } from '../support/program.ts';
import { type FaultRelay, startFaultRelay } from '../support/relay-faults.ts';

const SEED = Number(process.env.MAILSHIM_TEST_SEED ?? 20261130);
/** Of each way. */
const KILLS = Number(process.env.MAILSHIM_TEST_KILLS ?? 20);
const CALLERS = 8;
/** Milliseconds of a daemon's life with callers, at most. */
const LIFE = 250;
/** Part of the mails that the relay has when the daemon is killed, before it answers and after. */
const KILLED_AT_DOT = 0.02;
const USERS = [33, 65534, 1234];

interface Way {
  name: string;
  config: string;
  /** The relay is there. */
  relay: boolean;
}

const ways: readonly Way[] = [
  { name: 'queue, and the relay is away', config: 'delivery queue', relay: false },
  { name: 'queue', config: 'delivery queue', relay: true },
  { name: 'direct', config: 'delivery direct', relay: true },
];

for (const [number, way] of ways.entries()) {
  describe(way.name, { skip: process.getuid?.() !== 0 && 'only root can be several users' }, () => {
    const random = seeded(SEED + number);
    let relay: FaultRelay | undefined;
    let daemon: Daemon;
    after(async () => {
      await daemon?.stop();
      daemon?.folder.remove();
      await relay?.stop();
    });

    test(`${KILLS} kills: what was answered for is there once, what was withdrawn is not`, async (t) => {
      let kills = 0;
      let faulty = true;
      const kill = () => {
        const child = daemon?.child();
        if (child?.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      };
      relay = await startFaultRelay({
        message() {
          if (faulty && random() < KILLED_AT_DOT) kill();
          return undefined;
        },
        answered() {
          if (faulty && random() < KILLED_AT_DOT) kill();
        },
      });
      const log = () => readFileSync(daemon.folder.join('log'), 'utf8');
      const port = way.relay ? relay.port : 1;
      const config = (to: number) =>
        `host 127.0.0.1\nport ${to}\ntls off\ntimeout 5\n${way.config}\nlogfile LOG\nrelay_connections 4\noutbreak off`;
      daemon = await startDaemon(config(port), { log: true });
      const ends = new Map<string, { kind: string; why?: string; id: string }>();
      let count = 0;
      const caller = async (uid: number) => {
        while (kills < KILLS) {
          const name = `m${count++}`;
          const message = `From: shop@shop.example\nTo: ${name}@x.example\nSubject: ${name}\n\n${'x'.repeat(random() * 3000)}\n`;
          const done = await call(daemon.spool, ['-t', '-i'], message, { uid, variables: variablesOf(daemon) });
          if (done.kind === 'answered') assert.equal(done.code, 0, done.stderr);
          ends.set(name, done);
          // A program would be at work now.
          if (done.kind === 'program') await new Promise((resolve) => setTimeout(resolve, 20));
        }
      };
      const killer = async () => {
        while (kills < KILLS) {
          await new Promise((resolve) => setTimeout(resolve, random() * LIFE));
          kill();
          await until(() => daemon.child().signalCode !== null || daemon.child().exitCode !== null, 'the end');
          kills++;
          await daemon.start();
        }
      };
      await Promise.all([killer(), ...Array.from({ length: CALLERS }, (_, at) => caller(USERS[at % USERS.length]!))]);
      faulty = false;
      await daemon.stop();
      await daemon.start();
      const left = () => ['taken', 'active', 'queue', 'active'].flatMap((name) => daemon.names(name));
      // Mails that were in hand at several kills wait: somebody asks for them now.
      const flush = () => runShim(['queue', 'run', '--spool', daemon.spool], { env: daemon.env });
      if (way.relay) await until(async () => (await flush()).code === 0 && left().length === 0, 'the mails to be sent');
      else await until(() => daemon.names('taken').length === 0, 'what was taken to be in the queue');
      await daemon.stop();

      const where = new Map<string, number>();
      const found = (name: string) => where.set(name, (where.get(name) ?? 0) + 1);
      for (const { to } of relay.mails) found(to[0]!.split('@')[0]!);
      for (const folder of ['queue', 'active'])
        for (const id of daemon.names(folder))
          found(/^Subject: (.*)$/m.exec(readFileSync(join(daemon.spool, folder, id), 'latin1'))![1]!);
      const announced = announcedIn(log());
      const lost: string[] = [];
      const stray: string[] = [];
      const twice: string[] = [];
      const tally = { answered: 0, taken: 0, program: 0, announced: 0 };
      for (const [name, { kind }] of ends) {
        const copies = where.get(name) ?? 0;
        tally[kind as keyof typeof tally]++;
        if (kind === 'program' && copies > 0) stray.push(name);
        if (kind !== 'program' && copies === 0) lost.push(name);
        if (copies <= 1) continue;
        if (announced.has(`${name}@x.example`)) tally.announced++;
        else twice.push(name);
      }
      t.diagnostic(`${JSON.stringify(tally)}, ${kills} kills, seed ${SEED + number}`);
      assert.ok(tally.answered > 10);
      assert.deepEqual({ lost, stray, twice }, { lost: [], stray: [], twice: [] });
      assert.deepEqual(daemon.names('drop'), []);
      assert.deepEqual(daemon.names('taken'), []);
      assert.deepEqual(daemon.names('failed'), []);
      // What waits is whole.
      if (!way.relay) assert.equal(tally.announced, 0);
    });
  });
}
