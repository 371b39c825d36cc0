// Runs a program with something on its standard input and collects what it says: the shim as built, msmtp, PHP.
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hermetic } from './hermetic.ts';

export interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}
export interface RunOptions {
  input?: string | Uint8Array;
  env?: Record<string, string>;
  uid?: number;
  gid?: number;
  /** With `env` alone, for a program in a machine of its own. */
  bare?: boolean;
  /** Milliseconds after which it hangs for certain; unless given, a minute. */
  limit?: number;
}

/** Milliseconds after which a program hangs for certain. */
const LIMIT = 60_000;

const root = fileURLToPath(new URL('../..', import.meta.url));
/** The bundle, whatever program is under test. */
export const bundleFile = resolve(root, 'dist/mailshim.cjs');
/** The program under test: the bundle, or the executable that MAILSHIM_PROGRAM names, from the root of the repository. */
export const shimFile = resolve(root, process.env.MAILSHIM_PROGRAM ?? bundleFile);
/** It brings its own runtime. */
export const isExecutable = !shimFile.endsWith('.cjs');

/** The program to start, and the words that come before the shim's own; `file` is the shim or a link to it. */
export function shimCommand(file = shimFile): [program: string, words: string[]] {
  return isExecutable ? [file, []] : [process.execPath, [file]];
}

export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { input = '', env, uid, gid, bare = false, limit = LIMIT } = options;
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(env === undefined ? {} : { env: bare ? env : hermetic(env, uid) }),
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), limit);
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  // A program that refuses early leaves its input unread.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code, stdout: Buffer.concat(out).toString('utf8'), stderr: Buffer.concat(err).toString('utf8') });
    });
  });
}

/** The built shim, with an environment of its own: an empty home, unless another is given. */
export function runShim(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const [program, words] = shimCommand();
  return run(program, [...words, ...args], { env: {}, ...options });
}
