// Another user's mail, from the call to the relay's mailbox, while 100,000 files of one hostile user lie in the drop folder
// of a daemon that has just started; beside the same with an empty folder. By the launcher, and by the program alone.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchOptions, BenchRow } from './row.ts';
import { median } from './support/interleave.ts';
import { type BenchShop, countFiles, emptyFolder, MAIL, openShop, type Site, whyNoShop } from './support/shop.ts';

const ROUNDS = 15;
const HOSTILE = 100_000;
const TARGET = 2;
/** Milliseconds for one mail, and for the files of the hostile user. */
const PATIENCE = 60_000;
const FILLING = 300_000;
const LOOK = 2;
const USER = 33;
const ENEMY = 1234;
/** Of each hundred: folders that only their owner can empty, files that say they are mails, files that are never finished. */
const FOLDERS = 10;
const FALSE_MAILS = 45;

export default async function bench({ quick }: BenchOptions): Promise<BenchRow[]> {
  const why = whyNoShop();
  if (why !== undefined) {
    console.error(`bench: hostile is left out: ${why}`);
    return [];
  }
  const shop = await openShop();
  try {
    const rounds = quick ? 1 : ROUNDS;
    const count = quick ? HOSTILE / 100 : HOSTILE;
    const place = (name: string) => shop.site(name, shop.postfix.implicitPort, ['delivery queue']);
    const commands = { 'by the launcher': shop.launcher, 'by the program': shop.program };
    const times = async (site: Site): Promise<number[][]> => {
      await shop.daemon(site);
      // The first finds no connection to the relay.
      await deliver(shop, site, shop.program);
      const all: number[][] = [];
      for (const program of Object.values(commands)) {
        const some: number[] = [];
        for (let round = 0; round < rounds; round++) some.push(await deliver(shop, site, program));
        all.push(some);
      }
      return all;
    };
    const without = await times(place('peaceful'));
    const hostile = place('hostile');
    const drop = join(hostile.spool, 'drop');
    await fill(drop, count);
    const lying = readdirSync(drop).length;
    const during = await times(hostile);
    const left = readdirSync(drop).length;
    return Object.keys(commands).map((name, at) => ({
      what: `mail of another user ${name}, ${count} hostile files in the drop folder`,
      unit: 'ms',
      ours: median(during[at]!),
      peer: { name: 'none there', value: median(without[at]!) },
      higherIsBetter: false,
      target: TARGET,
      note: `slowest ${Math.max(...during[at]!).toFixed(0)} ms, without ${Math.max(...without[at]!).toFixed(0)} ms; ${lying} files lay there at the start, ${left} after the last mail`,
    }));
  } finally {
    await shop.stop();
  }
}

/** Milliseconds from the start of the program until the mail is in the mailbox. */
async function deliver({ mailbox }: BenchShop, { environment }: Site, program: string): Promise<number> {
  const start = performance.now();
  const child = spawn(program, ['-t', '-i'], {
    uid: USER,
    gid: USER,
    env: { ...environment, PATH: '/usr/bin:/bin' },
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  child.stdin.end(MAIL);
  const code = await new Promise<number | null>((resolve, reject) => child.once('exit', resolve).once('error', reject));
  if (code !== 0) throw new Error(`mailshim ended with ${code}`);
  while (countFiles(mailbox) === 0) {
    if (performance.now() - start > PATIENCE) throw new Error('waited in vain for a mail');
    await new Promise((resolve) => setTimeout(resolve, LOOK));
  }
  const took = performance.now() - start;
  emptyFolder(mailbox);
  return took;
}

function fill(drop: string, count: number): Promise<void> {
  const script = `
    const fs = require('node:fs');
    for (let at = 0; at < ${count}; at++) {
      const file = ${JSON.stringify(`${drop}/`)} + 'ZZZZ' + String(at).padStart(12, '0');
      const kind = at % 100;
      if (kind < ${FOLDERS}) {
        fs.mkdirSync(file);
        fs.writeFileSync(file + '/x', '');
      } else if (kind < ${FOLDERS + FALSE_MAILS}) fs.writeFileSync(file, 'no mail', { mode: 0o740 });
      else {
        fs.writeFileSync(file, '', { mode: 0o640 });
        fs.utimesSync(file, 4102444800, 4102444800);
      }
    }`;
  const child = spawn(process.execPath, ['-e', script], { uid: ENEMY, gid: ENEMY, stdio: 'inherit', timeout: FILLING });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`the files were not made: ${code}`))));
  });
}
