// Disks that are full, out of inodes or read-only, files that cannot be read, and ten thousand mails that wait.

import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { runQueue } from '../../shim/commands/daemon.ts';
import { entryId, prepareSpool } from '../../shim/spool/commit.ts';
import { encodeEntry } from '../../shim/spool/entry.ts';
import {
  announcedIn,
  environmentOf,
  handIn,
  kill,
  type SpoolUnderTest,
  spoolUnderTest,
  until,
} from '../support/fault-spool.ts';
import { systemVariables } from '../support/hermetic.ts';
import { runShim, shimCommand } from '../support/program.ts';
import { type FaultRelay, startFaultRelay } from '../support/relay-faults.ts';

const root = process.getuid?.() === 0;
const NOBODY = 65534;
const TEXT = 'From: s@x.example\nTo: a@x.example\nSubject: s\n\nbody\n';

const quiet = () => undefined;
const send = ({ spool }: SpoolUnderTest, complaints: string[] = []) =>
  runQueue(spool, environmentOf(), quiet, (text) => complaints.push(text));

describe('a spool on a disk of its own', { skip: !root && 'only root can mount' }, () => {
  let relay: FaultRelay;
  let spool: SpoolUnderTest;
  let mounted = false;
  const refuse = new Map<string, string>();
  const hand = () =>
    runShim(['-C', spool.config, '-t', '-i'], {
      input: TEXT,
      env: { ...systemVariables, HOME: '/nonexistent', PATH: '/usr/bin:/bin' },
    });
  before(async () => {
    relay = await startFaultRelay({ recipient: (address) => refuse.get(address) });
    spool = spoolUnderTest(relay.port, ['timeout 5']);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k,nr_inodes=64,mode=0700', 'mailshim-test', spool.spool], {
        stdio: 'ignore',
      });
      mounted = true;
    } catch {
      // Checked by each test: a container may not mount.
    }
  });
  after(async () => {
    for (const pid of spool.senders()) kill(pid);
    await until(() => spool.senders().length === 0, 'the senders to end');
    if (mounted) execFileSync('umount', ['-l', spool.spool]);
    await spool.remove();
    await relay.stop();
  });
  afterEach(async () => {
    for (const pid of spool.senders()) kill(pid);
    await until(() => spool.senders().length === 0, 'the senders to end');
    if (mounted) execFileSync('mount', ['-o', 'remount,rw', spool.spool]);
    for (const name of readdirSync(spool.spool)) rmSync(join(spool.spool, name), { recursive: true });
    refuse.clear();
    relay.mails.length = 0;
  });
  const onDisk = (name: string, body: () => Promise<void>) =>
    test(name, async (t) => {
      if (mounted) await body();
      else t.skip('this container may not mount');
    });

  const exhaust: [name: string, how: () => void][] = [
    ['full', () => fill(spool.spool)],
    ['out of inodes', () => fillInodes(spool.spool)],
    ['read-only', () => execFileSync('mount', ['-o', 'remount,ro', spool.spool])],
  ];
  for (const [name, how] of exhaust) {
    onDisk(`${name}: the mail is sent at once instead`, async () => {
      handIn(spool, 'makes the folders', ['a@x.example']);
      await send(spool);
      relay.mails.length = 0;
      how();
      const ran = await hand();
      assert.deepEqual([ran.code, ran.stdout], [0, '']);
      assert.equal(relay.mails.length, 1);
      assert.deepEqual([spool.names('queue'), spool.names('tmp').filter((file) => !file.startsWith('fill'))], [[], []]);
    });

    onDisk(`${name}, and the relay away: 73 or 74 with both reasons, and nothing is kept`, async () => {
      handIn(spool, 'makes the folders', ['a@x.example']);
      await send(spool);
      await relay.stop();
      try {
        how();
        const ran = await hand();
        assert.ok(ran.code === 73 || ran.code === 74, String(ran.code));
        assert.match(ran.stderr, /^mailshim: [^\n]*127\.0\.0\.1[^\n]*cannot be kept in the spool[^\n]*\n$/);
        assert.deepEqual([spool.names('queue'), spool.names('active')], [[], []]);
      } finally {
        await relay.start();
      }
    });
  }

  onDisk('full while mail is sent: whoever has it gets it once, or the log says that it may be twice', async () => {
    handIn(spool, 'mail', ['a@x.example', 'b@x.example']);
    refuse.set('b@x.example', '450 4.2.0 greylisted');
    fill(spool.spool);
    await send(spool);
    assert.deepEqual(
      relay.mails.map(({ to }) => to),
      [['a@x.example']],
    );
    rmSync(join(spool.spool, 'tmp', 'fill'));
    refuse.clear();
    await send(spool);
    const times = (recipient: string) => relay.mails.filter(({ to }) => to.includes(recipient)).length;
    assert.equal(times('b@x.example'), 1);
    assert.ok(times('a@x.example') === 1 || announcedIn(spool.log()).has('a@x.example'), spool.log());
    assert.deepEqual([spool.names('queue'), spool.names('active')], [[], []]);
  });

  onDisk('a sender on a full disk remembers for its life whom it has served', async () => {
    handIn(spool, 'mail', ['a@x.example', 'b@x.example']);
    refuse.set('b@x.example', '450 4.2.0 greylisted');
    fill(spool.spool);
    const [program, words] = shimCommand();
    const child = spawn(program, words, {
      env: { ...systemVariables, HOME: '/nonexistent', PATH: '/usr/bin:/bin', MAILSHIM_SENDER: spool.spool },
      stdio: 'ignore',
    });
    await until(() => relay.mails.length > 0 && spool.names('queue').length === 1, 'the first recipient');
    refuse.clear();
    writeFlush(spool.spool);
    await until(() => relay.mails.length > 1 && spool.names('active').length === 0, 'the second recipient');
    child.kill('SIGKILL');
    assert.deepEqual(
      relay.mails.map(({ to }) => to),
      [['a@x.example'], ['b@x.example']],
    );
  });
});

describe('a file that its own sender may not read', { skip: !root && 'only root can become another user' }, () => {
  test('is said, tried later, and keeps no other waiting', async () => {
    const relay = await startFaultRelay();
    const spool = spoolUnderTest(relay.port);
    try {
      const ids = ['secret', 'mail'].map((name) => handIn(spool, name, ['a@x.example']));
      execFileSync('chown', ['-R', `${NOBODY}:${NOBODY}`, spool.folder.path]);
      chmodSync(join(spool.spool, 'queue', ids[0]!), 0);
      const options = {
        uid: NOBODY,
        gid: NOBODY,
        env: { ...systemVariables, HOME: '/nonexistent', PATH: '/usr/bin:/bin' },
      };
      const run = () => runShim(['queue', 'run', '--spool', spool.spool], options);
      const first = await run();
      assert.match(
        first.stderr,
        new RegExp(`^mailshim: queue/${ids[0]} cannot be read \\(EACCES\\); it is tried again later\n`, 'm'),
      );
      assert.deepEqual(spool.names('queue'), [ids[0]]);
      assert.equal(relay.mails.length, 1);
      for (const pid of spool.senders()) kill(pid);
      await until(() => spool.senders().length === 0, 'the sender that was started for it');
      chmodSync(join(spool.spool, 'queue', ids[0]!), 0o600);
      await run();
      assert.deepEqual(relay.mails.length, 2);
    } finally {
      await spool.remove();
      await relay.stop();
    }
  });
});

describe('two daemons', () => {
  test('the second gives up while the first lives, and takes over from it where it is killed', async () => {
    const relay = await startFaultRelay();
    const spool = spoolUnderTest(relay.port);
    const [program, words] = shimCommand();
    const start = () =>
      spawn(program, [...words, 'daemon', '--spool', spool.spool], {
        env: { ...systemVariables, HOME: '/nonexistent', PATH: '/usr/bin:/bin' },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
    const first = start();
    try {
      await until(() => spool.names('.').includes('running'), 'the first daemon');
      const second = start();
      let said = '';
      second.stderr.on('data', (chunk: Buffer) => {
        said += chunk;
      });
      const code = await new Promise((resolve) => second.once('close', resolve));
      assert.equal(code, 69);
      assert.match(said, /^mailshim: another sender is running in [^\n]*\n$/);
      const third = start();
      first.kill('SIGKILL');
      handIn(spool, 'mail', ['a@x.example']);
      await until(() => relay.mails.length === 1, 'the mail');
      third.kill('SIGTERM');
      const ended = await new Promise((resolve) => third.once('close', resolve));
      assert.equal(ended, 0);
    } finally {
      first.kill('SIGKILL');
      await spool.remove();
      await relay.stop();
    }
  });
});

describe('mails that wait', () => {
  /** Kilobytes that nine thousand mails more may add: 0.3 each, and what the engine has not collected yet. */
  const MORE = 20_000;
  /** Milliseconds until ten thousand are through, on a machine with much else to do. */
  const TEN_THOUSAND = 240_000;
  test('a thousand or ten thousand while the relay is away: hardly more memory; then all are delivered, once', async (t) => {
    const relay = await startFaultRelay();
    const [program, words] = shimCommand();
    const grown: number[] = [];
    for (const count of [1000, 10_000]) {
      const spool = spoolUnderTest(relay.port, ['relay_connections 8']);
      let sender: ChildProcess | undefined;
      try {
        await relay.stop();
        relay.mails.length = 0;
        prepareSpool(spool.spool, process.geteuid!());
        for (let number = 0; number < count; number++) place(spool, [`r${number}@x.example`]);
        sender = spawn(program, words, {
          env: { ...systemVariables, HOME: '/nonexistent', PATH: '/usr/bin:/bin', MAILSHIM_SENDER: spool.spool },
          stdio: 'ignore',
        });
        await until(() => deferrals(spool) >= 3, 'three attempts');
        grown.push(Number(/^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${sender.pid}/status`, 'utf8'))![1]));
        await relay.start();
        const start = performance.now();
        writeFlush(spool.spool);
        await until(() => relay.mails.length === count, 'all mails', TEN_THOUSAND);
        const seconds = (performance.now() - start) / 1000;
        t.diagnostic(
          `${count} waiting: ${grown.at(-1)} KB while the relay was away, then ${Math.round(count / seconds)} mails/s`,
        );
        await until(() => spool.names('active').length === 0, 'the last one to be removed');
        assert.deepEqual(spool.names('queue'), []);
        assert.equal(relay.mails.length, count);
        assert.equal(new Set(relay.mails.flatMap(({ to }) => to)).size, count);
      } finally {
        sender?.kill('SIGKILL');
        await spool.remove();
        await relay.stop();
      }
    }
    assert.ok(grown[1]! - grown[0]! < MORE, `${grown.join(' and ')} KB`);
  });
});

/** A mail in the queue without the time that a sync takes. */
function place({ spool, config }: SpoolUnderTest, recipients: string[]): void {
  const id = entryId(Date.now(), randomBytes(8).toString('hex'));
  const seed = randomBytes(16).toString('hex');
  const submission = { acceptedAt: Date.now(), seed, recipients, envelopeFrom: 's@x.example', file: config };
  writeFileSync(join(spool, 'queue', id), Buffer.concat([...encodeEntry(submission, [Buffer.from(TEXT)])]), {
    mode: 0o600,
  });
}

function deferrals(spool: SpoolUnderTest): number {
  try {
    return (JSON.parse(readFileSync(join(spool.spool, 'ledger.json'), 'utf8')) as { deferred: number }).deferred;
  } catch {
    return 0;
  }
}

/** As `mailshim queue run` does where a sender is running. */
function writeFlush(spool: string): void {
  writeFileSync(join(spool, 'flush'), '', { mode: 0o600 });
}

function fill(folder: string): void {
  try {
    writeFileSync(join(folder, 'tmp', 'fill'), Buffer.alloc(1 << 20));
  } catch {
    // As much of it as there was room for is there.
  }
}

function fillInodes(folder: string): void {
  for (let number = 0; number < 100; number++) {
    try {
      writeFileSync(join(folder, 'tmp', `fill${number}`), '');
    } catch {
      return;
    }
  }
}
