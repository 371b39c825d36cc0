// Every link from one page of the docs to another leads to a file that is there, and to a heading in it.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { test } from 'node:test';
import { anchorsOf, linksOf, PAGES, root } from './pages.ts';
import '../support/hermetic.ts';

test('no link within the docs is dead', () => {
  const dead: string[] = [];
  let count = 0;
  for (const page of PAGES) {
    for (const link of linksOf(page)) {
      count++;
      const [path, anchor] = link.split('#') as [string, string | undefined];
      const target = path === '' ? page : posix.join(posix.dirname(page), decodeURIComponent(path));
      if (!existsSync(`${root}${target}`)) dead.push(`${page}: ${link}: there is no such file`);
      else if (anchor !== undefined && target.endsWith('.md') && !anchorsOf(target).has(decodeURIComponent(anchor)))
        dead.push(`${page}: ${link}: there is no such heading`);
    }
  }
  assert.ok(count > 100, `only ${count} links were found`);
  assert.deepEqual(dead, []);
});

test('every page of docs/ is reached from the README', () => {
  const reached = new Set(['README.md']);
  for (const page of reached)
    for (const link of linksOf(page)) {
      const target = posix.join(posix.dirname(page), link.split('#')[0]!);
      if (target.endsWith('.md') && existsSync(`${root}${target}`)) reached.add(target);
    }
  assert.deepEqual(
    PAGES.filter((page) => page.startsWith('docs/') && !reached.has(page)),
    [],
  );
});
