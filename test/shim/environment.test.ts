// The command by which a run starts this program anew.
import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { after, afterEach, describe, test } from 'node:test';
import { ownCommand, ownProgram } from '../../shim/environment.ts';
import { temporaryFolder } from '../support/folder.ts';

const folder = temporaryFolder();
after(() => folder.remove());

describe('the own command', () => {
  const [, called] = process.argv;
  afterEach(() => {
    process.argv[1] = called!;
  });
  const file = folder.write('mailshim.cjs', '');
  symlinkSync(file, folder.join('sendmail'));
  const cases = [
    { name: 'called by its file', script: file, command: file },
    { name: 'called by a link', script: folder.join('sendmail'), command: file },
    { name: 'removed while it ran', script: folder.join('gone.cjs'), command: folder.join('gone.cjs') },
  ];
  for (const { name, script, command } of cases)
    test(name, () => {
      process.argv[1] = script;
      assert.deepEqual(ownProgram(), { script, runtime: process.execPath });
      assert.deepEqual(ownCommand(), [process.execPath, command]);
    });
});
