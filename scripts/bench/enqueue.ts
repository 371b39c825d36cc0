// A mail made safe on disk: beside Postfix's own sendmail, which puts it into its maildrop by postdrop. As PHP does it, the
// program is started by a shell. No relay is reached, so that nothing but the way into the spool is measured.
import type { BenchOptions, BenchRow } from './row.ts';
import { cpuOf, memoryOfCall } from './support/counters.ts';
import { type Contestant, interleave } from './support/interleave.ts';
import { startMaildrop } from './support/maildrop.ts';
import { handIn, MAIL, openShop, whyNoShop } from './support/shop.ts';

const ROUNDS = 31;
const WARM_UP = 100;
const TARGET = 0.6;
const BUNDLE_TARGET = 4;
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
    const before = cpuOf(daemon);
    const measured = await interleave(contestants, rounds, MAIL);
    // Of the round that is not counted, too.
    const daemonCpu = (cpuOf(daemon) - before) / (rounds + 1);
    const [postfix, launcher] = [measured.postfix!, measured.launcher!];
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
        what: 'mail into the spool, CPU time of all processes',
        unit: 'ms',
        ours: launcher.cpu + daemonCpu,
        peer: { name: "Postfix's sendmail", value: postfix.cpu },
        higherIsBetter: false,
        target: TARGET,
        note: `${daemonCpu.toFixed(1)} ms of it in the daemon`,
      },
      {
        what: 'memory of one call',
        unit: 'MB',
        ours: await memoryOfCall([shop.launcher, '-t', '-i'], site.environment, MAIL),
        peer: { name: 'limit', value: MEMORY_LIMIT },
        higherIsBetter: false,
        target: 1,
      },
      row('bundle', 'mail into the spool without a daemon, Node bundle', BUNDLE_TARGET),
      row('node', 'for comparison: a Node that does nothing'),
    ];
  } finally {
    maildrop.stop();
    await shop.stop();
  }
}
