// A mail made safe on disk: beside Postfix's own sendmail, which puts it into its maildrop by postdrop. As PHP does it, the
// program is started by a shell. No relay is reached, so that nothing but the way into the spool is measured.
import type { BenchOptions, BenchRow } from './row.ts';
import { cpuOf, memoryOfCall } from './support/counters.ts';
import { type Contestant, cpuInARow, interleave } from './support/interleave.ts';
import { startMaildrop } from './support/maildrop.ts';
import { handIn, MAIL, openShop, whyNoShop } from './support/shop.ts';

const ROUNDS = 31;
const WARM_UP = 100;
/** Calls one after the other, and how often. */
const IN_A_ROW = 50;
const BLOCKS = 6;
const TARGET = 0.6;
/** A port where no relay listens. */
const NOWHERE = 9;
/** Megabytes that one call may take. */
const MEMORY_LIMIT = 2;

export default async function bench({ quick }: BenchOptions): Promise<BenchRow[]> {
  const why = whyNoShop();
  if (why !== undefined) {
    console.error(`bench: enqueue is left out: ${why}`);
    return [];
  }
  const shop = await openShop();
  const maildrop = await startMaildrop(shop.folder);
  try {
    const site = shop.site('enqueue', NOWHERE, ['delivery queue']);
    const idle = shop.site('idle', NOWHERE, ['delivery queue']);
    const daemon = await shop.daemon(site);
    const rounds = quick ? 1 : ROUNDS;
    const shell = (words: readonly string[]) => ['/bin/sh', '-c', words.join(' ')];
    const contestants: Contestant[] = [
      { name: 'postfix', command: shell(maildrop.command) },
      { name: 'launcher', command: shell([shop.launcher, '-t', '-i']), environment: site.environment },
      { name: 'bundle', command: shell([shop.program, '-t', '-i']), environment: idle.environment },
      { name: 'node', command: shell([process.execPath, shop.folder.write('nothing.cjs', '')]) },
    ];
    // V8 compiles while the first mails pass.
    await handIn(shop, site, quick ? 1 : WARM_UP);
    const measured = await interleave(contestants, rounds, MAIL);
    const [byPostfix, byLauncher] = [contestants[0]!, contestants[1]!];
    const cpu = { postfix: 0, launcher: 0, daemon: 0 };
    const blocks = quick ? 1 : BLOCKS;
    for (let block = 0; block < blocks; block++) {
      cpu.postfix += (await cpuInARow(byPostfix, IN_A_ROW, shop.mail)) / blocks;
      const before = cpuOf(daemon);
      cpu.launcher += (await cpuInARow(byLauncher, IN_A_ROW, shop.mail)) / blocks;
      cpu.daemon += (cpuOf(daemon) - before) / IN_A_ROW / blocks;
    }
    const postfix = measured.postfix!;
    const row = (name: string, what: string, target?: number): BenchRow => ({
      what,
      unit: 'ms',
      ours: measured[name]!.wall,
      peer: { name: "Postfix's sendmail", value: postfix.wall },
      higherIsBetter: false,
      ...(target === undefined ? {} : { target }),
      note: `CPU time ${measured[name]!.cpu.toFixed(0)} ms, Postfix's ${postfix.cpu.toFixed(0)} ms`,
    });
    return [
      row('launcher', 'mail into the spool', TARGET),
      {
        what: `mail into the spool, CPU time of all processes, ${IN_A_ROW} in a row`,
        unit: 'ms',
        ours: cpu.launcher + cpu.daemon,
        peer: { name: "Postfix's sendmail", value: cpu.postfix },
        higherIsBetter: false,
        target: TARGET,
        note: `${cpu.daemon.toFixed(1)} ms of it in the daemon`,
      },
      {
        what: 'memory of one call',
        unit: 'MB',
        ours: await memoryOfCall([shop.launcher, '-t', '-i'], site.environment, MAIL),
        peer: { name: 'limit', value: MEMORY_LIMIT },
        higherIsBetter: false,
        target: 1,
      },
      row('bundle', 'mail into the spool without a daemon, Node bundle'),
      row('node', 'for comparison: a Node that does nothing'),
    ];
  } finally {
    maildrop.stop();
    await shop.stop();
  }
}
