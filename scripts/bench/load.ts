// Fifty PHP processes that send mail after mail at once, as on the day of a sale: none fails, and every mail arrives, once;
// beside Postfix's sendmail.
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import type { BenchOptions, BenchRow } from './row.ts';
import { quantile } from './support/interleave.ts';
import { CUSTOMER, countFiles, emptyFolder, MAIL, openShop, SHOP, until, whyNoShop } from './support/shop.ts';

const PROCESSES = 50;
const QUICK_PROCESSES = 5;
const TARGET = 1.5;

export default async function bench({ quick, seconds }: BenchOptions): Promise<BenchRow[]> {
  const why = whyNoShop();
  if (why !== undefined) {
    console.error(`bench: load is left out: ${why}`);
    return [];
  }
  const processes = quick ? QUICK_PROCESSES : PROCESSES;
  const shop = await openShop();
  try {
    const site = shop.site('load', shop.postfix.implicitPort, ['delivery queue']);
    await shop.daemon(site);
    const script = shop.folder.write('load.php', phpScript(seconds), 0o644);
    const call = async (sendmail: string, environment: Record<string, string>): Promise<number[]> => {
      const run = () => phpProcess(script, sendmail, environment);
      const all = (await Promise.all(Array.from({ length: processes }, run))).flat();
      const failed = all.filter(({ sent }) => !sent).length;
      if (failed > 0) throw new Error(`${failed} of ${all.length} calls of mail() failed: ${sendmail}`);
      await until(() => countFiles(shop.mailbox) >= all.length, `${all.length} mails in ${shop.mailbox}`);
      const arrived = countFiles(shop.mailbox);
      if (arrived !== all.length) throw new Error(`${all.length} mails were accepted, ${arrived} arrived`);
      emptyFolder(shop.mailbox);
      return all.map(({ milliseconds }) => milliseconds);
    };
    const ours = await call(`${shop.launcher} -t -i`, site.environment);
    const left = ['queue', 'failed', 'drop', 'taken'].reduce(
      (sum, name) => sum + countFiles(join(site.spool, name)),
      0,
    );
    if (left > 0) throw new Error(`${left} mails lie in the spool`);
    // The same Postfix takes the mail of its own sendmail and delivers it without a connection in between.
    const theirs = await call(`/usr/sbin/sendmail -C ${join(dirname(shop.postfix.caFile), 'etc')} -t -i`, {});
    const what = `${processes} PHP processes for ${seconds} s`;
    const row = (
      name: string,
      unit: string,
      value: (took: readonly number[]) => number,
      target?: number,
    ): BenchRow => ({
      what: `${what}: ${name}`,
      unit,
      ours: value(ours),
      peer: { name: "Postfix's sendmail", value: value(theirs) },
      higherIsBetter: target !== undefined,
      ...(target === undefined ? {} : { target }),
    });
    return [
      {
        ...row('rate', 'mails/s', ({ length }) => length / seconds, TARGET),
        note: `${ours.length} mails, none failed, all arrived, none twice`,
      },
      row('mail() to return, median', 'ms', (took) => quantile(took, 0.5)),
      row('mail() to return, 99th percentile', 'ms', (took) => quantile(took, 0.99)),
    ];
  } finally {
    await shop.stop();
  }
}

interface Call {
  milliseconds: number;
  sent: boolean;
}

async function phpProcess(script: string, sendmail: string, environment: Record<string, string>): Promise<Call[]> {
  const child = spawn('/usr/bin/php', ['-n', '-d', `sendmail_path=${sendmail}`, script], {
    env: { ...environment, PATH: '/usr/bin:/bin' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const pieces: Buffer[] = [];
  child.stdout.on('data', (piece: Buffer) => pieces.push(piece));
  const code = await new Promise<number | null>((resolve, reject) =>
    child.once('close', resolve).once('error', reject),
  );
  if (code !== 0) throw new Error(`php ended with ${code}: ${Buffer.concat(pieces).toString().slice(-500)}`);
  return Buffer.concat(pieces)
    .toString()
    .trim()
    .split('\n')
    .map((line) => {
      const [milliseconds, sent] = line.split(' ');
      return { milliseconds: Number(milliseconds), sent: sent === '1' };
    });
}

function phpScript(seconds: number): string {
  const [, body] = MAIL.split(/\n\n/) as [string, string];
  return `<?php
$body = base64_decode('${Buffer.from(body).toString('base64')}');
$end = hrtime(true) + ${Math.round(seconds * 1e9)};
do {
  $start = hrtime(true);
  $sent = mail('${CUSTOMER}', 'Your order', $body, 'From: Shop <${SHOP}>');
  echo (hrtime(true) - $start) / 1e6, ' ', $sent ? 1 : 0, "\\n";
} while (hrtime(true) < $end);
`;
}
