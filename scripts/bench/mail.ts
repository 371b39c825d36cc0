// How long a page waits for its mail: `sendmail -t -i` as PHP starts it, and PHP's mail() itself, beside msmtp; over lines
// with a round trip of 0, 10 and 50 ms to a real Postfix, TLS from the first byte, its certificate verified by both.
import type { BenchOptions, BenchRow } from './row.ts';
import { startDelayProxy } from './support/delay-proxy.ts';
import { type Contestant, interleave, type Measured, median } from './support/interleave.ts';
import { CUSTOMER, MAIL, openShop, SHOP, whyNoShop } from './support/shop.ts';

const ROUND_TRIPS = [0, 10, 50];
const ROUNDS = 21;
const PHP_ROUNDS = 15;

export default async function bench({ quick }: BenchOptions): Promise<BenchRow[]> {
  const why = whyNoShop();
  if (why !== undefined) {
    console.error(`bench: mail is left out: ${why}`);
    return [];
  }
  const shop = await openShop();
  const rows: BenchRow[] = [];
  try {
    const queue = shop.home('queue', shop.postfix.implicitPort, [
      'delivery queue',
      `spool ${shop.folder.join('queue/spool')}`,
    ]);
    shop.drop(queue);
    await shop.daemon(queue);
    for (const roundTrip of ROUND_TRIPS) {
      const line = await startDelayProxy(shop.postfix.implicitPort, roundTrip);
      const homes: Record<string, string> = {
        queue,
        direct: shop.home(`direct-${roundTrip}`, line.port, ['delivery direct', 'spool off']),
        msmtp: shop.home(`msmtp-${roundTrip}`, line.port, []),
      };
      const commands: Record<string, string[]> = {
        queue: [process.execPath, shop.program, '-t', '-i'],
        direct: [process.execPath, shop.program, '-t', '-i'],
        msmtp: ['/usr/bin/msmtp', '-t', '-i'],
      };
      const contestants = Object.entries(commands).map(
        ([name, command]): Contestant => ({ name, command, environment: { HOME: homes[name]! } }),
      );
      const at = `${roundTrip} ms round trip`;
      const processes = await interleave(contestants, quick ? 1 : ROUNDS, MAIL);
      rows.push(...rowsOf('sendmail -t -i', at, processes));
      const calls = contestants.map((contestant) => ({ ...contestant, command: phpCommand(contestant.command) }));
      const called = await interleave(calls, quick ? 1 : PHP_ROUNDS, '');
      // What counts is how long the function took, as PHP itself says; not how long PHP takes to start.
      const within = Object.fromEntries(
        Object.entries(called).map(([name, measured]) => [
          name,
          { ...measured, wall: median(measured.output.map(Number)) },
        ]),
      );
      rows.push(...rowsOf("PHP's mail()", at, within, false));
      await line.stop();
    }
    return rows;
  } finally {
    await shop.stop();
  }
}

function rowsOf(what: string, at: string, measured: Record<string, Measured>, withCpu = true): BenchRow[] {
  const msmtp = measured.msmtp!;
  return ['queue', 'direct'].map((mode) => {
    const ours = measured[mode]!;
    return {
      what: `${what}, ${mode} mode, ${at}`,
      unit: 'ms',
      ours: ours.wall,
      peer: { name: 'msmtp', value: msmtp.wall },
      higherIsBetter: false,
      ...(withCpu ? { note: `CPU time ${ours.cpu.toFixed(0)} ms, msmtp's ${msmtp.cpu.toFixed(0)} ms` } : {}),
    };
  });
}

function phpCommand(sendmail: readonly string[]): string[] {
  const [, body] = MAIL.split(/\n\n/) as [string, string];
  const code = `$body = base64_decode('${Buffer.from(body).toString('base64')}');
$start = hrtime(true);
$sent = mail('${CUSTOMER}', 'Your order', $body, 'From: Shop <${SHOP}>');
echo (hrtime(true) - $start) / 1e6;
exit($sent ? 0 : 1);`;
  return ['/usr/bin/php', '-n', '-d', `sendmail_path=${sendmail.join(' ')}`, '-r', code];
}
