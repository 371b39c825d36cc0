// A mail made safe on disk: beside Postfix's own sendmail, which puts it into its maildrop by postdrop.
import { existsSync } from 'node:fs';
import { executableFile } from '../executable.ts';
import type { BenchOptions, BenchRow } from './row.ts';
import { type Contestant, interleave } from './support/interleave.ts';
import { startMaildrop } from './support/maildrop.ts';
import { MAIL, openShop, whyNoShop } from './support/shop.ts';

const ROUNDS = 31;

export default async function bench({ quick }: BenchOptions): Promise<BenchRow[]> {
  const why = whyNoShop();
  if (why !== undefined) {
    console.error(`bench: enqueue is left out: ${why}`);
    return [];
  }
  const shop = await openShop();
  const maildrop = await startMaildrop(shop.folder);
  try {
    const home = shop.home('enqueue', shop.postfix.implicitPort, [
      'delivery queue',
      `spool ${shop.folder.join('enqueue/spool')}`,
    ]);
    shop.drop(home);
    const ours = { HOME: home };
    const contestants: Contestant[] = [
      { name: 'postfix', command: maildrop.command },
      { name: 'bundle', command: [process.execPath, shop.program, '-t', '-i'], environment: ours },
      { name: 'node', command: [process.execPath, shop.folder.write('nothing.cjs', '')] },
    ];
    const withExecutable = existsSync(executableFile);
    if (withExecutable)
      contestants.push({ name: 'executable', command: [executableFile, '-t', '-i'], environment: ours });
    else console.error('bench: the executable is left out: it is not built (npm run executable)');
    const measured = await interleave(contestants, quick ? 1 : ROUNDS, MAIL);
    const peer = { name: "Postfix's sendmail", value: measured.postfix!.wall };
    const row = (name: string, what: string): BenchRow => ({
      what,
      unit: 'ms',
      ours: measured[name]!.wall,
      peer,
      higherIsBetter: false,
      note: `CPU time ${measured[name]!.cpu.toFixed(0)} ms, Postfix's ${measured.postfix!.cpu.toFixed(0)} ms`,
    });
    return [
      row('bundle', 'mail into the spool, Node bundle'),
      ...(withExecutable ? [row('executable', 'mail into the spool, executable')] : []),
      row('node', 'for comparison: a Node that does nothing'),
    ];
  } finally {
    maildrop.stop();
    await shop.stop();
  }
}
