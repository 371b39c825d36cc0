// What a sender remembers between two mails, and for how long.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { parseArguments } from '../../../shim/cli/parse.ts';
import { senderContext } from '../../../shim/delivery/context.ts';
import { processEnvironment } from '../../../shim/environment.ts';
import { Spool } from '../../../shim/spool/queue.ts';
import { temporaryFolder } from '../../support/folder.ts';

const folder = temporaryFolder();
after(() => folder.remove());

test('the configuration is read once a second, and anew where everything is to be tried now', () => {
  let now = Date.UTC(2026, 10, 24);
  const environment = { ...processEnvironment(), home: undefined, etc: folder.join('etc'), now: () => new Date(now) };
  const context = senderContext(new Spool(folder.join('spool')), environment, { complain: () => undefined });
  const write = (host: string) => folder.write('rc', `account default\nhost ${host}\n`);
  const file = write('first.example');
  const host = () => {
    const invocation = parseArguments(['-C', file, 'a@x.example']);
    const [account] = context.configuration(invocation).accounts;
    return account?.settings.get('host')?.value;
  };
  assert.equal(host(), 'first.example');
  write('second.example');
  assert.equal(host(), 'first.example');
  context.forget();
  assert.equal(host(), 'second.example');
  write('third.example');
  now += 1000;
  assert.equal(host(), 'third.example');
});
