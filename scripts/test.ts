// `npm test`: builds the shim once, then runs every test, or those named on the command line, in a home that no program can
// use. It fails where a test changed what this user has of mailshim and msmtp.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { contentsOf, keepTools, placesIn, realPlaces } from '../test/support/real-places.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const patterns = process.argv.slice(2);
const env: NodeJS.ProcessEnv = {
  ...process.env,
  WRANGLER_SEND_METRICS: 'false',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  WRANGLER_HIDE_BANNER: 'true',
};
const run = (...args: string[]) => spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit', env }).status ?? 1;

/** A program that looks into it fails, or finds mail that is none of its own. */
function brokenHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'mailshim-broken-home-'));
  for (const file of ['.mailshimrc', '.msmtprc', '.config/msmtp/config', '.netrc']) {
    mkdirSync(join(home, file, '..'), { recursive: true });
    writeFileSync(join(home, file), 'a test read this\n', { mode: 0o600 });
  }
  for (const folder of ['queue', 'failed', 'hold'])
    mkdirSync(join(home, '.local/state/mailshim/spool', folder, '0123456789ABCDEF'), { recursive: true });
  return home;
}

let status = run('scripts/build.ts');
if (status !== 0) process.exit(status);
keepTools(env, homedir());
const places = realPlaces(process.env);
const before = contentsOf(places);
env.HOME = brokenHome();
const broken = contentsOf(placesIn(env.HOME));
status = run(
  '--test',
  '--test-concurrency=2',
  '--test-timeout=300000',
  ...(patterns.length > 0 ? patterns : ['test/**/*.test.ts']),
);
const touched = [...contentsOf(places), ...contentsOf(placesIn(env.HOME))];
const changed = [...before, ...broken].filter((line) => !touched.includes(line));
const added = touched.filter((line) => ![...before, ...broken].includes(line));
rmSync(env.HOME, { recursive: true });
if (changed.length + added.length > 0) {
  console.error(['Tests changed the home, spool or configuration of this user:', ...changed, '→', ...added].join('\n'));
  status ||= 1;
}
process.exit(status);
