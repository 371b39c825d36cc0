// The program where `mailshim install` puts it, run by an absolute path of Node, under a name that PHPMailer takes for sendmail.
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import type { TemporaryFolder } from './folder.ts';
import { runShim } from './program.ts';

/** Installs into the folder, which others may then enter, and makes an empty `home` there. */
export async function installInto(folder: TemporaryFolder, sendmail: string): Promise<void> {
  chmodSync(folder.path, 0o755);
  mkdirSync(folder.join('sbin'));
  mkdirSync(folder.join('home'));
  const installed = await runShim(['install', '--prefix', folder.join('local')]);
  assert.deepEqual([installed.code, installed.stderr], [0, '']);
  symlinkSync(folder.join('local/bin/mailshim'), sendmail);
}
