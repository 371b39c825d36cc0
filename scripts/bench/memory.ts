// The daemon's memory after 100,000 mails, beside that after the first tenth: handed in by the launcher, sent to Postfix's
// smtp-sink.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { end } from '../../test/support/end.ts';
import { freePorts } from '../../test/support/ports.ts';
import type { BenchOptions, BenchRow } from './row.ts';
import { memoryOf } from './support/counters.ts';
import { countFiles, handIn, openShop, until, whyNoShop } from './support/shop.ts';

const MAILS = 100_000;
const QUICK_MAILS = 500;
/** Callers at once. */
const CALLERS = 8;
/** What the allocator gives back late counts too. */
const TARGET = 1.2;

export default async function bench({ quick }: BenchOptions): Promise<BenchRow[]> {
  const why = whyNoShop();
  if (why !== undefined) {
    console.error(`bench: memory is left out: ${why}`);
    return [];
  }
  const shop = await openShop();
  const [port] = (await freePorts(1)) as [number];
  const sink = spawn('/usr/sbin/smtp-sink', ['-u', 'nobody', `127.0.0.1:${port}`, '100'], { stdio: 'ignore' });
  try {
    const site = shop.site('memory', port, ['delivery queue', 'tls off']);
    const daemon = await shop.daemon(site);
    const mails = quick ? QUICK_MAILS : MAILS;
    const send = async (count: number): Promise<number> => {
      const each = Math.ceil(count / CALLERS);
      const callers = Array.from({ length: CALLERS }, () => handIn(shop, site, each));
      await Promise.all(callers);
      await until(
        () => countFiles(join(site.spool, 'queue')) + countFiles(join(site.spool, 'active')) === 0,
        'the queue to be empty',
      );
      return memoryOf(daemon);
    };
    const first = await send(mails / 10);
    const start = performance.now();
    const last = await send((mails / 10) * 9);
    return [
      {
        what: `memory of the daemon after ${mails} mails`,
        unit: 'MB',
        ours: last,
        peer: { name: `after ${mails / 10}`, value: first },
        higherIsBetter: false,
        target: TARGET,
        note: `${(((mails / 10) * 9 * 1000) / (performance.now() - start)).toFixed(0)} mails/s handed in and sent`,
      },
    ];
  } finally {
    await end(sink);
    await shop.stop();
  }
}
