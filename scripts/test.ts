// `npm test`: builds the shim once, then runs every test, or those named on the command line.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const patterns = process.argv.slice(2);
const env = {
  ...process.env,
  WRANGLER_SEND_METRICS: 'false',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  WRANGLER_HIDE_BANNER: 'true',
};
const run = (...args: string[]) => {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit', env });
  if (status !== 0) process.exit(status ?? 1);
};

run('scripts/build.ts');
run(
  '--test',
  '--test-concurrency=2',
  '--test-timeout=300000',
  ...(patterns.length > 0 ? patterns : ['test/**/*.test.ts']),
);
