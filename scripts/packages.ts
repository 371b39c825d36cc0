// `npm run packages`: the packages for npm, as folders and packed, in dist/npm: mailshim, and one with the launcher for each
// platform, which npm installs with it where os and cpu fit. Only here does mailshim name them: `npm ci` in a checkout must
// not ask for packages that may not be published yet.
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launchersIn, MUSL_COPYRIGHT, type Release } from './launcher.ts';
import { packedPage, type Repository, repositoryFields, repositoryOf } from './repository.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');

interface Manifest {
  name: string;
  version: string;
  license: string;
  engines: Record<string, string>;
  files: string[];
  repository?: string | { url?: string };
  scripts?: unknown;
  devDependencies?: unknown;
  allowScripts?: unknown;
  [field: string]: unknown;
}

/** Writes what lies in dist/ into packages below `into`, with the launchers that are there; the packed files, mailshim last. */
export function writeNpmPackages(into: string, launchers = launchersIn(dist), env = process.env): string[] {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
  const repository = repositoryOf(manifest.repository, env);
  const platforms = Object.entries(launchers).map(([release, file]) =>
    writePlatform(join(into, `mailshim-${release}`), release as Release, file, manifest, repository),
  );
  const main = writeMain(join(into, manifest.name), manifest, platforms, repository);
  return [...platforms, main].map((name) => pack(join(into, name), into));
}

function writePlatform(
  folder: string,
  release: Release,
  launcher: string,
  { version, license }: Manifest,
  repository: Repository | undefined,
): string {
  const name = `mailshim-${release}`;
  const [os, cpu] = release.split('-');
  // Not `libc`: the file is static, and the same for glibc and musl.
  const manifest = {
    name,
    version,
    description: `The launcher of mailshim for ${release}`,
    license,
    ...repositoryFields(repository),
    os: [os],
    cpu: [cpu],
    preferUnplugged: true,
    files: ['bin/launcher', 'LICENSE.musl'],
  };
  const readme = `# ${name}\n\nThe launcher of [mailshim](https://www.npmjs.com/package/mailshim) for ${release}: the small native program that PHP starts, and that gives a mail\nto the sender that is running. It comes with the package \`mailshim\`; \`mailshim install\` puts it into its place.\n`;
  put(folder, 'package.json', `${JSON.stringify(manifest, null, 2)}\n`);
  put(folder, 'README.md', readme);
  put(folder, 'LICENSE', licenseText());
  put(folder, 'LICENSE.musl', muslLicense());
  copy(launcher, join(folder, 'bin/launcher'));
  chmodSync(join(folder, 'bin/launcher'), 0o755);
  return name;
}

function writeMain(
  folder: string,
  manifest: Manifest,
  platforms: readonly string[],
  repository: Repository | undefined,
): string {
  const { scripts, devDependencies, allowScripts, ...published } = manifest;
  const optionalDependencies = Object.fromEntries(platforms.map((name) => [name, manifest.version]));
  const fields = { ...published, ...repositoryFields(repository), optionalDependencies };
  put(folder, 'package.json', `${JSON.stringify(fields, null, 2)}\n`);
  const files = packedFiles(manifest);
  const tag = `v${manifest.version}`;
  for (const file of files) {
    copy(join(root, file), join(folder, file));
    if (!file.endsWith('.md')) continue;
    const absolute = /^README\b/.test(file);
    const text = readFileSync(join(root, file), 'utf8');
    put(
      folder,
      file,
      packedPage(text, file, (path) => isPacked(path, files), { repository, tag, absolute }),
    );
  }
  return manifest.name;
}

/** What npm packs: `files`, whose patterns are those of npm. */
function packedFiles({ files }: Manifest): string[] {
  return files.flatMap((pattern) => {
    const found = globSync(pattern, { cwd: root });
    if (found.length === 0) throw new Error(`package.json names ${pattern}, which is not there`);
    return found;
  });
}

/** A file, or the folder of one. */
function isPacked(path: string, files: readonly string[]): boolean {
  return files.some((file) => file === path || file.startsWith(`${path.replace(/\/$/, '')}/`));
}

/** The terms of MIT, as this project has them, for the copyright of others. */
export function licenseText(copyright?: string): string {
  const text = readFileSync(join(root, 'LICENSE'), 'utf8');
  return copyright === undefined ? text : text.replace(/^Copyright .*$/m, `Copyright (c) ${copyright}`);
}

export const muslLicense = (): string => `The launcher contains parts of musl.\n\n${licenseText(MUSL_COPYRIGHT)}`;

function pack(folder: string, into: string): string {
  const words = ['pack', '--json', '--ignore-scripts', '--pack-destination', into, folder];
  const [packed] = JSON.parse(execFileSync('npm', words, { encoding: 'utf8' })) as [{ filename: string }];
  return join(into, packed.filename);
}

function put(folder: string, name: string, text: string): void {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
}

if (import.meta.main) {
  for (const script of ['build.ts', 'launcher.ts'])
    execFileSync(process.execPath, [join(root, 'scripts', script)], { stdio: 'inherit' });
  const into = join(dist, 'npm');
  rmSync(into, { recursive: true, force: true });
  const launchers = launchersIn(dist);
  for (const file of writeNpmPackages(into, launchers)) console.log(relative(root, file));
  if (Object.keys(launchers).length < 2) {
    console.error('not to be published: a launcher is missing');
    process.exitCode = 1;
  }
}
