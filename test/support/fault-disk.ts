// What a disk may hold after a loss of power: system calls of a spool are recorded, and each state that the rules allow is made.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join, relative } from 'node:path';

type Operation =
  | { kind: 'create'; path: string; file: number }
  | { kind: 'write'; file: number; at: number; octets: Buffer }
  | { kind: 'sync-file'; file: number }
  | { kind: 'sync-folder'; path: string }
  | { kind: 'rename'; from: string; to: string }
  | { kind: 'unlink'; path: string }
  /** Something that the world saw. */
  | { kind: 'seen'; what: string };

export interface Recording {
  /** Puts a mark between two operations. */
  see(what: string): void;
  stop(): Operation[];
}

/** Files as they were, and on disk, before the recording began. */
export type Disk = Map<string, Buffer>;

export function readDisk(root: string): Disk {
  const disk: Disk = new Map();
  for (const entry of fs.readdirSync(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) disk.set(relative(root, path), fs.readFileSync(path));
  }
  return disk;
}

const PATCHED = [
  'openSync',
  'writeSync',
  'closeSync',
  'fsync',
  'fsyncSync',
  'renameSync',
  'unlinkSync',
  'rmSync',
  'writeFileSync',
] as const;

/** Records what this process does to the files under `root` through functions of node:fs. */
export function recordDisk(root: string): Recording {
  const operations: Operation[] = [];
  const real = Object.fromEntries(PATCHED.map((name) => [name, fs[name]])) as Pick<typeof fs, (typeof PATCHED)[number]>;
  const opened = new Map<number, { file?: number; folder?: string; at: number }>();
  let files = 0;
  const within = (path: unknown): string | undefined => {
    const name = relative(root, String(path));
    return name.startsWith('..') ? undefined : name;
  };
  const synced = (descriptor: number): void => {
    const known = opened.get(descriptor);
    if (known?.file !== undefined) operations.push({ kind: 'sync-file', file: known.file });
    else if (known?.folder !== undefined) operations.push({ kind: 'sync-folder', path: known.folder });
  };
  const patched = {
    openSync(path: string, flags: string | number, mode?: number) {
      const descriptor = real.openSync(path, flags, mode);
      const name = within(path);
      if (name === undefined) return descriptor;
      if (fs.fstatSync(descriptor).isDirectory()) opened.set(descriptor, { folder: name, at: 0 });
      else if (typeof flags === 'number' && (flags & fs.constants.O_EXCL) !== 0) {
        const file = files++;
        opened.set(descriptor, { file, at: 0 });
        operations.push({ kind: 'create', path: name, file });
      }
      return descriptor;
    },
    writeSync(descriptor: number, octets: Uint8Array, ...rest: [number?, number?]) {
      const count = real.writeSync(descriptor, octets, ...rest);
      const known = opened.get(descriptor);
      if (known?.file !== undefined) {
        const start = rest[0] ?? 0;
        operations.push({
          kind: 'write',
          file: known.file,
          at: known.at,
          octets: Buffer.from(octets.subarray(start, start + count)),
        });
        known.at += count;
      }
      return count;
    },
    closeSync(descriptor: number) {
      opened.delete(descriptor);
      real.closeSync(descriptor);
    },
    fsyncSync(descriptor: number) {
      real.fsyncSync(descriptor);
      synced(descriptor);
    },
    fsync(descriptor: number, done: fs.NoParamCallback) {
      real.fsync(descriptor, (error) => {
        if (error === null) synced(descriptor);
        done(error);
      });
    },
    renameSync(from: string, to: string) {
      real.renameSync(from, to);
      const [a, b] = [within(from), within(to)];
      if (a !== undefined && b !== undefined) operations.push({ kind: 'rename', from: a, to: b });
    },
    unlinkSync(path: string) {
      real.unlinkSync(path);
      const name = within(path);
      if (name !== undefined) operations.push({ kind: 'unlink', path: name });
    },
    rmSync(path: string, options: object) {
      const was = fs.existsSync(path);
      real.rmSync(path, options);
      const name = within(path);
      if (was && name !== undefined) operations.push({ kind: 'unlink', path: name });
    },
    writeFileSync(path: string, text: string, options: object) {
      real.writeFileSync(path, text, options);
      const name = within(path);
      if (name === undefined) return;
      const file = files++;
      operations.push({ kind: 'create', path: name, file }, { kind: 'write', file, at: 0, octets: Buffer.from(text) });
    },
  };
  Object.assign(fs, patched);
  syncBuiltinESMExports();
  return {
    see: (what) => void operations.push({ kind: 'seen', what }),
    stop() {
      Object.assign(fs, real);
      syncBuiltinESMExports();
      return operations;
    },
  };
}

export interface CrashState {
  disk: Disk;
  /** What the world had seen by then. */
  seen: string[];
  /** Which operation came last, and what of those before it the disk does not have. */
  description: string;
}

/**
 * Every state in which a loss of power can leave the disk. What was synced is there. Of names that were changed since, a
 * journal keeps the first so many, a file system without one any; of octets written since, all or none are there.
 */
export function crashStates(before: Disk, operations: readonly Operation[]): CrashState[] {
  const states = new Map<string, CrashState>();
  for (let end = 0; end <= operations.length; end++) {
    const done = operations.slice(0, end);
    const seen = done.flatMap((operation) => (operation.kind === 'seen' ? [operation.what] : []));
    const loose = looseNames(done);
    const choices: Set<number>[] = [];
    // A journal keeps an order.
    for (let kept = 0; kept <= loose.length; kept++) choices.push(new Set(loose.slice(kept)));
    // Without one each change is on its own.
    for (const index of loose) choices.push(new Set([index]), new Set(loose.filter((other) => other !== index)));
    for (const lost of choices) {
      for (const octets of ['kept', 'lost'] as const) {
        const disk = replay(before, done, lost, octets);
        if (disk === undefined) continue;
        const key = `${seen.join()}\0${[...disk]
          .map(([name, text]) => `${name}=${text.toString('latin1')}`)
          .sort()
          .join('\0')}`;
        const names = [...lost].map((index) => describe(done[index]!)).join(', ');
        const last = done.at(-1);
        const description = `after ${last === undefined ? 'nothing' : describe(last)} (${end}); octets not synced ${octets}; lost: ${names || 'no name'}`;
        if (!states.has(key)) states.set(key, { disk, seen, description });
      }
    }
  }
  return [...states.values()];
}

/** Changes of names that no sync has brought to disk yet. */
function looseNames(done: readonly Operation[]): number[] {
  const loose = new Set<number>();
  done.forEach((operation, index) => {
    if (operation.kind === 'create' || operation.kind === 'rename' || operation.kind === 'unlink') loose.add(index);
    if (operation.kind !== 'sync-folder') return;
    for (const other of loose) if (foldersOf(done[other]!).includes(operation.path)) loose.delete(other);
  });
  return [...loose];
}

function foldersOf(operation: Operation): string[] {
  const names =
    operation.kind === 'rename' ? [operation.from, operation.to] : 'path' in operation ? [operation.path] : [];
  return names.map((name) => (name.includes('/') ? name.slice(0, name.lastIndexOf('/')) : ''));
}

/** Undefined where the choice makes no sense: what was renamed on disk must have had a name there. */
function replay(
  before: Disk,
  done: readonly Operation[],
  lost: ReadonlySet<number>,
  octets: 'kept' | 'lost',
): Disk | undefined {
  const synced = new Map<number, number>();
  done.forEach((operation, index) => {
    if (operation.kind === 'sync-file') synced.set(operation.file, index);
  });
  const contents = new Map<number, Buffer>();
  const names = new Map<string, Buffer | number>(before);
  for (const [index, operation] of done.entries()) {
    if (operation.kind === 'create') {
      contents.set(operation.file, Buffer.alloc(0));
      // A name that was never on disk by itself may come there by its rename.
      names.set(operation.path, operation.file);
    } else if (operation.kind === 'write') {
      const kept = octets === 'kept' || (synced.get(operation.file) ?? -1) > index;
      const old = contents.get(operation.file)!;
      // A length without its octets reads as zeros.
      if (kept) contents.set(operation.file, Buffer.concat([old, operation.octets]));
      else contents.set(operation.file, Buffer.concat([old, Buffer.alloc(operation.octets.length)]));
    } else if (operation.kind === 'rename' && !lost.has(index)) {
      const file = names.get(operation.from);
      if (file === undefined) return undefined;
      names.delete(operation.from);
      names.set(operation.to, file);
    } else if (operation.kind === 'unlink' && !lost.has(index)) names.delete(operation.path);
  }
  for (const index of lost) {
    const operation = done[index]!;
    if (operation.kind === 'create' && names.get(operation.path) === operation.file) names.delete(operation.path);
  }
  return new Map([...names].map(([name, file]) => [name, typeof file === 'number' ? contents.get(file)! : file]));
}

function describe(operation: Operation): string {
  switch (operation.kind) {
    case 'rename':
      return `rename ${operation.from} ${operation.to}`;
    case 'write':
    case 'sync-file':
      return `${operation.kind} ${operation.file}`;
    case 'seen':
      return operation.what;
    default:
      return `${operation.kind} ${operation.path}`;
  }
}
