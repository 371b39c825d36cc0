// The Worker's benchmark runs and prints its rows; what the figures are is not looked at.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { run } from '../support/program.ts';

test('rates, CPU, bundle and start, each next to its baseline', async () => {
  const script = fileURLToPath(new URL('../../scripts/bench.ts', import.meta.url));
  const { code, stdout, stderr } = await run(process.execPath, [script, '--quick', 'worker'], { limit: 240_000 });
  assert.equal(code, 0, stderr);
  const rows = stdout.trimEnd().split('\n').slice(2);
  assert.equal(rows.length, 15);
  for (const row of rows) {
    const [what, ours, peer, ratio] = row.split(' | ');
    assert.match(what!, /^Worker: /);
    assert.match(ours!, /^[\d.,]+ (?:requests\/s|ms|ms\/request|KB)$/);
    assert.match(peer!, /^(?:empty Hono route|free plan|the full answer|ten short includes): [\d.,]+ /);
    assert.match(ratio!, /^[\d.]+ \(/);
  }
});
