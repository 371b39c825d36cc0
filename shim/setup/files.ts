// What `mailshim init` writes: planned first, shown or done after; what was there is kept aside.

import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

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
      owner?: Owner /** Of what it holds: "DKIM key". */;
      what: string;
    };

/** One line for people. */
export function describeStep(step: PlannedStep, backup: string | undefined): string {
  const mode = step.mode.toString(8).padStart(4, '0');
  const owner = step.owner === undefined ? '' : `, uid ${step.owner.uid}, gid ${step.owner.gid}`;
  if (step.kind === 'folder') return `folder ${step.path} (mode ${mode}${owner})`;
  const kept = backup === undefined ? '' : `; what was there is kept as ${backup}`;
  return `${step.what} ${step.path} (mode ${mode}${owner})${kept}`;
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
  const descriptor = openSync(temporary, 'w', 0o600);
  try {
    writeSync(descriptor, step.text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  if (step.owner !== undefined) chownSync(temporary, step.owner.uid, step.owner.gid);
  chmodSync(temporary, step.mode);
  if (existsSync(step.path)) renameSync(step.path, backupOf(step.path, now));
  renameSync(temporary, step.path);
}

function makeFolder(path: string, mode: number, owner: Owner | undefined): void {
  if (existsSync(path)) {
    if (owner === undefined) return;
    const stat = statSync(path);
    if (stat.uid === owner.uid && stat.gid === owner.gid && (stat.mode & 0o7777) === mode) return;
  } else {
    makeFolder(dirname(path), 0o755, undefined);
    mkdirSync(path);
  }
  if (owner !== undefined) chownSync(path, owner.uid, owner.gid);
  chmodSync(path, mode);
}
