// The page on the architecture names files and folders that exist, and every folder of the engine and the shim.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(join(root, 'docs/contributing/architecture.md'), 'utf8');

test('what the page names is there', () => {
  const named = [...page.matchAll(/(?:shared|worker|shim|launcher|scripts|test)\/[\w./*<>-]*/g)].map(([path]) =>
    path.replace(/[.,]+$/, '').replaceAll(/<\w+>/g, '*'),
  );
  assert.ok(named.length > 40);
  assert.deepEqual(
    named.filter((path) => globSync(path, { cwd: root }).length === 0),
    [],
  );
});

test('no folder is left out', () => {
  const folders = globSync('{shared,shim}/*/', { cwd: root }).map((path) => path.split('/')[1]!);
  assert.deepEqual(
    folders.filter((name) => !new RegExp(`[\`/]${name}\\b`).test(page)),
    [],
  );
});
