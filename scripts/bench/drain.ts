// A queue that waited for the relay, sent when it is back: `mailshim -q` over TLS beside Postfix's own load generator,
// smtp-source, which speaks no TLS; to one real Postfix that writes each mail to disk and delivers it to a Maildir.
import { spawn } from 'node:child_process';
import { chownSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FOLDERS } from '../../shim/spool/commit.ts';
import { encodeEntry } from '../../shim/spool/entry.ts';
import type { BenchOptions, BenchRow } from './row.ts';
import { cpuOf, memoryOf } from './support/counters.ts';
import { median } from './support/interleave.ts';
import {
  type BenchShop,
  CUSTOMER,
  countFiles,
  DAEMON,
  emptyFolder,
  MAIL,
  openShop,
  SHOP,
  until,
  whyNoShop,
} from './support/shop.ts';

const ROUNDS = 5;
const MAILS = 1000;
const MANY = 10_000;
/** What `relay_connections` is unless set, and what a relay of one's own may well be given. */
const CONNECTIONS = [6, 10];
const TARGET = 0.8;
/** Milliseconds between two looks at the sender's memory. */
const LOOK = 100;

export default async function bench({ quick }: BenchOptions): Promise<BenchRow[]> {
  const why = whyNoShop();
  if (why !== undefined) {
    console.error(`bench: drain is left out: ${why}`);
    return [];
  }
  const shop = await openShop();
  try {
    const mails = quick ? 50 : MAILS;
    const many = quick ? 2 * mails : MANY;
    const rows: BenchRow[] = [];
    for (const connections of CONNECTIONS) {
      const home = shop.home(`drain-${connections}`, shop.postfix.implicitPort, [
        `spool ${shop.folder.join(`drain-${connections}/spool`)}`,
        `relay_connections ${connections}`,
      ]);
      const ours: Drained[] = [];
      const theirs: number[] = [];
      for (let round = 0; round < (quick ? 1 : ROUNDS); round++) {
        theirs.push(await smtpSource(shop, mails, connections));
        ours.push(await drain(shop, home, mails));
      }
      rows.push({
        what: `${mails} waiting mails of 1 KB, TLS, ${connections} connections`,
        unit: 'mails/s',
        ours: median(ours.map(({ rate }) => rate)),
        peer: { name: 'smtp-source, no TLS', value: median(theirs) },
        higherIsBetter: true,
        target: TARGET,
        note: `CPU time ${(median(ours.map(({ cpu }) => cpu)) / mails).toFixed(2)} ms a mail`,
      });
      if (connections !== CONNECTIONS[0]) continue;
      const long = await drain(shop, home, many);
      rows.push({
        what: `memory of the sender with ${many} waiting`,
        unit: 'MB',
        ours: long.memory,
        peer: { name: `with ${mails}`, value: median(ours.map(({ memory }) => memory)) },
        higherIsBetter: false,
        note: `${long.rate.toFixed(0)} mails/s`,
      });
    }
    rows.push(await byDaemon(shop, mails, quick ? 1 : ROUNDS));
    return rows;
  } finally {
    await shop.stop();
  }
}

/** A daemon that has sent mail before, as it is where a relay comes back; in turns with smtp-source. */
async function byDaemon(shop: BenchShop, mails: number, rounds: number): Promise<BenchRow> {
  const connections = CONNECTIONS[0]!;
  const site = shop.site('drain-daemon', shop.postfix.implicitPort, [
    `relay_connections ${connections}`,
    'outbreak off',
  ]);
  const daemon = await shop.daemon(site);
  const ours: number[] = [];
  const theirs: number[] = [];
  const cpu: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    theirs.push(await smtpSource(shop, mails, connections));
    const names = fillFolder(join(site.spool, 'tmp'), mails, `B${round}`);
    for (const name of names) chownSync(join(site.spool, 'tmp', name), DAEMON, DAEMON);
    const before = cpuOf(daemon);
    const start = performance.now();
    for (const name of names) renameSync(join(site.spool, 'tmp', name), join(site.spool, 'queue', name));
    await until(
      () => countFiles(join(site.spool, 'queue')) + countFiles(join(site.spool, 'active')) === 0,
      'the queue',
    );
    ours.push((mails / (performance.now() - start)) * 1000);
    cpu.push((cpuOf(daemon) - before) / mails);
    await arrived(shop, mails);
  }
  return {
    what: `${mails} waiting mails of 1 KB, TLS, ${connections} connections, by a daemon at work`,
    unit: 'mails/s',
    ours: median(ours.slice(1)),
    peer: { name: 'smtp-source, no TLS', value: median(theirs.slice(1)) },
    higherIsBetter: true,
    target: TARGET,
    note: `CPU time ${median(cpu.slice(1)).toFixed(2)} ms a mail`,
  };
}

interface Drained {
  /** Mails a second, the start of the program included. */
  rate: number;
  /** Resident set at its largest, MB. */
  memory: number;
  /** User and system time, ms. */
  cpu: number;
}

async function drain(shop: BenchShop, home: string, mails: number): Promise<Drained> {
  fillSpool(join(home, 'spool'), mails);
  const start = performance.now();
  const child = spawn(process.execPath, [shop.program, '-q'], {
    env: { HOME: home, PATH: '/usr/bin:/bin' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  let memory = 0;
  let cpu = 0;
  const watching = setInterval(() => {
    memory = Math.max(memory, memoryOf(child.pid!));
    cpu = cpuOf(child.pid!) || cpu;
  }, LOOK);
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  clearInterval(watching);
  const took = performance.now() - start;
  const left = countFiles(join(home, 'spool/queue'));
  if (code !== 0 || left > 0) throw new Error(`mailshim -q ended with ${code}, ${left} mails wait still`);
  await arrived(shop, mails);
  return { rate: (mails / took) * 1000, memory, cpu };
}

async function smtpSource(shop: BenchShop, mails: number, connections: number): Promise<number> {
  const words = ['-s', `${connections}`, '-m', `${mails}`, '-l', `${MAIL.length}`, '-f', SHOP, '-t', CUSTOMER, '-d'];
  const start = performance.now();
  const child = spawn('/usr/sbin/smtp-source', [...words, `127.0.0.1:${shop.postfix.clearPort}`], { stdio: 'ignore' });
  const code = await new Promise<number | null>((resolve, reject) => child.once('exit', resolve).once('error', reject));
  const took = performance.now() - start;
  if (code !== 0) throw new Error(`smtp-source ended with ${code}`);
  await arrived(shop, mails);
  return (mails / took) * 1000;
}

/** Waits until all are in the mailbox, and empties it: what is still being delivered would slow the other side. */
async function arrived({ mailbox }: BenchShop, mails: number): Promise<void> {
  await until(() => countFiles(mailbox) >= mails, `${mails} mails in ${mailbox}`);
  emptyFolder(mailbox);
}

function fillSpool(spool: string, mails: number): void {
  for (const name of FOLDERS) mkdirSync(join(spool, name), { recursive: true, mode: 0o700 });
  fillFolder(join(spool, 'queue'), mails, 'BENCH');
}

/** Names of the mails. */
function fillFolder(folder: string, mails: number, prefix: string): string[] {
  const entry = Buffer.concat([
    ...encodeEntry(
      { acceptedAt: Date.now(), seed: '0123456789abcdef'.repeat(2), recipients: [CUSTOMER], envelopeFrom: SHOP },
      [Buffer.from(MAIL)],
    ),
  ]);
  return Array.from({ length: mails }, (_, number) => {
    const name = `${prefix}${String(number).padStart(16 - prefix.length, '0')}`;
    writeFileSync(join(folder, name), entry, { mode: 0o600 });
    return name;
  });
}
