// How long a page waits for its mail: `sendmail -t -i` as PHP starts it, and PHP's mail() itself, beside msmtp; over lines
// with a round trip of 0, 10 and 50 ms to a real Postfix, TLS from the first byte, its certificate verified by both.
import type { BenchOptions, BenchRow } from './row.ts';
import { startDelayProxy } from './support/delay-proxy.ts';
import { type Contestant, interleave, type Measured, median } from './support/interleave.ts';
import { CUSTOMER, MAIL, openShop, SHOP, whyNoShop } from './support/shop.ts';

const ROUND_TRIPS = [0, 10, 50];
const ROUNDS = 21;
const PHP_ROUNDS = 15;
const TARGETS: Record<string, Record<number, number>> = {
  queue: { 0: 0.15, 50: 0.05 },
  direct: { 0: 0.3, 50: 0.35 },
};
const MODES: Record<string, string> = {
  queue: 'queue mode',
  direct: 'direct mode by the daemon',
  alone: 'direct mode without a daemon',
};

export default async function bench({ quick }: BenchOptions): Promise<BenchRow[]> {
  const why = whyNoShop();
  if (why !== undefined) {
    console.error(`bench: mail is left out: ${why}`);
    return [];
  }
  const shop = await openShop();
  const rows: BenchRow[] = [];
  try {
    const queue = shop.site('queue', shop.postfix.implicitPort, ['delivery queue']);
    await shop.daemon(queue);
    for (const roundTrip of ROUND_TRIPS) {
      const line = await startDelayProxy(shop.postfix.implicitPort, roundTrip);
      const direct = shop.site(`direct-${roundTrip}`, line.port, ['delivery direct']);
      await shop.daemon(direct);
      const alone = shop.home(`alone-${roundTrip}`, line.port, ['delivery direct', 'spool off']);
      const msmtp = shop.home(`msmtp-${roundTrip}`, line.port, []);
      const launcher = [shop.launcher, '-t', '-i'];
      const contestants: Contestant[] = [
        { name: 'queue', command: launcher, environment: queue.environment },
        { name: 'direct', command: launcher, environment: direct.environment },
        { name: 'alone', command: [shop.program, '-t', '-i'], environment: { HOME: alone } },
        { name: 'msmtp', command: ['/usr/bin/msmtp', '-t', '-i'], environment: { HOME: msmtp } },
      ];
      const at = `${roundTrip} ms round trip`;
      const processes = await interleave(contestants, quick ? 1 : ROUNDS, MAIL);
      rows.push(...rowsOf('sendmail -t -i', at, processes, roundTrip));
      const calls = contestants.map((contestant) => ({ ...contestant, command: phpCommand(contestant.command) }));
      const called = await interleave(calls, quick ? 1 : PHP_ROUNDS, '');
      // What counts is how long the function took, as PHP itself says; not how long PHP takes to start.
      const within = Object.fromEntries(
        Object.entries(called).map(([name, measured]) => [
          name,
          { ...measured, wall: median(measured.output.map(Number)) },
        ]),
      );
      rows.push(...rowsOf("PHP's mail()", at, within, roundTrip, false));
      await line.stop();
    }
    return rows;
  } finally {
    await shop.stop();
  }
}

function rowsOf(
  what: string,
  at: string,
  measured: Record<string, Measured>,
  roundTrip: number,
  withCpu = true,
): BenchRow[] {
  const msmtp = measured.msmtp!;
  return Object.entries(MODES).map(([mode, words]) => {
    const ours = measured[mode]!;
    const target = TARGETS[mode]?.[roundTrip];
    return {
      what: `${what}, ${words}, ${at}`,
      unit: 'ms',
      ours: ours.wall,
      peer: { name: 'msmtp', value: msmtp.wall },
      higherIsBetter: false,
      ...(target === undefined ? {} : { target }),
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
