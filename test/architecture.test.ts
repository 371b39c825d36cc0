// The directions of docs/contributing/architecture.md: worker → shared ← shim, and within shared only downwards.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Later may import earlier, never the other way; folders of one step know each other as types only. */
const LAYERS: readonly (readonly string[])[] = [
  ['text'],
  ['providers'],
  ['dns'],
  ['message'],
  ['content'],
  ['reports'],
  ['spf', 'dkim', 'dmarc', 'rdns', 'mx', 'dnsbl', 'tls', 'bimi'],
  ['findings'],
  ['replies'],
  ['check'],
  ['report'],
];
/** The same for the shim; files beside the folders are its base, and main.ts is on top. */
const LAYERS_OF_SHIM: readonly (readonly string[])[] = [
  ['text'],
  ['messages'],
  ['config'],
  ['log', 'dns', 'intake', 'php'],
  ['cli'],
  ['spool'],
  ['submit'],
  ['prepare'],
  ['notify'],
  ['delivery'],
  ['calls'],
  ['setup', 'relay'],
  ['doctor'],
  ['commands'],
];
/** Packages that run in every runtime. */
const PACKAGES_OF_SHARED = ['dns-packet', 'fflate', 'ipaddr.js', 'saxes', 'tldts'];

interface Import {
  from: string;
  target: string;
  typeOnly: boolean;
}

function importsOf(folder: string): Import[] {
  return globSync(`${folder}/**/*.ts`, { cwd: root }).flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8');
    const statement =
      /^\s*(?:import|export)\s+(type\s)?[^;'"]*?from\s+'([^']+)'|^\s*import\s+'([^']+)'|\bimport\('([^']+)'\)/gm;
    return [...text.matchAll(statement)].map((match) => {
      const specifier = match[2] ?? match[3] ?? match[4]!;
      const target = specifier.startsWith('.') ? relative(root, join(root, dirname(file), specifier)) : specifier;
      return { from: file, target, typeOnly: match[1] !== undefined };
    });
  });
}
const layerOf = (file: string) => LAYERS.findIndex((folders) => folders.includes(file.split('/')[1]!));

test('the test sees imports', () => {
  assert.ok(importsOf('shared').length > 20);
});

test('worker and shim never import each other, and shared neither', () => {
  const crossing = [
    ...importsOf('worker').filter(({ target }) => target.startsWith('shim/') || target.startsWith('test/')),
    ...importsOf('shim').filter(({ target }) => target.startsWith('worker/') || target.startsWith('test/')),
    ...importsOf('shared').filter(({ target }) => /^(worker|shim|test|scripts)\//.test(target)),
  ];
  assert.deepEqual(crossing, []);
});

test('every folder of shared has its place in the order', () => {
  const folders = globSync('shared/*/', { cwd: root }).map((folder) => folder.split('/')[1]!);
  assert.deepEqual(
    folders.filter((folder) => !LAYERS.flat().includes(folder)),
    [],
  );
});

test('within shared, imports go downwards only', () => {
  const upwards = importsOf('shared').filter(({ from, target, typeOnly }) => {
    if (!target.startsWith('shared/')) return false;
    const [here, there] = [layerOf(from), layerOf(target)];
    const sameFolder = from.split('/')[1] === target.split('/')[1];
    return there > here || (there === here && !sameFolder && !typeOnly);
  });
  assert.deepEqual(upwards, []);
});

test('within the shim, imports go downwards only', () => {
  const folders = globSync('shim/*/', { cwd: root }).map((folder) => folder.split('/')[1]!);
  assert.deepEqual(
    folders.filter((folder) => !LAYERS_OF_SHIM.flat().includes(folder)),
    [],
  );
  const level = (file: string) => {
    const [, folder, below] = file.split('/');
    if (below === undefined) return folder === 'main.ts' ? LAYERS_OF_SHIM.length : -1;
    return LAYERS_OF_SHIM.findIndex((names) => names.includes(folder!));
  };
  const upwards = importsOf('shim').filter(({ from, target }) => {
    if (!target.startsWith('shim/')) return false;
    const sameFolder = from.split('/')[1] === target.split('/')[1];
    // The base knows no folder but by a type.
    return level(target) > level(from) || (level(target) === level(from) && !sameFolder && level(from) !== -1);
  });
  assert.deepEqual(upwards, []);
});

test('there is no import circle in shared, the shim or the Worker', () => {
  const next = new Map<string, string[]>();
  for (const { from, target } of [...importsOf('shared'), ...importsOf('shim'), ...importsOf('worker')])
    if (/^(?:shared|shim|worker)\//.test(target)) next.set(from, [...(next.get(from) ?? []), target]);
  const circles = [...next.keys()].filter((start) => {
    const seen = new Set<string>();
    const open = [...(next.get(start) ?? [])];
    for (let file = open.pop(); file !== undefined; file = open.pop()) {
      if (file === start) return true;
      if (seen.has(file)) continue;
      seen.add(file);
      open.push(...(next.get(file) ?? []));
    }
    return false;
  });
  assert.deepEqual(circles, []);
});

test('shared needs no runtime of its own', () => {
  const foreign = importsOf('shared').filter(
    ({ target }) => !target.startsWith('shared/') && !PACKAGES_OF_SHARED.includes(target),
  );
  assert.deepEqual(foreign, []);
  const globals =
    /\b(?:process\.|Buffer\.|console\.|Date\.now\(|Math\.random\(|new Date\(\)|globalThis|performance\.now)/;
  const users = globSync('shared/**/*.ts', { cwd: root }).filter((file) =>
    globals.test(readFileSync(join(root, file), 'utf8')),
  );
  assert.deepEqual(users, []);
});

test('only main ends the process', () => {
  const enders = globSync('{shim,shared,worker}/**/*.ts', { cwd: root }).filter(
    (file) => file !== 'shim/main.ts' && /process\.exit\(/.test(readFileSync(join(root, file), 'utf8')),
  );
  assert.deepEqual(enders, []);
});

test('no file of the product is over 500 lines', () => {
  const long = globSync('{shim,shared,worker}/**/*.ts', { cwd: root })
    .map((file) => ({ file, lines: readFileSync(join(root, file), 'utf8').split('\n').length }))
    .filter(({ lines }) => lines > 500);
  assert.deepEqual(long, []);
});

/** Folders of the shim, and its base files, of which every message is a row of shim/messages/. */
const CATALOGUED = [
  'shim/*.ts',
  ...['cli', 'config', 'dns', 'intake', 'log', 'notify', 'prepare', 'submit', 'text'].map(
    (name) => `shim/${name}/*.ts`,
  ),
];
/** A message that is written where it is printed: an error, or a problem, from a string. */
const WRITTEN_OUT =
  /new (?:ExitError|OpenError)\((?:EX\.\w+|'[\w-]+'),\s*['"`]|\bcomplaints\.push\(\s*['"`]|\bcomplaints: \[\s*['"`]|\bnotes\.push\(\s*['"`]|\b(?:problem|warning): ['"`]|\bid: ''/;

test('messages are rows of the catalogue, and not strings where they are printed', () => {
  // The old form of ExitError, for the folders that are not listed yet.
  const files = globSync(CATALOGUED, { cwd: root }).filter((file) => file !== 'shim/exit.ts');
  assert.ok(files.length > 60, `${files.length} files`);
  const found = files.flatMap((file) => {
    const match = WRITTEN_OUT.exec(readFileSync(join(root, file), 'utf8'));
    return match === null ? [] : [`${file}: ${match[0]}`];
  });
  assert.deepEqual(found, []);
});

test('classes that a message passes through have no methods that the bundle makes slow', () => {
  const files = globSync('shim/{intake,prepare,submit}/*.ts', { cwd: root });
  assert.ok(files.length > 20, `${files.length} files`);
  // See scripts/build.ts.
  const slow = files.filter((file) =>
    /^ {2}(?:async |get |set |static )*\*?#\w+(?:<[^>\n]*>)?\(/m.test(readFileSync(join(root, file), 'utf8')),
  );
  assert.deepEqual(slow, []);
});
