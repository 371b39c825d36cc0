// What `mailshim init` writes: planned first, shown or done after; what was there is kept aside.

import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { Lang } from './wish.ts';

export interface Owner {
  uid: number;
  gid: number;
}

export type PlannedStep =
  | { kind: 'folder'; path: string; mode: number; owner?: Owner }
  | {
      kind: 'file';
      path: string;
      mode: number;
      text: string;
      owner?: Owner;
      what: 'key' | 'password' | 'configuration';
    };

const WORDS = {
  en: {
    key: 'DKIM key',
    password: 'password',
    configuration: 'configuration',
    folder: 'folder',
    mode: (mode: string) => `mode ${mode}`,
    owner: ({ uid, gid }: Owner) => `uid ${uid}, gid ${gid}`,
    backup: (file: string) => `what was there is kept as ${file}`,
    kept: 'stays as it is',
  },
  ru: {
    key: 'ключ DKIM',
    password: 'пароль',
    configuration: 'настройки',
    folder: 'папка',
    mode: (mode: string) => `права ${mode}`,
    owner: ({ uid, gid }: Owner) => `uid ${uid}, gid ${gid}`,
    backup: (file: string) => `прежний файл сохранён как ${file}`,
    kept: 'остаётся как есть',
  },
};

/** One line for people; `backup` where a file is replaced. */
export function describeStep(step: PlannedStep, backup: string | undefined, lang: Lang): string {
  const words = WORDS[lang];
  const mode = words.mode(step.mode.toString(8).padStart(4, '0'));
  const rights = step.owner === undefined ? mode : `${mode}, ${words.owner(step.owner)}`;
  if (step.kind === 'folder') return `${words.folder} ${step.path} (${rights})`;
  return `${words[step.what]} ${step.path} (${rights})${backup === undefined ? '' : `; ${words.backup(backup)}`}`;
}

/** One line for people on a key that is not made anew. */
export function describeKept(file: string, lang: Lang): string {
  return `${WORDS[lang].key} ${file}: ${WORDS[lang].kept}`;
}

/** Files of the plan that are there already, so that --force is needed. */
export function standing(steps: readonly PlannedStep[]): string[] {
  return steps.flatMap((step) => (step.kind === 'file' && existsSync(step.path) ? [step.path] : []));
}

/** Where a file that is replaced is kept. */
export function backupOf(path: string, now: Date): string {
  return `${path}.${now.toISOString().replace(/[-:]|\.\d+/g, '')}`;
}

/** @throws what the system says */
export function perform(step: PlannedStep, now: Date): void {
  if (step.kind === 'folder') {
    makeFolder(step.path, step.mode, step.owner);
    return;
  }
  makeFolder(dirname(step.path), 0o755, undefined);
  // Whole and with its rights from the first moment: a secret is never readable by others, nor half written.
  const temporary = `${step.path}.new`;
  rmSync(temporary, { force: true });
  // The folder may be another user's, who must not be able to put a link there for root to write through.
  const descriptor = openSync(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
  try {
    writeSync(descriptor, step.text);
    if (step.owner !== undefined) fchownSync(descriptor, step.owner.uid, step.owner.gid);
    fchmodSync(descriptor, step.mode);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  if (existsSync(step.path)) renameSync(step.path, backupOf(step.path, now));
  renameSync(temporary, step.path);
}

function makeFolder(path: string, mode: number, owner: Owner | undefined): void {
  if (existsSync(path)) {
    if (owner === undefined) return;
  } else {
    makeFolder(dirname(path), 0o755, undefined);
    mkdirSync(path);
  }
  // A link in its place would give away what it leads to.
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    if (owner !== undefined) fchownSync(descriptor, owner.uid, owner.gid);
    fchmodSync(descriptor, mode);
  } finally {
    closeSync(descriptor);
  }
}
