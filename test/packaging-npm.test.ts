// The npm packages as a reader and a registry meet them: their links, and what package.json says of the project.
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { manifest } from '../scripts/package-files.ts';
import { writeNpmPackages } from '../scripts/packages.ts';
import { packedPage, relativeTargets, repositoryOf } from '../scripts/repository.ts';
import { temporaryFolder } from './support/folder.ts';

const ADDRESS = 'https://code.example/shops/mailshim';
const ACTIONS = { GITHUB_SERVER_URL: 'https://code.example', GITHUB_REPOSITORY: 'shops/mailshim' };

for (const [name, env] of [
  ['without an address of the repository', {}],
  ['released by GitHub Actions', ACTIONS],
] as const)
  describe(`the package ${name}`, () => {
    const folder = temporaryFolder('mailshim-npm-');
    after(() => folder.remove());
    before(() => {
      writeNpmPackages(folder.path, {}, env);
    });
    const inPackage = (path: string) => folder.join(`mailshim/${path}`);
    const pages = () => globSync('**/*.md', { cwd: inPackage('') });

    test('every relative link leads to a file in it', () => {
      assert.ok(pages().includes('README.md') && pages().length > 30);
      const dead = pages().flatMap((page) =>
        relativeTargets(readFileSync(inPackage(page), 'utf8'), page).flatMap((path) =>
          existsSync(inPackage(path)) ? [] : `${page}: ${path}`,
        ),
      );
      assert.deepEqual(dead, []);
    });

    test('package.json names the repository where it is known', () => {
      const fields = JSON.parse(readFileSync(inPackage('package.json'), 'utf8')) as Record<string, unknown>;
      const { repository, homepage, bugs } = fields;
      const known = env === ACTIONS;
      assert.deepEqual(
        [repository, homepage, bugs],
        known
          ? [{ type: 'git', url: `git+${ADDRESS}.git` }, `${ADDRESS}#readme`, { url: `${ADDRESS}/issues` }]
          : [undefined, undefined, undefined],
      );
      for (const field of ['name', 'version', 'description', 'license', 'author', 'engines', 'bin', 'man', 'keywords'])
        assert.ok(fields[field] !== undefined, field);
    });

    test('the README links to the tag of its version where the repository is known', () => {
      for (const page of ['README.md', 'README.ru.md']) {
        const text = readFileSync(inPackage(page), 'utf8');
        const relative = relativeTargets(text, page);
        if (env !== ACTIONS) assert.ok(relative.length > 20);
        else {
          assert.deepEqual(relative, []);
          assert.ok(text.includes(`(${ADDRESS}/blob/v${manifest.version}/docs/tutorial`));
        }
      }
    });
  });

describe('the address of the repository', () => {
  const rows: readonly (readonly [
    field: Parameters<typeof repositoryOf>[0],
    env: NodeJS.ProcessEnv,
    url: string | undefined,
  ])[] = [
    [undefined, {}, undefined],
    [undefined, ACTIONS, ADDRESS],
    ['shops/mailshim', {}, 'https://github.com/shops/mailshim'],
    ['github:shops/mailshim', ACTIONS, 'https://github.com/shops/mailshim'],
    [{ url: `git+${ADDRESS}.git` }, {}, ADDRESS],
    [`${ADDRESS}.git`, {}, ADDRESS],
  ];
  for (const [field, env, url] of rows)
    test(`${JSON.stringify(field)} ${Object.keys(env).length > 0 ? 'in Actions' : ''}`, () =>
      assert.equal(repositoryOf(field, env)?.url, url));

  const repository = repositoryOf(ADDRESS, {});
  const packed = (path: string) => path === 'docs/a.md';
  const pages: readonly (readonly [text: string, known: string, unknown: string, absolute: string])[] = [
    ['[a](a.md#x)', '[a](a.md#x)', '[a](a.md#x)', `[a](${ADDRESS}/blob/v1/docs/a.md#x)`],
    ['[b](../src/b.ts)', `[b](${ADDRESS}/blob/v1/src/b.ts)`, 'b', `[b](${ADDRESS}/blob/v1/src/b.ts)`],
    ['[c](https://c.example/)', '[c](https://c.example/)', '[c](https://c.example/)', '[c](https://c.example/)'],
    ['[d](#d)', '[d](#d)', '[d](#d)', '[d](#d)'],
  ];
  for (const [text, known, unknown, absolute] of pages)
    test(text, () => {
      const page = (more: Partial<Parameters<typeof packedPage>[3]>) =>
        packedPage(text, 'docs/page.md', packed, { repository: undefined, tag: 'v1', ...more });
      assert.deepEqual(
        [page({ repository }), page({}), page({ repository, absolute: true })],
        [known, unknown, absolute],
      );
    });
});
