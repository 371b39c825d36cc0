// `npm run executable`: the shim as one executable, dist/mailshim-linux-ARCH, that needs no Node. Needs npm, tar and a registry.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The runtime whose executables start from compiled bytecode: a third of the time that an empty Node takes. */
const RUNTIME = '1.4.5';
/** By process.arch: the runtime's package and the integrity that the registry gives for that version. */
const PACKAGES: Record<string, { name: string; integrity: string }> = {
  x64: {
    name: '@oven/bun-linux-x64',
    integrity: 'sha512-IWX9BELoGHAUtMonkeSaNaZwXzRk+oDw6Mk+HBFXd3KHYIBNBsIGRupMZPcgNoDbJpLu6gAJjIoIVPZtt1aJ1g==',
  },
  arm64: {
    name: '@oven/bun-linux-aarch64',
    integrity: 'sha512-4BXmsSKnjOrlGWqZV4x/oWa7AVoR+B6lCXddMzOAXBIm3t50eslg9wb66gmtW1AamEQ1l1CDvmmruysEhqOWMg==',
  },
};

// A compiled program's argv[1] is its name when it was built; sendmail's other halves go by the name it was called by.
const CALLED_AS = `process.argv[1]='/$bunfs/root/'+(process.argv0||'mailshim').replace(/^.*\\//,'');`;

/** Where the executable for this machine lies. */
export const executableFile = join(root, `dist/mailshim-linux-${process.arch}`);

/**
 * Builds the executable and writes its checksum beside it (`sha256sum -c`).
 * Throws where there is no runtime for this machine, the registry cannot be reached or its file is not the expected one.
 */
export async function buildExecutable(): Promise<void> {
  const runtime = fetchRuntime();
  const folder = mkdtempSync(join(tmpdir(), 'mailshim-executable-'));
  try {
    const bundle = await bundleShim(folder);
    const built = join(folder, 'mailshim');
    execFileSync(
      runtime,
      [
        'build',
        '--compile',
        '--bytecode',
        '--format=esm',
        '--splitting',
        // Names stay: they are in what an internal error says.
        '--minify-syntax',
        '--minify-whitespace',
        // The folder that PHP runs us in is a stranger's: neither its variables nor its code are ours.
        '--no-compile-autoload-dotenv',
        '--no-compile-autoload-bunfig',
        '--no-compile-autoload-tsconfig',
        '--no-compile-autoload-package-json',
        bundle,
        '--outfile',
        built,
      ],
      { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] },
    );
    mkdirSync(join(root, 'dist'), { recursive: true });
    // Whoever runs the one that was there has it whole.
    const fresh = `${executableFile}.${process.pid}`;
    copyFileSync(built, fresh);
    renameSync(fresh, executableFile);
    const sum = createHash('sha256').update(readFileSync(executableFile)).digest('hex');
    writeFileSync(`${executableFile}.sha256`, `${sum}  ${basename(executableFile)}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Writes the program's parts into the folder; the path of the one that begins. */
async function bundleShim(outdir: string): Promise<string> {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  await build({
    absWorkingDir: root,
    entryPoints: ['shim/main.ts'],
    outdir,
    bundle: true,
    platform: 'node',
    target: 'node22',
    // What is imported late lies in parts of its own, whose bytecode is loaded with them: 3 ms less for a mail to the spool.
    format: 'esm',
    splitting: true,
    banner: { js: CALLED_AS },
    define: { MAILSHIM_VERSION: JSON.stringify(version) },
    logLevel: 'warning',
  });
  return join(outdir, 'main.js');
}

/** The runtime's path: fetched once by npm into the user's cache, and checked against the pinned integrity. */
function fetchRuntime(): string {
  const wanted = PACKAGES[process.arch];
  if (process.platform !== 'linux' || wanted === undefined)
    throw new Error(
      `no executable for ${process.platform}-${process.arch}: only for linux on ${Object.keys(PACKAGES)}`,
    );
  // Not in node_modules, where `npm ci` would weigh 100 MB more, and take it away again.
  const caches = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const cache = join(caches, 'mailshim-build', `${wanted.name.replace('@oven/', '')}-${RUNTIME}`);
  const runtime = join(cache, 'package/bin/bun');
  if (existsSync(runtime)) return runtime;
  mkdirSync(join(cache, '..'), { recursive: true });
  const folder = mkdtempSync(`${cache}-`);
  try {
    const [packed] = JSON.parse(
      execFileSync('npm', ['pack', '--json', `${wanted.name}@${RUNTIME}`], {
        cwd: folder,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
    ) as [{ filename: string }];
    const archive = join(folder, packed.filename);
    const integrity = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
    if (integrity !== wanted.integrity)
      throw new Error(`${wanted.name}@${RUNTIME} is not the file it should be: ${integrity}, not ${wanted.integrity}`);
    execFileSync('tar', ['-xzf', archive, '-C', folder]);
    rmSync(archive);
    if (!existsSync(runtime)) {
      rmSync(cache, { recursive: true, force: true });
      renameSync(folder, cache);
    }
    return runtime;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  await buildExecutable();
  for (const file of [executableFile, `${executableFile}.sha256`]) console.log(relative(root, file));
}
