// The password as the doctor gets it for the user that sends.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Account } from '../../../shim/config/account.ts';
import { passwordFor } from '../../../shim/doctor/context.ts';
import '../../support/hermetic.ts';

test('a command that prints nothing for the sender is told, not tried as a password', {
  skip: process.geteuid?.() !== 0 && 'only root can ask as another user',
}, () => {
  const ask = (passwordeval: string) =>
    passwordFor({ name: 'shop', file: 'rc', passwordeval } as Account, { name: 'www-data', uid: 33, gid: 33 });
  assert.equal(ask('id -u; echo more'), '33');
  for (const command of ['true', 'exit 1']) assert.throws(() => ask(command), /passwordeval fails for www-data$/);
});
