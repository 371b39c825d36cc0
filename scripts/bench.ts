// `npm run bench [name …]`: runs the files of scripts/bench and prints each figure beside its peer's, as a ratio.
import { globSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bench, BenchRow } from './bench/row.ts';

const folder = fileURLToPath(new URL('./bench', import.meta.url));
const wanted = process.argv.slice(2);
const figure = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
const rows: BenchRow[] = [];

for (const file of globSync('*.ts', { cwd: folder }).sort()) {
  const name = basename(file, '.ts');
  if (name === 'row' || (wanted.length > 0 && !wanted.includes(name))) continue;
  console.error(`bench: ${name} …`);
  const { default: bench } = (await import(`./bench/${file}`)) as { default: Bench };
  rows.push(...(await bench()));
}

const lines = rows.map(({ what, unit, ours, peer, higherIsBetter }) => [
  what,
  `${figure.format(ours)} ${unit}`,
  peer === undefined ? '–' : `${peer.name}: ${figure.format(peer.value)} ${unit}`,
  peer === undefined ? '–' : `${figure.format(ours / peer.value)} (${higherIsBetter ? 'higher' : 'lower'} is better)`,
]);
console.log(['what', 'mailshim', 'peer', 'ratio'].join(' | '));
console.log('---|---|---|---');
for (const line of lines) console.log(line.join(' | '));
