// What a header costs beside a body: CPU time of `sendmail -t` for a mail of 1 MB that is all header, in the shapes that
// make a reader of headers slow, and for one that is all body.
import { startRecorder } from '../../test/e2e/compat/recorder.ts';
import { temporaryFolder } from '../../test/support/folder.ts';
import type { BenchOptions, BenchRow } from './row.ts';
import { type Contestant, interleave } from './support/interleave.ts';
import { bundledProgram } from './support/shop.ts';

const SIZE = 1_000_000;
const ROUNDS = 7;
const START = 'From: shop@shop.example\nTo: a@dest.example\n';
const HEADERS: Record<string, string> = {
  'folded lines': `A: b\n${filled(' x\n')}`,
  'folded lines of a list of recipients': `Cc: a@dest.example\n${filled(' ,\n')}`,
  'short fields': filled('X-A: b\n'),
  'fields of three bytes': filled('a:\n'),
  'empty fields of recipients': filled('cc:\n'),
  'recipients, over and over': filled('Cc: a@dest.example\n'),
  'comments in From': `From: a@shop.example\n${filled(' (x)\n')}`,
  'lines that are no fields': `${filled('stray\n')}Subject: s\n`,
  'one line': `Subject: ${filled('x')}\n`,
};
/** Times the CPU time of the body. */
const TARGET = 3;

function filled(unit: string): string {
  return unit.repeat(Math.floor(SIZE / unit.length));
}

export default async function bench({ quick }: BenchOptions): Promise<BenchRow[]> {
  const recorder = await startRecorder();
  const folder = temporaryFolder('mailshim-bench-');
  try {
    const program = await bundledProgram(folder);
    const rc = folder.write(
      'rc',
      `host 127.0.0.1\nport ${recorder.port}\nfrom shop@shop.example\ntls off\nauth off\n#mailshim: preflight off\n#mailshim: spool off\n#mailshim: submit_deadline 60\n`,
    );
    const contestant = (name: string, mail: string): Contestant => {
      const file = folder.write(name.replaceAll(' ', '-'), mail);
      const words = ['exec "$0" "$1" -C "$2" -t <"$3"', process.execPath, program, rc, file];
      return { name, command: ['/bin/sh', '-c', ...words], environment: { HOME: folder.path } };
    };
    const measured = await interleave(
      [
        contestant('body', `${START}\n${filled(`${'x'.repeat(76)}\n`)}`),
        ...Object.entries(HEADERS).map(([name, fields]) => contestant(name, `${START}${fields}\nx\n`)),
      ],
      quick ? 1 : ROUNDS,
      '',
    );
    return Object.keys(HEADERS).map((name) => ({
      what: `1 MB of header, ${name}: CPU time of sendmail -t`,
      unit: 'ms',
      ours: measured[name]!.cpu,
      peer: { name: '1 MB of body', value: measured.body!.cpu },
      higherIsBetter: false,
      target: TARGET,
    }));
  } finally {
    await recorder.stop();
    folder.remove();
  }
}
