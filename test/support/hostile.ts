// A hostile user of a daemon's socket and drop folder, as a process of that user's: `attack(spool, kind)` until it is ended.
// Prints how often it did what it does.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { encodeCall, newId } from './calls.ts';
import { hermetic } from './hermetic.ts';

export const SWAPS = ['folder', 'link', 'FIFO', 'name', 'file', 'shorter', 'longer', 'open'] as const;
export type Attack = 'silence' | (typeof SWAPS)[number];

export interface Hostile {
  child: ChildProcess;
  /** Ends it. @returns how often it did its work */
  end(): Promise<number>;
}

/** `secret`: a file that the user may not read. */
export function attack(
  kind: Attack,
  spool: string,
  variables: Record<string, string>,
  uid: number,
  secret: string,
): Hostile {
  const child = spawn(process.execPath, [import.meta.filename, kind, spool, secret, JSON.stringify(variables)], {
    uid,
    gid: uid,
    env: hermetic({ PATH: process.env.PATH! }, uid),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout!.on('data', (bytes: Buffer) => {
    printed += bytes.toString();
  });
  return {
    child,
    end: () =>
      new Promise((resolve) => {
        child.once('close', () => resolve(Number(printed)));
        child.stdin!.end();
      }),
  };
}

if (import.meta.main) {
  const [kind, spool, secret, variables] = process.argv.slice(2) as [Attack, string, string, string];
  let ended = false;
  process.stdin.on('end', () => {
    ended = true;
  });
  process.stdin.resume();
  let rounds = 0;
  if (kind === 'silence') rounds = await keepSilent(spool, () => ended);
  else for (; !ended || rounds < 40; rounds++) await swap(kind, spool, secret, JSON.parse(variables), rounds);
  process.stdout.write(String(rounds), () => process.exit());
}

/** Ten thousand connections and more that say nothing; those that are ended are made anew. */
async function keepSilent(spool: string, ended: () => boolean): Promise<number> {
  let [open, made] = [0, 0];
  while (!ended() || made < 10_000) {
    for (let count = 0; open < 10_000 && count < 200; count++) {
      open++;
      const socket = connect(join(spool, 'socket'), () => made++);
      socket.on('error', () => undefined).on('close', () => open--);
      socket.resume();
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return made;
}

/** One call of this user's, whose file changes while the sender looks at it. */
async function swap(kind: Attack, spool: string, secret: string, variables: Record<string, string>, round: number) {
  const id = newId();
  const file = join(spool, 'drop', `${id}.call`);
  const aside = join(spool, 'drop', `${newId()}.call`);
  const message = `From: shop@shop.example\nTo: evil@x.example\nSubject: evil\n\n${'x'.repeat(20_000)}\n`;
  const bytes = encodeCall(['-t'], message, { variables });
  writeFileSync(file, bytes, { mode: 0o640, flag: 'wx' });
  const descriptor = openSync(file, 'r+');
  const socket = connect(join(spool, 'socket'));
  socket.on('error', () => undefined);
  await new Promise<void>((resolve) => socket.once('connect', resolve).once('error', () => resolve()));
  socket.write(`${id}\n`);
  const changes: Record<string, () => void> = {
    folder() {
      renameSync(file, aside);
      mkdirSync(file, { mode: 0o777 });
    },
    link() {
      renameSync(file, aside);
      symlinkSync(secret, file);
    },
    FIFO() {
      renameSync(file, aside);
      execFileSync('mkfifo', [file]);
    },
    name: () => linkSync(file, aside),
    file() {
      writeFileSync(aside, bytes.subarray(0, 9000), { mode: 0o640 });
      renameSync(aside, file);
    },
    shorter: () => ftruncateSync(descriptor, 3000),
    longer: () => void writeSync(descriptor, bytes, 0, bytes.length, bytes.length - 10),
    open: () => truncateSync(file, 2 ** 33),
  };
  // Not always at the same moment.
  for (let left = (round % 40) * 2000; left > 0; left--);
  if (round % 3 === 0) await new Promise((resolve) => setTimeout(resolve, round % 4));
  try {
    changes[kind]!();
  } catch {
    // It was taken by then.
  }
  await new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
    socket.resume();
    if (socket.destroyed) resolve();
  });
  for (const each of [file, aside]) {
    try {
      unlinkSync(each);
    } catch {
      rmSync(each, { recursive: true, force: true });
    }
  }
}
