// The launcher between a sender and a program that tests script: what was called, what came in, what went out.
import assert from 'node:assert/strict';
import { type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Build, buildLauncher, missingFor } from '../../scripts/launcher.ts';
import { type TemporaryFolder, temporaryFolder } from './folder.ts';
import { hermetic } from './hermetic.ts';

/** Compiled once for each set of flags; removed with the process. */
const built = new Map<string, string>();
const binaries = temporaryFolder('mailshim-launcher-');
process.once('exit', () => binaries.remove());

/** No bound that a busy machine reaches. */
const PATIENT = ['-DANSWER_MS=30000', '-DTAKEN_MS=30000'];

export function launcherFile(build: Build, flags: readonly string[] = PATIENT): string {
  const key = [build, ...flags].join(' ');
  let file = built.get(key);
  if (file === undefined) {
    file = binaries.join(`launcher-${built.size}`);
    buildLauncher(build, file, flags);
    built.set(key, file);
  }
  return file;
}

/** `skip` of tests that mount: root in a container may not. */
export const noMounts =
  spawnSync('unshare', ['-m', 'true']).status === 0
    ? false
    : 'mounts are not possible here: it takes root, and unshare';

const QEMU = '/usr/bin/qemu-aarch64-static';

/** False, or why the tests of a build are skipped; under CI it throws. */
function skipped(build: Build): string | false {
  const noQemu = build === 'linux-arm64' && !existsSync(QEMU);
  const why = missingFor(build) ?? (noQemu ? `${QEMU} is not there: apt-get install qemu-user-static` : undefined);
  if (why !== undefined && process.env.CI === 'true') throw new Error(why);
  return why ?? false;
}

/** Runs the tests for each build that is possible on this machine. */
export function eachBuild(builds: readonly Build[], define: (build: Build) => void): void {
  for (const build of builds) {
    const why = skipped(build);
    if (why === false) define(build);
    else test(`launcher, ${build}`, { skip: why }, () => undefined);
  }
}

/** What came from the call file. */
export interface Call {
  id: string;
  file: string;
  argv: string[];
  environment: Record<string, string>;
  message: Buffer;
}

/** What a sender does with a call. `take` renames its file. */
export type Script = (conversation: { line: string; call: Call; take: () => void; socket: Socket }) => void;

export const answer =
  (code: number | string, output = '', errors = ''): Script =>
  ({ take, socket }) => {
    take();
    socket.end(`${code} ${Buffer.byteLength(output)} ${Buffer.byteLength(errors)}\n${output}${errors}`);
  };

export function readCall(file: string): Call {
  const bytes = readFileSync(file);
  let at = 0;
  const next = () => {
    const end = bytes.indexOf(0, at);
    const text = bytes.toString('latin1', at, end);
    at = end + 1;
    return text;
  };
  assert.equal(next(), 'mailshim-call 1');
  const argv = Array.from({ length: Number(next()) }, next);
  const environment: Record<string, string> = {};
  for (let entry = next(); entry !== ''; entry = next()) {
    const equals = entry.indexOf('=');
    environment[entry.slice(0, equals)] = entry.slice(equals + 1);
  }
  return { id: file.split('/').at(-1)!.split('.')[0]!, file, argv, environment, message: bytes.subarray(at) };
}

/** What the program saw, where it was run. */
export interface ProgramRun {
  argv: string[];
  name: string;
  stdin: Buffer;
}

export interface Ending {
  code: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
  program: ProgramRun | undefined;
  calls: Call[];
}

export interface RunOptions {
  argv0?: string;
  env?: Record<string, string>;
  /** `open`: a pipe that never ends. A path: that file. A function writes what it likes. */
  input?: string | Buffer | 'open' | { file: string } | ((stdin: NodeJS.WritableStream) => void);
  /** Runs the launcher in another way; "$0" is its file. */
  shell?: string;
  /** Called once it runs. */
  started?: (pid: number) => void;
  uid?: number;
}

export class Surroundings {
  readonly folder: TemporaryFolder = temporaryFolder('mailshim-l-');
  readonly spool = this.folder.join('spool');
  readonly launcher = this.folder.join('bin/launcher');
  /** For scripts that answer one call and refuse the next. */
  refuse = false;
  /** Sockets that are still open. */
  readonly sockets = new Set<Socket>();
  private readonly calls: Call[] = [];
  private server: Server | undefined;

  readonly build: Build;

  constructor(build: Build, flags?: readonly string[]) {
    this.build = build;
    chmodSync(this.folder.path, 0o755);
    for (const name of ['bin', 'home', 'record', 'spool', 'spool/drop', 'spool/taken'])
      mkdirSync(this.folder.join(name));
    chmodSync(this.folder.join('record'), 0o777);
    chmodSync(join(this.spool, 'drop'), 0o3733);
    copyFileSync(launcherFile(build, flags), this.launcher);
    chmodSync(this.launcher, 0o755);
    this.program('cat > "$record/stdin"');
  }

  /** A program that notes how it was called, then does `body`. */
  program(body: string, file = 'bin/mailshim'): void {
    const note = 'printf "%s\\0" "$@" > "$record/argv"; printf %s "$MAILSHIM_NAME" > "$record/name"';
    this.folder.write(file, `#!/bin/sh\nrecord=${this.folder.join('record')}\n${note}\n${body}\n`, 0o755);
  }

  async listen(script: Script, spool = this.spool): Promise<void> {
    this.server = createServer((socket) => {
      this.sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => this.sockets.delete(socket));
      socket.once('data', (bytes) => {
        const line = bytes.toString('latin1');
        const name = `${line.trim()}.call`;
        const file = ['drop', 'tmp'].map((each) => join(spool, each, name)).find(existsSync)!;
        const call = readCall(file);
        this.calls.push(call);
        script({ line, call, take: () => renameSync(file, join(spool, 'taken', name)), socket });
      });
    });
    await new Promise<void>((resolve) => this.server!.listen(join(spool, 'socket'), resolve));
    chmodSync(join(spool, 'socket'), 0o666);
  }

  async run(args: readonly string[], options: RunOptions = {}): Promise<Ending> {
    const { argv0 = 'mailshim', input = '', shell, uid } = options;
    const file = typeof input === 'object' && 'file' in input ? openSync(input.file, 'r') : undefined;
    const spawning: SpawnOptions = {
      env: {
        ...hermetic({
          HOME: this.folder.join('home'),
          MAILSHIM_SPOOL: this.spool,
          PATH: process.env.PATH!,
          ...options.env,
        }),
      },
      stdio: [file ?? 'pipe', 'pipe', 'pipe'],
      ...(uid === undefined ? {} : { uid, gid: uid }),
    };
    const emulated = this.build === 'linux-arm64';
    const child =
      shell !== undefined
        ? spawn('/bin/bash', ['--norc', '-c', shell, this.launcher, ...args], spawning)
        : emulated
          ? spawn(QEMU, ['-0', argv0, this.launcher, ...args], spawning)
          : spawn(this.launcher, args, { ...spawning, argv0 });
    if (file !== undefined) closeSync(file);
    child.stdin?.on('error', () => undefined);
    if (typeof input === 'function') input(child.stdin!);
    else if (input !== 'open' && file === undefined) child.stdin!.end(input as string);
    const texts = ['', ''];
    child.stdout!.on('data', (bytes: Buffer) => {
      texts[0] += bytes.toString('latin1');
    });
    child.stderr!.on('data', (bytes: Buffer) => {
      texts[1] += bytes.toString('latin1');
    });
    options.started?.(child.pid!);
    const [code, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (...ending) => resolve(ending));
    });
    child.stdin?.destroy();
    const [stdout, stderr] = texts as [string, string];
    return { code, signal, stdout, stderr, program: this.recorded(), calls: this.calls.splice(0) };
  }

  private recorded(): ProgramRun | undefined {
    const file = (name: string) => this.folder.join(`record/${name}`);
    if (!existsSync(file('argv'))) return undefined;
    const argv = readFileSync(file('argv'), 'latin1');
    const stdin = existsSync(file('stdin')) ? readFileSync(file('stdin')) : Buffer.alloc(0);
    const name = readFileSync(file('name'), 'latin1');
    for (const each of readdirSync(this.folder.join('record'))) unlinkSync(file(each));
    return { argv: argv === '\0' ? [] : argv.split('\0').slice(0, -1), name, stdin };
  }

  /** Names of call files, and where they are. */
  callFiles(): string[] {
    return ['drop', 'taken'].flatMap((each) => readdirSync(join(this.spool, each)).map((name) => `${each}/${name}`));
  }

  /** Files of a home. */
  home(files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(join(this.folder.join('home'), name, '..'), { recursive: true });
      writeFileSync(join(this.folder.join('home'), name), text);
    }
  }

  async remove(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    if (this.server !== undefined) await new Promise((resolve) => this.server!.close(resolve));
    this.folder.remove();
  }
}

export async function within<T>(
  build: Build,
  use: (surroundings: Surroundings) => Promise<T>,
  flags?: readonly string[],
): Promise<T> {
  const surroundings = new Surroundings(build, flags);
  try {
    return await use(surroundings);
  } finally {
    await surroundings.remove();
  }
}
