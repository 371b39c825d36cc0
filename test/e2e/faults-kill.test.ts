// kill -9 at random instants, of programs that hand mail in and of senders: what was accepted arrives, whole, and twice only
// where the log said so.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { announcedIn, kill, type SpoolUnderTest, seeded, spoolUnderTest, until } from '../support/fault-spool.ts';
import { systemVariables } from '../support/hermetic.ts';
import { runShim, shimCommand } from '../support/program.ts';
import { type FaultRelay, type RelayFault, STAGES, startFaultRelay } from '../support/relay-faults.ts';

/** At least so many of each, for each of the two ways to run a sender. */
const KILLS = { writers: 140, senders: 120 };
/** Mails handed in at once. */
const WRITERS = 3;
/** Part of the writers that are killed. */
const KILLED = 0.75;
/** Part of the relay's connections that go wrong. */
const FAULTY = 0.3;
/** Milliseconds of a sender's life before it is killed, at most. */
const SENDER_LIFE = 700;
/** Part of the messages at whose end the sender is killed. */
const KILLED_AFTER_DOT = 0.1;
const WEB = 33;
const SEED = 20261124;

const FAULTS: readonly RelayFault['does'][] = [
  'drop',
  'garbage',
  'slowly',
  'hang',
  '421 4.3.2 going down',
  '451 4.3.0 try later',
  '452 4.3.1 disk full',
];

interface Way {
  name: string;
  seed: number;
  /** Whoever hands mail in. */
  writer: (spool: SpoolUnderTest) => { words: string[]; env: Record<string, string>; uid?: number };
  /** What sends. */
  sender: (spool: SpoolUnderTest) => { words: string[]; env: Record<string, string> };
  prepare?: (spool: SpoolUnderTest) => void;
}

const PATH = '/usr/bin:/bin';
const ways: readonly Way[] = [
  {
    name: 'a private spool whose sender is started on demand',
    seed: SEED,
    writer: ({ config, folder }) => ({
      words: ['-C', config, '-t'],
      env: { ...systemVariables, HOME: folder.path, PATH },
    }),
    sender: ({ spool, folder }) => ({
      words: [],
      env: { ...systemVariables, HOME: folder.path, PATH, MAILSHIM_SENDER: spool },
    }),
  },
  {
    name: 'the drop folder of a daemon',
    seed: SEED + 1,
    prepare({ folder, spool }) {
      chmodSync(folder.path, 0o755);
      chmodSync(spool, 0o711);
      mkdirSync(join(spool, 'drop'));
      chmodSync(join(spool, 'drop'), 0o3733);
      mkdirSync(folder.join('www'), { mode: 0o700 });
      const own = folder.write('www/.msmtprc', `host relay.invalid\nspool ${spool}\ndelivery queue\npreflight off\n`);
      for (const name of [folder.join('www'), own]) chownSync(name, WEB, WEB);
    },
    writer: ({ folder }) => ({ words: ['-t'], env: { ...systemVariables, HOME: folder.join('www'), PATH }, uid: WEB }),
    sender: ({ folder, spool }) => ({
      words: ['daemon', '--spool', spool],
      env: { ...systemVariables, HOME: folder.path, PATH, MAILSHIM_SPOOL: spool },
    }),
  },
];

interface Handed {
  input: string;
  /** The program said that it took the mail. */
  accepted: boolean;
  recipients: string[];
}

for (const way of ways) {
  describe(way.name, { skip: process.getuid?.() !== 0 && 'only root can be several users' }, () => {
    const random = seeded(way.seed);
    let faulty = true;
    let relay: FaultRelay | undefined;
    let spool: SpoolUnderTest | undefined;
    after(async () => {
      await spool?.remove();
      await relay?.stop();
    });

    test(`${KILLS.writers + KILLS.senders} kills: nothing accepted is lost, nothing arrives twice unannounced`, async (t) => {
      const kills = { writers: 0, senders: 0 };
      const running = new Set<number>();
      relay = await startFaultRelay({
        fault: () =>
          faulty && random() < FAULTY
            ? { at: STAGES[Math.floor(random() * STAGES.length)]!, does: FAULTS[Math.floor(random() * FAULTS.length)]! }
            : undefined,
        message() {
          // The moment that matters most: the relay has the mail, and the sender does not know it yet.
          if (faulty && random() < KILLED_AFTER_DOT) for (const pid of running) if (kill(pid)) kills.senders++;
          return undefined;
        },
        recipient: (address) =>
          faulty && address.startsWith('grey') && random() < 0.5 ? '450 4.2.0 greylisted' : undefined,
      });
      spool = spoolUnderTest(relay.port, ['timeout 1']);
      way.prepare?.(spool);
      const handed = new Map<string, Handed>();
      const lives: number[] = [120];
      let number = 0;
      const enough = () => kills.writers >= KILLS.writers && kills.senders >= KILLS.senders;

      const write = async () => {
        const name = `m${number++}`;
        const recipients = random() < 0.2 ? [`${name}@x.example`, `grey${name}@x.example`] : [`${name}@x.example`];
        const input = mailText(name, recipients, Math.floor(random() * 40));
        const mail = { input, accepted: false, recipients };
        handed.set(name, mail);
        const { words, env, uid } = way.writer(spool!);
        const [program, before] = shimCommand();
        const child = spawn(program, [...before, ...words], {
          env,
          stdio: ['pipe', 'ignore', 'pipe'],
          ...(uid === undefined ? {} : { uid, gid: uid }),
        });
        const said: Buffer[] = [];
        child.stderr!.on('data', (chunk: Buffer) => said.push(chunk));
        child.stdin!.on('error', () => undefined);
        child.stdin!.end(input);
        const start = performance.now();
        const typical = [...lives].sort((a, b) => a - b)[lives.length >> 1]!;
        const timer = random() < KILLED ? setTimeout(() => child.kill('SIGKILL'), random() * typical * 1.2) : undefined;
        const { code, signal } = await ended(child);
        clearTimeout(timer);
        if (signal === 'SIGKILL') {
          kills.writers++;
          return;
        }
        lives.push(performance.now() - start);
        if (lives.length > 15) lives.shift();
        assert.equal(code, 0, Buffer.concat(said).toString());
        mail.accepted = true;
      };
      const writer = async () => {
        while (!enough()) await write();
      };
      const senders = async () => {
        while (!enough()) {
          const { words, env } = way.sender(spool!);
          const [program, before] = shimCommand();
          const child = spawn(program, [...before, ...words], { env, stdio: 'ignore' });
          running.add(child.pid!);
          const timer = setTimeout(() => kill(child.pid!) && kills.senders++, random() * SENDER_LIFE);
          await ended(child);
          clearTimeout(timer);
          running.delete(child.pid!);
          // Those that the writers started have it no better.
          for (const pid of spool!.senders()) if (random() < 0.7 && kill(pid)) kills.senders++;
        }
      };
      await Promise.all([...Array.from({ length: WRITERS }, writer), senders()]);

      // From here on everything is well: all that waits has to arrive.
      faulty = false;
      const { words, env } = way.sender(spool);
      const [program, before] = shimCommand();
      const last = spawn(program, [...before, ...words], { env, stdio: 'ignore' });
      // A mail goes from one to the other while we look: whoever left active is in queue by then, and the other way round.
      const leftover = () => ['drop', 'active', 'queue', 'active'].flatMap((name) => spool!.names(name));
      await until(async () => {
        // Mails that were in hand at several crashes, and those that were put off, wait: somebody asks for them now.
        await runShim(['queue', 'run', '--spool', spool!.spool], {
          env: { ...systemVariables, HOME: spool!.folder.path, PATH },
        });
        return leftover().filter((name) => isCommitted(spool!, name)).length === 0;
      }, 'the queue to be empty');
      last.kill('SIGTERM');

      const log = spool.log();
      const announced = announcedIn(log);
      let accepted = 0;
      const lost: string[] = [];
      let duplicated = 0;
      const unannounced: string[] = [];
      const broken: string[] = [];
      for (const [name, { input, accepted: isAccepted, recipients }] of handed) {
        if (isAccepted) accepted++;
        for (const recipient of recipients) {
          const copies = relay.mails.filter(({ to }) => to.includes(recipient));
          if (isAccepted && copies.length === 0) lost.push(`${recipient}: ${logOf(log, recipient)}`);
          if (copies.length > 1) {
            duplicated++;
            if (!announced.has(recipient)) unannounced.push(recipient);
          }
          for (const { message } of copies)
            if (bodyOf(message) !== bodyOf(input.replaceAll('\n', '\r\n'))) broken.push(name);
          const ids = new Set(copies.map(({ message }) => /^Message-ID: (.*)$/m.exec(message)?.[1]));
          assert.ok(ids.size <= 1, `${name} has several Message-IDs: ${[...ids]}`);
        }
      }
      t.diagnostic(
        `handed in ${handed.size}, accepted ${accepted}, delivered ${relay.mails.length}, duplicated ${duplicated} (unannounced ${unannounced.length}), lost ${lost.length}; killed ${kills.writers} writers and ${kills.senders} senders; seed ${way.seed}`,
      );
      assert.ok(accepted > 10);
      assert.deepEqual(lost, []);
      assert.deepEqual(broken, []);
      assert.deepEqual(unannounced, []);
      assert.deepEqual(spool.names('failed'), []);
      assert.deepEqual(
        spool.names('state').filter((name) => !name.endsWith('.state')),
        [],
      );
    });
  });
}

function mailText(name: string, recipients: readonly string[], lines: number): string {
  const body = Array.from({ length: lines }, (_, line) => `${name} line ${line}\n`).join('');
  return `From: shop@shop.example\nTo: ${recipients.join(', ')}\nSubject: ${name}\n\n${body}end of ${name}\n`;
}

/** What the log says of a recipient's mail, for whoever has to find out where it is. */
function logOf(log: string, recipient: string): string {
  return log
    .split('\n')
    .filter((line) => line.includes(recipient))
    .join(' | ');
}

function bodyOf(message: string): string {
  return message.slice(message.indexOf('\r\n\r\n'));
}

/** What a killed writer left in the drop folder is no mail yet. */
function isCommitted(spool: SpoolUnderTest, name: string): boolean {
  return !spool.unfinished().includes(name);
}

function ended(child: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
}
