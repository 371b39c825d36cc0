// The mail benchmarks run from one command and print a row for each figure; what the figures are is not looked at.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { needs } from '../support/peers.ts';
import { run } from '../support/program.ts';

const peers = [needs('postfix', 'postfix'), needs('msmtp', 'msmtp'), needs('php', 'php-cli')];
const skip =
  peers.map(({ missing }) => missing).find((missing) => missing !== false) ??
  (process.getuid?.() === 0 ? false : 'Postfix needs root to start');
const script = fileURLToPath(new URL('../../scripts/bench.ts', import.meta.url));

async function rowsOf(name: string): Promise<string[][]> {
  const { code, stdout, stderr } = await run(process.execPath, [script, '--quick', '--seconds=1', name]);
  assert.equal(code, 0, stderr);
  const [head, line, ...rows] = stdout.trimEnd().split('\n');
  assert.equal(head, 'what | mailshim | peer | ratio | note');
  assert.equal(line, '---|---|---|---|---');
  return rows.map((row) => row.split(' | '));
}

test('mail: both modes over each line, as a process and as a function, beside msmtp', { skip }, async () => {
  const rows = await rowsOf('mail');
  assert.equal(rows.length, 18);
  for (const [what, ours, peer, ratio] of rows) {
    assert.match(
      what!,
      /^(sendmail -t -i|PHP's mail\(\)), (queue mode|direct mode (by the|without a) daemon), (0|10|50) ms round trip$/,
    );
    assert.match(ours!, /^[\d.,]+ ms$/);
    assert.match(peer!, /^msmtp: [\d.,]+ ms$/);
    assert.match(ratio!, /^[\d.]+ \(/);
  }
});

test("enqueue: beside Postfix's sendmail", { skip }, async () => {
  const rows = await rowsOf('enqueue');
  assert.equal(rows.length, 5);
  assert.match(rows[0]!.join(' | '), /^mail into the spool \| [\d.]+ ms \| Postfix's sendmail: [\d.]+ ms/);
});

test('header: every shape beside a body', async () => {
  const rows = await rowsOf('header');
  assert.equal(rows.length, 9);
  for (const row of rows)
    assert.match(row.join(' | '), /^1 MB of header, [^|]+ \| [\d.]+ ms \| 1 MB of body: [\d.]+ ms \|/);
});

test('drain: the whole queue leaves, and the memory is told', { skip }, async () => {
  const rows = await rowsOf('drain');
  assert.equal(rows.length, 4);
  assert.match(rows[0]![2]!, /^smtp-source, no TLS: [\d.,]+ mails\/s$/);
  assert.match(rows[1]![1]!, /^[\d.]+ MB$/);
});

test('load: what PHP was told that it is sent arrives, and no call fails', { skip }, async () => {
  const rows = await rowsOf('load');
  assert.equal(rows.length, 3);
  assert.match(
    rows[0]!.join(' | '),
    /^5 PHP processes for 1 s: rate \| [\d.,]+ mails\/s \| Postfix's sendmail: .* none failed, all arrived, none twice$/,
  );
});

test('hostile: a mail arrives beside the files of another user', { skip }, async () => {
  const rows = await rowsOf('hostile');
  assert.equal(rows.length, 2);
  for (const row of rows)
    assert.match(
      row.join(' | '),
      /^mail of another user by the (launcher|program), 1000 hostile files .* 1000 files lay there at the start/,
    );
});

test("memory: the daemon's, early and late", { skip }, async () => {
  const [row, ...more] = await rowsOf('memory');
  assert.deepEqual(more, []);
  assert.match(row!.join(' | '), /^memory of the daemon after 500 mails \| [\d.]+ MB \| after 50: [\d.]+ MB \|/);
});

test('a benchmark that does not exist is named, with those that do', async () => {
  const { code, stderr } = await run(process.execPath, [script, 'nothing']);
  assert.equal(code, 64);
  assert.match(stderr, /no benchmark "nothing"; there are .*drain.*mail/);
});
