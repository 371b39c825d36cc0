// What a sender remembers between two mails, and for how long.
import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { parseArguments } from '../../../shim/cli/parse.ts';
import { senderContext } from '../../../shim/delivery/context.ts';
import { processEnvironment } from '../../../shim/environment.ts';
import { Spool } from '../../../shim/spool/queue.ts';
import { type TemporaryFolder, temporaryFolder } from '../../support/folder.ts';

/** Milliseconds after which a file that was written has its time for good. */
const LATER = 60_000;

describe('the configuration of a sender', () => {
  let folder: TemporaryFolder;
  /** Of the clock, ahead of the system's. */
  let ahead: number;
  let configuration: (...words: string[]) => ReturnType<ReturnType<typeof senderContext>['configuration']>;
  let forget: () => void;
  beforeEach(() => {
    folder = temporaryFolder();
    ahead = 0;
    for (const name of ['etc', 'home', 'home/.config', 'home/.config/msmtp']) mkdirSync(folder.join(name));
    const environment = {
      ...processEnvironment(),
      home: folder.join('home'),
      configHome: undefined,
      etc: folder.join('etc'),
      now: () => new Date(Date.now() + ahead),
    };
    const context = senderContext(new Spool(folder.join('spool')), environment, { complain: () => undefined });
    configuration = (...words) => context.configuration(parseArguments([...words, 'a@x.example']));
    forget = context.forget;
  });
  afterEach(() => folder.remove());

  const write = (file: string, host: string, more = '') =>
    folder.write(file, `account default\nhost ${host}\n${more}`, 0o600);
  const host = (...words: string[]) => configuration(...words).accounts[0]?.settings.get('host')?.value;

  test('is read once while its files are the same, and anew where everything is to be tried now', () => {
    write('etc/mailshimrc', 'first.example');
    ahead = LATER;
    const first = configuration();
    assert.equal(configuration(), first);
    ahead += LATER;
    assert.equal(configuration(), first);
    // With --account, --host does not replace it.
    assert.notEqual(configuration('--host=h.example'), configuration('--host=h.example', '--account=default'));
    assert.equal(configuration(), first);
    forget();
    assert.notEqual(configuration(), first);
  });

  test('a change in the same millisecond, of as many bytes, is seen', () => {
    for (let count = 0; count < 200; count++) {
      write('etc/mailshimrc', `${1000 + count}.example`);
      assert.equal(host(), `${1000 + count}.example`);
    }
  });

  const changes: [name: string, change: () => void, host: string | undefined][] = [
    ['another size', () => write('etc/mailshimrc', 'second1.example'), 'second1.example'],
    [
      'another file',
      () => {
        write('etc/new', 'second.example');
        renameSync(folder.join('etc/new'), folder.join('etc/mailshimrc'));
      },
      'second.example',
    ],
    ['removed', () => rmSync(folder.join('etc/mailshimrc')), undefined],
    ['a file of the user', () => write('home/.mailshimrc', 'second.example'), 'second.example'],
    ['a file of msmtp’s that mailshimrc replaces', () => write('home/.msmtprc', 'second.example'), 'first0.example'],
    [
      'a file of msmtp’s in its place',
      () => {
        rmSync(folder.join('etc/mailshimrc'));
        write('home/.config/msmtp/config', 'second.example');
      },
      'second.example',
    ],
    [
      'a link to another file',
      () => {
        write('etc/other', 'second.example');
        rmSync(folder.join('etc/mailshimrc'));
        symlinkSync('other', folder.join('etc/mailshimrc'));
      },
      'second.example',
    ],
  ];
  for (const [name, change, expected] of changes)
    test(`once its files are at rest, ${name} is seen at once`, () => {
      write('etc/mailshimrc', 'first0.example');
      ahead = LATER;
      assert.equal(host(), 'first0.example');
      change();
      assert.equal(host(), expected);
    });

  test('what a link leads to is seen', () => {
    write('etc/one', 'one.example');
    write('etc/three', 'three.example');
    symlinkSync('one', folder.join('etc/current'));
    symlinkSync('current', folder.join('etc/mailshimrc'));
    ahead = LATER;
    assert.equal(host(), 'one.example');
    rmSync(folder.join('etc/current'));
    symlinkSync('three', folder.join('etc/current'));
    assert.equal(host(), 'three.example');
    write('etc/three', 'longer.three.example');
    assert.equal(host(), 'longer.three.example');
  });

  test('the output of a command is used for a second, unless a file changes', () => {
    const output = folder.join('output');
    const evaluated = `eval cat ${output}\n`;
    const user = () => configuration().accounts[0]?.settings.get('user')?.value;
    writeFileSync(output, 'user one\n');
    write('etc/mailshimrc', 'first.example', evaluated);
    ahead = LATER;
    assert.equal(user(), 'one');
    writeFileSync(output, 'user two\n');
    assert.equal(user(), 'one');
    ahead += 1000;
    assert.equal(user(), 'two');
    writeFileSync(output, 'user three\n');
    write('etc/mailshimrc', 'second1.example', evaluated);
    assert.deepEqual([host(), user()], ['second1.example', 'three']);
  });
});
