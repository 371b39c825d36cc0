// Which users may choose the configuration.
import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import { after, describe, test } from 'node:test';
import { parseArguments } from '../../../shim/cli/parse.ts';
import { refuseUntrusted } from '../../../shim/config/files.ts';
import { type Environment, processEnvironment } from '../../../shim/environment.ts';
import { ExitError } from '../../../shim/exit.ts';
import { temporaryFolder } from '../../support/folder.ts';

const WEB = 33;

describe('flags that choose the configuration', {
  skip: process.getuid?.() === 0 ? false : 'files of two owners need root',
}, () => {
  const folder = temporaryFolder();
  mkdirSync(folder.join('etc'));
  mkdirSync(folder.join('empty'));
  chmodSync(folder.path, 0o755);
  folder.write('etc/msmtprc', 'account default\nhost relay.example\n', 0o644);
  after(() => folder.remove());
  const environment = (etc: string, euid: number): Environment => ({
    ...processEnvironment(),
    etc: folder.join(etc),
    home: undefined,
    configHome: undefined,
    email: undefined,
    smtpServer: undefined,
    euid,
  });
  const refused = (words: string[], where: Environment): string | undefined => {
    try {
      refuseUntrusted(parseArguments(words), where);
      return undefined;
    } catch (error) {
      assert.ok(error instanceof ExitError);
      return `${error.code} ${error.message}`;
    }
  };

  test('the web server cannot be made to read an uploaded file by the fifth parameter of mail()', () => {
    const attack = ['-t', '-i', '-C', '/var/www/upload', '--lock'];
    assert.match(
      refused(attack, environment('etc', WEB))!,
      /^64 option -C is not accepted from uid 33, which does not own \S+msmtprc; .*mailshim -C … --lock -t$/,
    );
    assert.match(refused(['-t', '-i', '--passwordeval=id'], environment('etc', WEB))!, /^64 option --passwordeval /);
  });

  test('the administrator, root, the owner, and a machine without a configuration may choose', () => {
    assert.equal(refused(['-C', '/etc/shop', '--lock', '-t', '-i'], environment('etc', WEB)), undefined);
    assert.equal(refused(['-t', '-C', 'x'], environment('etc', 0)), undefined);
    assert.equal(refused(['-t', '-C', 'x'], environment('empty', WEB)), undefined);
    assert.equal(refused(['-t', '-f', 'a@b.example', '-a', 'shop'], environment('etc', WEB)), undefined);
    chownSync(folder.join('etc/msmtprc'), WEB, WEB);
    assert.equal(refused(['-t', '-C', 'x'], environment('etc', WEB)), undefined);
  });
});
