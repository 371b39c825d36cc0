// What is uploaded to Cloudflare: builds without an account, and stays well under the free plan's 3 MB.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const root = fileURLToPath(new URL('../..', import.meta.url));
const MAX_GZIP_BYTES = 410 * 1024;

test('wrangler deploy --dry-run passes, and the bundle is under 410 KB gzip', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'mailshim-bundle-'));
  try {
    const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js');
    const run = spawnSync(process.execPath, [wrangler, 'deploy', '--dry-run', '--outdir', folder], {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, WRANGLER_SEND_METRICS: 'false', WRANGLER_HIDE_BANNER: 'true' },
    });
    assert.equal(run.status, 0, run.stdout + run.stderr);
    const bytes = gzipSync(readFileSync(join(folder, 'index.js'))).length;
    t.diagnostic(`Worker bundle: ${Math.round(bytes / 1024)} KB gzip`);
    assert.ok(bytes < MAX_GZIP_BYTES, `${bytes} bytes`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
