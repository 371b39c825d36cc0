// `npm run executable`: the shim as one executable, dist/mailshim-linux-ARCH, that needs no Node: the Node of this checkout
// with the bundle in it. Needs strip.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleShim } from './build.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Of the version that package.json names, whichever Node runs this. */
const NODE = join(root, 'node_modules/node/bin/node');
const INJECT = join(root, 'node_modules/postject/dist/cli.js');
/** Which Node looks for to see whether it has a program within: nodejs.org/api/single-executable-applications.html. */
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

/** Where the executable for this machine lies. */
export const executableFile = join(root, `dist/mailshim-linux-${process.arch}`);
/** What Node's authors ask to be handed on with it. */
export const runtimeLicenseFile = join(root, `node_modules/node/node_modules/node-linux-${process.arch}/LICENSE`);

/** Builds the executable and writes its checksum beside it (`sha256sum -c`). Throws where it cannot be built here. */
export async function buildExecutable(): Promise<void> {
  if (process.platform !== 'linux') throw new Error(`no executable for ${process.platform}: only for linux`);
  const folder = mkdtempSync(join(tmpdir(), 'mailshim-executable-'));
  const inFolder = (name: string) => join(folder, name);
  const run = (program: string, ...words: string[]) =>
    execFileSync(program, words, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  try {
    await bundleShim(inFolder('mailshim.cjs'));
    const settings = {
      main: 'mailshim.cjs',
      output: 'program',
      disableExperimentalSEAWarning: true,
      // A third less time for a mail. A snapshot of the memory, which Node could start from instead, takes twice as long.
      useCodeCache: true,
      // Or Node says on standard error that this cache does not fit, where NODE_OPTIONS has flags of V8.
      execArgv: ['--disable-warning=Warning'],
    };
    writeFileSync(inFolder('settings.json'), JSON.stringify(settings));
    run(NODE, '--experimental-sea-config', 'settings.json');
    copyFileSync(NODE, inFolder('mailshim'));
    // An eighth of the file.
    run('strip', 'mailshim');
    run(process.execPath, INJECT, 'mailshim', 'NODE_SEA_BLOB', 'program', '--sentinel-fuse', FUSE);
    mkdirSync(join(root, 'dist'), { recursive: true });
    // A program that runs the old file keeps it whole.
    const fresh = `${executableFile}.${process.pid}`;
    copyFileSync(inFolder('mailshim'), fresh);
    renameSync(fresh, executableFile);
    const sum = createHash('sha256').update(readFileSync(executableFile)).digest('hex');
    writeFileSync(`${executableFile}.sha256`, `${sum}  ${basename(executableFile)}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  await buildExecutable();
  for (const file of [executableFile, `${executableFile}.sha256`]) console.log(relative(root, file));
}
