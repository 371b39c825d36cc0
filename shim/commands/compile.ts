// `mailshim compile`: the program as V8 compiled it, beside the program. Whoever starts it then need not compile it again.

import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { wordReader } from '../cli/words.ts';
import { type Answer, EX, ExitError } from '../exit.ts';

/** What the program is and by which Node it runs, as this process knows it. */
export interface Program {
  /** The bundle; no file that exists where the program is an executable. */
  file: string;
  /** Node, or that executable. */
  node: string;
}

/** Said by the loader that the build puts in front of the program. */
const BUILD = /^const build = '([0-9a-f]{16})';$/m;
const LOADER_LENGTH = 8192;
/** Milliseconds for one mail into a spool. */
const PATIENCE = 60_000;
/** Whoever's it is: a drop folder is another user's. */
const NOBODY = 65534;

/** `words` without "compile". */
export function compileCommand(words: readonly string[], program: Program): Answer {
  const { command, read } = wordReader('compile');
  command.description(
    'Keep the program compiled beside itself for this version of Node, so that each mail is handed in sooner',
  );
  const help = read(words);
  if (help !== undefined) return { code: EX.OK, stdout: help, complaints: [] };
  // Compiled into an executable, the program has no file of its own.
  if (!existsSync(program.file))
    return { code: EX.OK, stdout: 'nothing to do: this program is compiled as it is\n', complaints: [] };
  return { code: EX.OK, stdout: `compiled: ${compile(program)}\n`, complaints: [] };
}

/** Where the loader in `text` looks for a program in `file`; undefined for what has no such loader. */
export function compiledFile(file: string, text: string): string | undefined {
  const build = BUILD.exec(text.slice(0, LOADER_LENGTH))?.[1];
  return build === undefined ? undefined : `${file}.${build}-${process.version}-${process.arch}`;
}

/**
 * Lets the program hand in a mail, so that V8 has compiled what that needs, and keeps what it made of it. What was
 * compiled for another version of the program or of Node is removed. Returns the file.
 * @throws ExitError 77 or 73 where it or the folder for the mail cannot be written, 70 where the program does not run
 */
export function compile({ file, node }: Program): string {
  const program = realpathSync(file);
  const target = compiledFile(program, readFileSync(program, 'latin1'));
  if (target === undefined)
    throw new ExitError(EX.USAGE, `${program} is not the program as \`npm run build\` makes it`);
  let folder: string | undefined;
  try {
    folder = mkdtempSync(join(tmpdir(), 'mailshim-compile-'));
    place(exercise(program, node, folder), target, program);
    return target;
  } catch (error) {
    if (error instanceof ExitError) throw error;
    throw new ExitError(
      EX.CANTCREAT,
      `${program} cannot be compiled: ${error instanceof Error ? error.message : error}`,
    );
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}

function exercise(program: string, node: string, folder: string): Buffer {
  const path = (name: string) => join(folder, name);
  const spool = path('spool');
  mkdirSync(spool, { mode: 0o700 });
  // No sender is started for this mail: one is being started, as far as anybody can see.
  writeFileSync(join(spool, 'starting'), '');
  giveAway(path('spool/drop'));
  writeFileSync(
    path('rc'),
    `account default\nhost relay.invalid\nfrom shop@shop.invalid\nlogfile ${path('log')}\npreflight off\ndelivery queue\nspool ${spool}\n`,
    { mode: 0o600 },
  );
  writeFileSync(path('hook.cjs'), HOOK);
  const ran = spawnSync(node, ['--require', path('hook.cjs'), program, '-C', path('rc'), '-t', '-i'], {
    cwd: folder,
    env: { HOME: folder, PATH: '/usr/local/bin:/usr/bin:/bin', MAILSHIM_COMPILED: path('compiled') },
    input: MAIL,
    encoding: 'utf8',
    timeout: PATIENCE,
  });
  if (ran.status !== 0 || !existsSync(path('compiled'))) {
    const why =
      ran.stderr?.trim().split('\n').at(-1) || ran.error?.message || `it ended with ${ran.status ?? ran.signal}`;
    throw new ExitError(EX.SOFTWARE, `${program} cannot be compiled: ${why}`);
  }
  return readFileSync(path('compiled'));
}

/** Most mail goes to the drop folder of another user, which only root can make, and not where there is no other user. */
function giveAway(drop: string): void {
  mkdirSync(drop);
  try {
    chownSync(drop, NOBODY, NOBODY);
  } catch {
    rmdirSync(drop);
  }
}

function place(compiled: Buffer, target: string, program: string): void {
  const { uid, gid } = statSync(program);
  const fresh = `${target}.new`;
  try {
    rmSync(fresh, { force: true });
    // Twice: so the loader finds out in no time that a disk has spoiled it.
    writeFileSync(fresh, Buffer.concat([compiled, compiled]), { flag: 'wx' });
    // It is believed only as the owner's, and only where nobody else can write it.
    chmodSync(fresh, 0o644);
    if (uid !== process.geteuid?.()) chownSync(fresh, uid, gid);
    renameSync(fresh, target);
    for (const name of readdirSync(dirname(program)))
      if (isCompiled(name, program) && name !== basename(target)) rmSync(join(dirname(program), name));
  } catch (error) {
    rmSync(fresh, { force: true });
    throw cannot(`write ${target}`, error);
  }
}

/** What the system did not let us do, as it is said to whoever runs `install` or `compile`. */
export function cannot(what: string, error: unknown): ExitError {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return new ExitError(EX.NOPERM, `cannot ${what}: permission denied; run it as root`);
  return new ExitError(EX.CANTCREAT, `cannot ${what}: ${(message ?? String(error)).split('\n')[0]}`);
}

function isCompiled(name: string, program: string): boolean {
  const own = `${basename(program)}.`;
  return name.startsWith(own) && /^[0-9a-f]{16}-v\d[^/]*-[a-z0-9]+$/.test(name.slice(own.length));
}

/** Runs in front of the program: the first script that is made is the loader's. */
const HOOK = `const vm = require('node:vm');
const { Script } = vm;
let first;
vm.Script = class extends Script {
  constructor(...words) {
    super(...words);
    first ??= this;
  }
};
process.once('exit', (code) => {
  if (code === 0) require('node:fs').writeFileSync(process.env.MAILSHIM_COMPILED, first.createCachedData());
});
`;

/** As PHP's mail() hands one in. */
const MAIL = `To: customer@customer.invalid
Subject: =?UTF-8?B?0JfQsNC60LDQtw==?= 1
X-PHP-Originating-Script: 0:mail.php
From: =?UTF-8?B?0JzQsNCz0LDQt9C40L0=?= <shop@shop.invalid>
MIME-Version: 1.0
Content-Type: text/plain; charset=UTF-8

Thank you for your order.
`;
