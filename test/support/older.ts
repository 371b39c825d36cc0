// The bundle of an earlier commit, built from git in a folder of its own.
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/package-files.ts';
import type { TemporaryFolder } from './folder.ts';

/** The full name of a commit that can be built here; undefined in a shallow clone, or where git or its history is missing. */
export function commitHere(name: string): string | undefined {
  try {
    return execFileSync('git', ['rev-parse', '--verify', '--quiet', `${name}^{commit}`], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return undefined;
  }
}

/** Path of the bundle. Throws where that commit does not build with the packages of this one. */
export function buildOlder(commit: string, folder: TemporaryFolder): string {
  const tree = folder.join(commit);
  mkdirSync(tree);
  const packed = execFileSync('git', ['archive', commit], { cwd: root, maxBuffer: 1 << 28 });
  execFileSync('tar', ['-x', '-C', tree], { input: packed });
  symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'));
  execFileSync(process.execPath, ['scripts/build.ts'], { cwd: tree, stdio: ['ignore', 'ignore', 'pipe'] });
  return join(tree, 'dist/mailshim.cjs');
}
