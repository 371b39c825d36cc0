// `npm run launcher`: dist/launcher-linux-x64 and dist/launcher-linux-arm64, static, by musl. `--fuzz [SECONDS]` runs the fuzzer
// in their place. musl for arm64 is a folder into which Debian's musl-dev:arm64 was unpacked: `--musl-arm64 FOLDER` or
// MUSL_ARM64, else dist/musl-arm64.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const source = join(root, 'launcher/launcher.c');
const fuzzSource = join(root, 'launcher/fuzz.c');

const WARNINGS =
  '-std=c11 -Wall -Wextra -Wpedantic -Werror -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wcast-qual -Wvla -Wundef';
// Nothing in the file depends on the time, the folder or the machine of the build.
const RELEASE =
  '-Os -static -fno-pie -no-pie -fstack-protector-strong -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables ' +
  '-Wl,--gc-sections -Wl,--build-id=none -Wl,-z,noexecstack -Wl,-z,noseparate-code -s';
const SANITIZED = '-g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer';

/** What is handed on, by the names that Node has for system and processor. */
const RELEASES = ['linux-x64', 'linux-arm64'] as const;
export type Release = (typeof RELEASES)[number];
export type Build = Release | 'sanitized' | 'fuzz';

/** Of the library that is linked in, under the terms of MIT. */
export const MUSL_COPYRIGHT = '2005-2020 Rich Felker and the other authors of musl';

/** What a build needs: programs with Debian's packages of them. */
export const COMPILERS: Readonly<Record<Build, readonly [program: string, packages: string]>> = {
  'linux-x64': ['musl-gcc', 'musl-tools'],
  'linux-arm64': ['aarch64-linux-gnu-gcc', 'gcc-aarch64-linux-gnu'],
  sanitized: ['gcc', 'gcc libc6-dev'],
  fuzz: ['clang', 'clang libclang-rt-14-dev libc6-dev'],
};

/** How to get musl for arm64; it needs no root, except for the first two. */
const MUSL_ARM64 =
  'dpkg --add-architecture arm64; apt-get update; apt-get download musl-dev:arm64; dpkg -x musl-dev_*_arm64.deb dist/musl-arm64';

/** Why a build is not possible here: undefined where it is. */
export function missingFor(build: Build, musl = muslFolder()): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'it is built on Linux on x64';
  const [program, packages] = COMPILERS[build];
  const folders = (process.env.PATH ?? '').split(delimiter);
  if (!folders.some((folder) => existsSync(join(folder, program))))
    return `${program} is not installed: apt-get install ${packages}`;
  if (build === 'linux-arm64' && !existsSync(join(musl, 'usr/lib/aarch64-linux-musl/libc.a')))
    return `musl for arm64 is not in ${relative(root, musl)}: ${MUSL_ARM64}`;
  return undefined;
}

/** The launchers that were built into a folder. */
export function launchersIn(folder: string): Partial<Record<Release, string>> {
  const built = RELEASES.map((release) => [release, join(folder, `launcher-${release}`)] as const);
  return Object.fromEntries(built.filter(([, file]) => existsSync(file)));
}

export function muslFolder(chosen = process.env.MUSL_ARM64): string {
  return chosen || join(dist, 'musl-arm64');
}

/** Compiles and links; `more` are flags, such as -D. @throws Error with what the compiler says */
export function buildLauncher(build: Build, out: string, more: readonly string[] = [], musl = muslFolder()): void {
  const words = (text: string) => text.split(' ');
  const flags = {
    'linux-x64': [...words(RELEASE), source],
    'linux-arm64': [...words(RELEASE), ...muslFlags(musl)],
    sanitized: [...words(SANITIZED), source],
    fuzz: [...words(SANITIZED), '-fsanitize=fuzzer', fuzzSource],
  };
  execFileSync(COMPILERS[build][0], [...words(WARNINGS), ...more, ...flags[build], '-o', out], {
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  });
}

// A cross compiler for glibc, with the headers, the start and the library of musl in the place of glibc's.
function muslFlags(musl: string): string[] {
  const library = join(musl, 'usr/lib/aarch64-linux-musl');
  const start = ['crt1.o', 'crti.o'].map((name) => join(library, name));
  const headers = ['-nostdinc', '-isystem', join(musl, 'usr/include/aarch64-linux-musl')];
  return [...headers, '-nostdlib', ...start, source, `-L${library}`, '-lc', '-lgcc', '-lc', join(library, 'crtn.o')];
}

/** Runs the fuzzer; the seed makes a run repeatable. Returns its exit code. */
export function fuzz(program: string, seconds: number, seed: number, output: 'inherit' | 'pipe') {
  // A folder for what it finds, since it writes an input that fails into the folder where it runs.
  const cwd = mkdtempSync(join(tmpdir(), 'mailshim-fuzz-'));
  const options = [`-max_total_time=${seconds}`, `-seed=${seed}`, '-max_len=4096', '-timeout=10'];
  const { status, stderr } = spawnSync(program, options, { cwd, stdio: ['ignore', output, output], encoding: 'utf8' });
  if (status === 0) rmSync(cwd, { recursive: true });
  return { status, stderr, cwd };
}

function buildAll(musl: string): boolean {
  mkdirSync(dist, { recursive: true });
  let complete = true;
  for (const build of RELEASES) {
    const file = join(dist, `launcher-${build}`);
    const missing = missingFor(build, musl);
    if (missing === undefined) {
      buildLauncher(build, file, [], musl);
      console.log(`${relative(root, file)}: ${statSync(file).size} bytes`);
    } else {
      complete = false;
      console.log(`launcher-${build} was not built: ${missing}`);
    }
  }
  return complete;
}

function fuzzHere(seconds: number): boolean {
  const missing = missingFor('fuzz');
  if (missing !== undefined) {
    console.error(missing);
    return false;
  }
  const folder = mkdtempSync(join(tmpdir(), 'mailshim-fuzzer-'));
  try {
    buildLauncher('fuzz', join(folder, 'fuzz'));
    const { status, cwd } = fuzz(join(folder, 'fuzz'), seconds, Date.now() % 1_000_000, 'inherit');
    if (status !== 0) console.error(`the input that failed is in ${cwd}`);
    return status === 0;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    options: { fuzz: { type: 'boolean' }, 'musl-arm64': { type: 'string' } },
    allowPositionals: true,
  });
  const good = values.fuzz ? fuzzHere(Number(positionals[0] ?? 60)) : buildAll(muslFolder(values['musl-arm64']));
  if (!good && (values.fuzz || process.env.CI === 'true')) process.exitCode = 1;
}
