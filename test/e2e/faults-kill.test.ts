// kill -9 at random instants, of programs that hand mail in and of senders, also between two transactions of one mail: what was
// accepted arrives, whole, and twice only where the log said so.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { announcedIn, kill, type SpoolUnderTest, seeded, spoolUnderTest, until } from '../support/fault-spool.ts';
import { systemVariables } from '../support/hermetic.ts';
import { runShim, shimCommand } from '../support/program.ts';
import {
  type FaultRelay,
  type RecordedMail,
  type RelayFault,
  STAGES,
  startFaultRelay,
} from '../support/relay-faults.ts';

/** At least so many of each, for each of the two ways to run a sender. */
const KILLS = { writers: 130, senders: 130 };
/** Mails handed in at once. */
const WRITERS = 3;
/** Part of the writers that are killed. */
const KILLED = 0.75;
/** Part of the relay's connections that go wrong. */
const FAULTY = 0.3;
/** Milliseconds of a sender's life before it is killed, at most. */
const SENDER_LIFE = 1000;
/** Part of the messages at whose end the sender is killed. */
const KILLED_AFTER_DOT = 0.08;
/** Part of the replies to a message behind which it is killed, up to so many milliseconds later. */
const KILLED_AFTER_REPLY = 0.12;
const AFTER_REPLY = 8;
/** Part of the later transactions at whose start it is killed, and of their recipients. */
const KILLED_BETWEEN = 0.15;
const KILLED_AT_RECIPIENT = 0.04;
/** Part of the later transactions before which the relay ends the connection. */
const ENDED_BETWEEN = 0.06;
/** Part of the transactions in which the relay takes one recipient alone. */
const CROWDED = 0.2;
/** Part of the mails that go to more recipients than fit into one transaction, and how many. */
const MANY = 0.4;
const FEWEST = 5;
const MOST = 9;
const WEB = 33;
const SEED = Number(process.env.MAILSHIM_TEST_SEED ?? 20261124);

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
  /** Recipients of a transaction. */
  relayRecipients: number;
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
    relayRecipients: 2,
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
    relayRecipients: 3,
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
      const killSenders = () => {
        for (const pid of new Set([...running, ...(spool?.senders() ?? [])])) if (kill(pid)) kills.senders++;
      };
      const served = new Served();
      let most = Number.POSITIVE_INFINITY;
      relay = await startFaultRelay({
        fault: () =>
          faulty && random() < FAULTY
            ? { at: STAGES[Math.floor(random() * STAGES.length)]!, does: FAULTS[Math.floor(random() * FAULTS.length)]! }
            : undefined,
        message() {
          // The moment that matters most: the relay has the mail, and the sender does not know it yet.
          if (faulty && random() < KILLED_AFTER_DOT) killSenders();
          return undefined;
        },
        answered(mail) {
          served.answered(mail);
          if (!faulty || random() >= KILLED_AFTER_REPLY) return;
          if (random() < 0.5) killSenders();
          else setTimeout(killSenders, random() * AFTER_REPLY);
        },
        begins(transaction) {
          most = faulty && random() < CROWDED ? 1 : Number.POSITIVE_INFINITY;
          if (!faulty || transaction === 1) return undefined;
          if (random() < KILLED_BETWEEN) killSenders();
          return random() < ENDED_BETWEEN ? '421 4.7.0 enough for now' : undefined;
        },
        recipient(address, { transaction, taken }) {
          if (faulty && transaction > 1 && random() < KILLED_AT_RECIPIENT) killSenders();
          if (taken >= most) return '452 4.5.3 too many recipients';
          served.asked(address);
          if (address.startsWith(BAD)) return '550 5.1.1 no such user';
          return faulty && address.startsWith(GREY) && random() < 0.5 ? '450 4.2.0 greylisted' : undefined;
        },
      });
      spool = spoolUnderTest(relay.port, ['timeout 1', `relay_recipients ${way.relayRecipients}`]);
      way.prepare?.(spool);
      const handed = new Map<string, Handed>();
      const lives: number[] = [120];
      let number = 0;
      const enough = () => kills.writers >= KILLS.writers && kills.senders >= KILLS.senders;

      const write = async () => {
        const name = `m${number++}`;
        const recipients = recipientsOf(name, random);
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
          if (random() < 0.7) killSenders();
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
      const unlogged: string[] = [];
      const logged = recipientsIn(log);
      for (const [name, { input, accepted: isAccepted, recipients }] of handed) {
        if (isAccepted) accepted++;
        for (const recipient of recipients) {
          const copies: RecordedMail[] = relay.mails.filter(({ to }) => to.includes(recipient));
          const isBad = recipient.startsWith(BAD);
          if (isBad) assert.equal(copies.length, 0, recipient);
          if (isAccepted && copies.length === 0 && !isBad) lost.push(`${recipient}: ${logOf(log, recipient)}`);
          if (isAccepted && !logged.has(recipient)) unlogged.push(recipient);
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
      const stray = relay.mails.filter(({ from, to, message }) => {
        const right = from === '' ? ['shop@shop.example'] : (handed.get(subjectOf(message))?.recipients ?? []);
        return !to.every((address) => right.includes(address));
      });
      t.diagnostic(
        `handed in ${handed.size}, accepted ${accepted}, delivered ${relay.mails.length}, duplicated ${duplicated} (unannounced ${unannounced.length}), lost ${lost.length}, settled before a later transaction ${served.settled.size}; killed ${kills.writers} writers and ${kills.senders} senders; seed ${way.seed}`,
      );
      assert.ok(accepted > 10);
      assert.deepEqual(lost, []);
      assert.deepEqual(broken, []);
      assert.deepEqual(unannounced, []);
      assert.deepEqual(unlogged, []);
      assert.deepEqual(served.repeated, []);
      assert.deepEqual(
        stray.map(({ to }) => to),
        [],
      );
      assertFailedAreBad(spool, handed);
      assert.deepEqual(
        spool.names('state').filter((name) => !spool!.names('failed').includes(name)),
        [],
      );
    });
  });
}

/** Addresses that begin so are refused for good. */
const BAD = 'bad';
/** And these for now, half the time. */
const GREY = 'grey';

function recipientsOf(name: string, random: () => number): string[] {
  const address = (kind: string) => `${kind}${name}@x.example`;
  if (random() >= MANY) return random() < 0.2 ? [address(''), address(GREY)] : [address('')];
  const count = FEWEST + Math.floor(random() * (MOST - FEWEST + 1));
  const kinds = Array.from({ length: count }, (_, number) => {
    const kind = number === 0 || random() < 0.7 ? '' : random() < 0.5 ? GREY : BAD;
    return address(`${kind}${number}-`);
  });
  return kinds.sort(() => random() - 0.5);
}

/**
 * Recipients whose 250 was followed by other recipients of the same mail: the sender knew, and has written it down. A mail that
 * begins anew with recipients that were asked before shows that it did not come so far.
 */
class Served {
  readonly settled = new Set<string>();
  /** Settled, and served once more. */
  readonly repeated: string[] = [];
  /** By mail. */
  readonly #asked = new Map<string, Set<string>>();
  readonly #served = new Map<string, Set<string>>();

  asked(address: string): void {
    const mail = mailOf(address);
    const asked = this.#asked.get(mail) ?? new Set();
    if (asked.has(address)) {
      asked.clear();
      this.#served.delete(mail);
    } else for (const served of this.#served.get(mail) ?? []) this.settled.add(served);
    this.#asked.set(mail, asked.add(address));
  }

  answered({ from, to }: RecordedMail): void {
    if (from === '') return;
    for (const address of to) {
      if (this.settled.has(address)) this.repeated.push(address);
      const mail = mailOf(address);
      this.#served.set(mail, (this.#served.get(mail) ?? new Set()).add(address));
    }
  }
}

function mailOf(address: string): string {
  return /m\d+(?=@)/.exec(address)?.[0] ?? '';
}

function recipientsIn(log: string): Set<string> {
  return new Set([...log.matchAll(/ recipients=(\S*)/g)].flatMap(([, list]) => list!.split(',')));
}

/** Each with a recipient that was refused for good, and none of these missing. */
function assertFailedAreBad(spool: SpoolUnderTest, handed: ReadonlyMap<string, Handed>): void {
  const failed = spool
    .names('failed')
    .map((name) => subjectOf(readFileSync(join(spool.spool, 'failed', name), 'latin1')));
  for (const [name, { accepted, recipients }] of handed) {
    const isBad = recipients.some((recipient) => recipient.startsWith(BAD));
    const count = failed.filter((subject) => subject === name).length;
    if (accepted || count > 0) assert.equal(count, isBad ? 1 : 0, name);
  }
}

function subjectOf(message: string): string {
  return /^Subject: (.*?)\r?$/m.exec(message)?.[1] ?? '';
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
