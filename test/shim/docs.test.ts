// docs/shim.md says what the tables of the code say. UPDATE_DOCS=1 writes it anew.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { flags } from '../../shim/cli/flags.ts';
import { helpText } from '../../shim/cli/help.ts';
import { documented } from '../../shim/config/documentation.ts';
import { EX } from '../../shim/exit.ts';

const file = fileURLToPath(new URL('../../docs/shim.md', import.meta.url));
const cell = (text: string) => text.replaceAll('|', '\\|');

const flagTable = [
  '| Flag | After `--lock` | |',
  '|---|---|---|',
  ...flags.map(({ name, metavar, afterLock, help }) => {
    const spelt = `${name.startsWith('--') ? name : `-${name}`}${metavar === undefined ? '' : ` ${metavar}`}`;
    return `| \`${cell(spelt)}\` | ${afterLock ? 'yes' : ''} | ${cell(help)} |`;
  }),
].join('\n');
const directiveTable = [
  '| Directive | Default | `--` | |',
  '|---|---|---|---|',
  ...documented.map(({ name, metavar, default: fallback, longOption, own, unsupported, help }) => {
    const remark = `${own ? ' Ours.' : ''}${unsupported ? ' Without effect.' : ''}`;
    return `| \`${cell(`${name} ${metavar}`.trim())}\` | ${cell(fallback)} | ${longOption ? 'yes' : ''} | ${cell(help)}${remark} |`;
  }),
].join('\n');

function between(text: string, name: string): string {
  return new RegExp(`<!-- ${name}: begin -->\\n([\\s\\S]*?)\\n?<!-- ${name}: end -->`).exec(text)?.[1] ?? 'missing';
}

test('the tables of flags and directives are those of the code', () => {
  if (process.env.UPDATE_DOCS === '1') {
    let text = readFileSync(file, 'utf8');
    for (const [name, table] of [
      ['flags', flagTable],
      ['directives', directiveTable],
    ] as const) {
      text = text.replace(
        new RegExp(`(<!-- ${name}: begin -->\\n)[\\s\\S]*?(<!-- ${name}: end -->)`),
        (_, begin: string, end: string) => `${begin}${table}\n${end}`,
      );
    }
    writeFileSync(file, text);
  }
  const text = readFileSync(file, 'utf8');
  assert.equal(between(text, 'flags'), flagTable);
  assert.equal(between(text, 'directives'), directiveTable);
});

test('every exit code that a user can meet is explained, and 75 is none', () => {
  const text = readFileSync(file, 'utf8');
  for (const code of [0, 64, 65, 67, 68, 69, 70, 74, 76, 77, 78])
    assert.match(text, new RegExp(`^\\| ${code} \\| EX_`, 'm'));
  assert.ok(!Object.values(EX).includes(75 as never));
});

test('the help text has a line for every flag', () => {
  const lines = helpText().split('\n');
  for (const { name, help } of flags) {
    assert.ok(
      lines.some((line) => line.includes(name) && line.endsWith(help)),
      name,
    );
  }
});
