// A mail that waits is sent by a process in another folder: what the command line named must still be found.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { temporaryFolder } from '../../support/folder.ts';
import { run, shimCommand } from '../../support/program.ts';

const folder = temporaryFolder();
after(() => folder.remove());

test('relative names of -C and of long options are kept whole', async () => {
  folder.write(
    'rc',
    'host 127.0.0.1\nport 9\nfrom f@x.example\n#mailshim: preflight off\n#mailshim: delivery queue\n#mailshim: spool spool\n',
  );
  const [program, words] = shimCommand();
  const script = `cd ${folder.path} && exec "$@"`;
  const args = ['-c', script, 'sh', program, ...words, '-C', 'rc', '--tls-trust-file=./ca.pem', 'a@x.example'];
  const ran = await run('/bin/sh', args, { input: 'Subject: s\n\nb\n', env: { HOME: '/nonexistent' } });
  assert.deepEqual([ran.code, ran.stderr], [0, '']);
  const names = readdirSync(folder.join('spool'), { recursive: true, encoding: 'utf8' });
  const entry = names.find((name) => /^(queue|active)\/[0-9A-Z]{16}$/.test(name));
  const { file, overrides } = JSON.parse(readFileSync(folder.join(`spool/${entry}`), 'latin1').split('\n')[0]!);
  assert.equal(file, folder.join('rc'));
  assert.deepEqual(overrides, { tls_trust_file: folder.join('ca.pem') });
});
