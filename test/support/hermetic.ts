// A home, configuration and spool of the test process's own: importing this is enough, and test/hermetic.test.ts wants it
// imported. What the user of this machine has in their own places is neither read nor changed.
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { keepTools } from './real-places.ts';

const root = mkdtempSync(join(tmpdir(), 'mailshim-own-'));
// Programs of other users look into it as well.
chmodSync(root, 0o755);
process.once('exit', () => rmSync(root, { recursive: true, force: true, maxRetries: 5 }));

keepTools(process.env, homedir());

/** The system's configuration and the daemon's spool: none. */
export const systemVariables = { MAILSHIM_ETC: join(root, 'etc'), MAILSHIM_SPOOL: join(root, 'spool') } as const;

/** An empty home, that its user alone may write. */
export function homeOf(uid = process.geteuid!()): string {
  const home = join(root, `home-${uid}`);
  if (!existsSync(home)) {
    mkdirSync(home, { mode: 0o755 });
    if (uid !== process.geteuid!()) chownSync(home, uid, uid);
  }
  return home;
}

/** The variables of a program that is started with these. */
export function hermetic(env: Readonly<Record<string, string>>, uid?: number): Record<string, string> {
  return { HOME: homeOf(uid), ...systemVariables, ...env };
}

for (const variable of [
  'XDG_CONFIG_HOME',
  'XDG_STATE_HOME',
  'XDG_CACHE_HOME',
  'EMAIL',
  'SMTPSERVER',
  'CREDENTIALS_DIRECTORY',
])
  delete process.env[variable];
Object.assign(process.env, systemVariables, { HOME: homeOf() });
