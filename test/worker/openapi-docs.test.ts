// docs/api.md lists the routes that the Worker has. UPDATE_DOCS=1 writes the list anew.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type RunningWorker, startWorker } from '../support/worker.ts';

interface Operation {
  summary: string;
  tags: string[];
  security?: unknown;
}
interface Document {
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, Operation>>;
}

const file = fileURLToPath(new URL('../../docs/api.md', import.meta.url));
const SECTION = /(<!-- routes: begin -->\n)([\s\S]*?)(<!-- routes: end -->)/;
let worker: RunningWorker;
before(async () => {
  worker = await startWorker({ DOH_URL: 'http://127.0.0.1:9/dns-query' });
});
after(() => worker?.stop());

function table({ tags, paths }: Document): string {
  const rows = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  return tags
    .map(({ name, description }) => ({
      description,
      own: rows.filter(({ operation }) => operation.tags.includes(name)),
    }))
    .filter(({ own }) => own.length > 0)
    .flatMap(({ description, own }) => [
      `| ${description} | |`,
      '|---|---|',
      ...own.map(
        ({ path, method, operation }) =>
          `| \`${method} ${path}\` | ${operation.summary}${operation.security === undefined ? '' : ' (token)'} |`,
      ),
      '',
    ])
    .join('\n');
}

test('the routes of docs/api.md are those of the Worker', async () => {
  const expected = table((await (await worker.fetch('/v1/openapi.json')).json()) as Document);
  if (process.env.UPDATE_DOCS === '1') {
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace(SECTION, (_, begin: string, __, end: string) => begin + expected + end),
    );
  }
  assert.equal(
    SECTION.exec(readFileSync(file, 'utf8'))?.[2],
    expected,
    'UPDATE_DOCS=1 node --test test/worker/openapi-docs.test.ts writes it anew',
  );
});

test('the problem that docs/api.md shows is the one that is answered', async () => {
  const shown = /^\$ curl '[^']*(\/v1\/check\/shop)'\n(\{[\s\S]*?^\})/m.exec(readFileSync(file, 'utf8'))!;
  assert.deepEqual(await (await worker.fetch(shown[1]!)).json(), JSON.parse(shown[2]!));
});
