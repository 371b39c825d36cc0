// Who starts a sender: the program itself, and nobody who only uses its parts.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { wakeSender } from '../../../shim/delivery/keep.ts';
import { prepareSpool } from '../../../shim/spool/commit.ts';
import { environmentOf } from '../../support/fault-spool.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { waitFor } from '../../support/wait.ts';

const folder = temporaryFolder();
after(() => folder.remove());

test('a process that is not mailshim starts no second one of itself', async () => {
  const spool = folder.join('spool');
  prepareSpool(spool, process.geteuid!());
  const before = readdirSync(spool);
  assert.deepEqual(await wakeSender(spool, environmentOf()), []);
  assert.deepEqual(readdirSync(spool), before);
});

test('the program is started by the command that it gives, and only once', async () => {
  const spool = folder.join('other');
  prepareSpool(spool, process.geteuid!());
  const script = 'echo "$MAILSHIM_SENDER" >> "$0/started.txt"';
  const environment = environmentOf({ program: () => ['/bin/sh', '-c', script, spool] });
  for (let call = 0; call < 3; call++) assert.deepEqual(await wakeSender(spool, environment), []);
  const said = () => readdirSync(spool).includes('started.txt') && readFileSync(`${spool}/started.txt`, 'utf8');
  await waitFor(
    () => said() === `${spool}\n`,
    () => `the command said ${said()}`,
  );
});
