// Fifty PHP processes that send mail after mail at once, as on the day of a sale: none fails, and every mail arrives.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchOptions, BenchRow } from './row.ts';
import { quantile } from './support/interleave.ts';
import { CUSTOMER, countFiles, MAIL, openShop, SHOP, until, whyNoShop } from './support/shop.ts';

const PROCESSES = 50;
const QUICK_PROCESSES = 5;

export default async function bench({ quick, seconds }: BenchOptions): Promise<BenchRow[]> {
  const why = whyNoShop();
  if (why !== undefined) {
    console.error(`bench: load is left out: ${why}`);
    return [];
  }
  const processes = quick ? QUICK_PROCESSES : PROCESSES;
  const shop = await openShop();
  try {
    const home = shop.home('load', shop.postfix.implicitPort, [
      'delivery queue',
      `spool ${shop.folder.join('load/spool')}`,
    ]);
    const spool = shop.drop(home);
    await shop.daemon(home);
    const script = join(home, 'load.php');
    writeFileSync(script, phpScript(seconds));
    const run = () => phpProcess(script, home, `${process.execPath} ${shop.program} -t -i`);
    const all = (await Promise.all(Array.from({ length: processes }, run))).flat();
    const failed = all.filter(({ sent }) => !sent).length;
    if (failed > 0) throw new Error(`${failed} of ${all.length} calls of mail() failed`);
    await until(() => countFiles(shop.mailbox) >= all.length, `${all.length} mails in ${shop.mailbox}`);
    const left = countFiles(join(spool, 'queue')) + countFiles(join(spool, 'failed')) + countFiles(join(spool, 'drop'));
    const arrived = countFiles(shop.mailbox);
    if (arrived !== all.length || left > 0)
      throw new Error(`${all.length} mails were accepted, ${arrived} arrived, ${left} lie in the spool`);
    const took = all.map(({ milliseconds }) => milliseconds);
    const what = `${processes} PHP processes for ${seconds} s`;
    const row = (name: string, unit: string, ours: number, higherIsBetter = false): BenchRow => ({
      what: `${what}: ${name}`,
      unit,
      ours,
      higherIsBetter,
    });
    return [
      { ...row('mails', 'accepted', all.length, true), note: `${failed} failed, all arrived, none twice` },
      row('rate', 'mails/s', all.length / seconds, true),
      row('mail() to return, median', 'ms', quantile(took, 0.5)),
      row('mail() to return, 99th percentile', 'ms', quantile(took, 0.99)),
    ];
  } finally {
    await shop.stop();
  }
}

interface Call {
  milliseconds: number;
  sent: boolean;
}

async function phpProcess(script: string, home: string, sendmail: string): Promise<Call[]> {
  const child = spawn('/usr/bin/php', ['-n', '-d', `sendmail_path=${sendmail}`, script], {
    env: { HOME: home, PATH: '/usr/bin:/bin' },
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
