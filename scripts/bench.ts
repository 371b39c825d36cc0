// `npm run bench -- [--quick] [--seconds=N] [--against=COMMIT] [name …]`: runs the files of scripts/bench and prints each figure beside its
// peer's, as a ratio.
import { globSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Bench, BenchRow } from './bench/row.ts';

/** Seconds that fifty PHP processes send for. */
const LOAD = 60;

const folder = fileURLToPath(new URL('./bench', import.meta.url));
const { values: given, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    seconds: { type: 'string', default: String(LOAD) },
    against: { type: 'string' },
  },
});
const names = globSync('*.ts', { cwd: folder })
  .map((file) => basename(file, '.ts'))
  .filter((name) => name !== 'row')
  .sort();
const unknown = wanted.find((name) => !names.includes(name));
const seconds = Number(given.seconds);
if (unknown !== undefined || !(seconds > 0)) {
  const what =
    unknown === undefined ? `--seconds=${given.seconds} is no number of seconds` : `no benchmark "${unknown}"`;
  console.error(`bench: ${what}; there are ${names.join(', ')}`);
  process.exit(64);
}
const figure = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
const rows: BenchRow[] = [];

for (const name of names) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.error(`bench: ${name} …`);
  const { default: bench } = (await import(`./bench/${name}.ts`)) as { default: Bench };
  rows.push(...(await bench({ quick: given.quick, seconds, against: given.against })));
}

console.log(['what', 'mailshim', 'peer', 'ratio', 'note'].join(' | '));
console.log('---|---|---|---|---');
for (const row of rows) {
  const { what, unit, ours, peer, note = '' } = row;
  const theirs = peer === undefined ? '–' : `${peer.name}: ${figure.format(peer.value)} ${unit}`;
  console.log([what, `${figure.format(ours)} ${unit}`, theirs, ratio(row), note].join(' | '));
}

function ratio({ ours, peer, higherIsBetter, target }: BenchRow): string {
  if (peer === undefined) return '–';
  const value = ours / peer.value;
  const better = higherIsBetter ? 'higher' : 'lower';
  if (target === undefined) return `${figure.format(value)} (${better} is better)`;
  const met = higherIsBetter ? value >= target : value <= target;
  return `${figure.format(value)} (target: at ${higherIsBetter ? 'least' : 'most'} ${figure.format(target)}; ${met ? 'met' : 'missed'})`;
}
