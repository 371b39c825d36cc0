// What the doctor says of what PHP starts: launcher or program, and the sender's socket. The machine is a folder, and the sender a server.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  linkSync,
  mkdirSync,
  openSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { Account } from '../../../shim/config/account.ts';
import type { DoctorContext } from '../../../shim/doctor/context.ts';
import { checkStarted } from '../../../shim/doctor/program.ts';
import { findPhp } from '../../../shim/php/sites.ts';
import { AWAKE, writeVersion } from '../../../shim/spool/wake.ts';
import { type TemporaryFolder, temporaryFolder } from '../../support/folder.ts';

const LAUNCHER = '\x7fELF mailshim-call 1\0';
const PROGRAM = '#!/usr/bin/node\n';
const VERSION = '1.2.3';
const isRoot = process.getuid!() === 0;
const rootAlone = isRoot ? false : 'only root gives files away';

describe('what PHP starts', () => {
  let folder: TemporaryFolder;
  let ends: (() => void)[];
  beforeEach(() => {
    folder = temporaryFolder('mailshim-d-');
    chmodSync(folder.path, 0o755);
    ends = [];
  });
  afterEach(() => {
    for (const end of ends) end();
    folder.remove();
  });

  function put(file: string, content: string): void {
    mkdirSync(dirname(folder.join(file)), { recursive: true });
    writeFileSync(folder.join(file), content, { mode: 0o755 });
  }
  function link(file: string, target: string): void {
    mkdirSync(dirname(folder.join(file)), { recursive: true });
    symlinkSync(target, folder.join(file));
  }
  const spool = () => folder.join('var/spool/mailshim');
  function makeSpool(): void {
    mkdirSync(join(spool(), 'drop'), { recursive: true });
  }
  async function listen(answer: string, mode = 0o666): Promise<Server> {
    makeSpool();
    const server = createServer((socket) => socket.on('error', () => undefined).once('data', () => socket.end(answer)));
    await new Promise<void>((resolve) => server.listen(join(spool(), 'socket'), resolve));
    chmodSync(join(spool(), 'socket'), mode);
    ends.push(() => server.close());
    return server;
  }
  /** Its name outlives its server, as after SIGKILL. */
  async function leaveSocket(): Promise<void> {
    makeSpool();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(spool(), 'old'), resolve));
    linkSync(join(spool(), 'old'), join(spool(), 'socket'));
    await new Promise((resolve) => server.close(resolve));
  }
  function wake(): void {
    makeSpool();
    execFileSync('mkfifo', [join(spool(), AWAKE)]);
    const descriptor = openSync(join(spool(), AWAKE), constants.O_RDONLY | constants.O_NONBLOCK);
    ends.push(() => closeSync(descriptor));
  }
  const context = (change: Partial<DoctorContext> = {}): DoctorContext =>
    ({
      root: folder.path,
      program: '/usr/bin/mailshim',
      version: VERSION,
      environment: { etc: folder.join('etc'), systemSpool: spool(), home: folder.join('home') },
      account: { file: folder.join('etc/mailshimrc') } as Account,
      php: { machine: findPhp(folder.path) } as DoctorContext['php'],
      web: { name: 'www-data', uid: process.getuid!(), gid: process.getgid!() },
      ...change,
    }) as DoctorContext;
  const found = async (change?: Partial<DoctorContext>) =>
    (await checkStarted(context(change))).map(({ id, level, ...rest }) => [
      id,
      level,
      (rest as { args: { why?: string } }).args.why,
    ]);

  test('nothing is said of what is not there, or is not ours', async () => {
    assert.deepEqual(await found(), []);
    put('etc/php.ini', 'sendmail_path = /usr/bin/msmtp -t\n');
    put('usr/bin/msmtp', PROGRAM);
    assert.deepEqual(await found(), []);
  });

  const files: [name: string, make: () => void, ids: string[]][] = [
    ['the program', () => put('usr/bin/mailshim', PROGRAM), ['program.unlaunched']],
    ['the launcher', () => put('usr/bin/mailshim', LAUNCHER), ['program.launched']],
    [
      'a link to the program',
      () => {
        put('usr/local/lib/mailshim/mailshim', PROGRAM);
        link('usr/bin/mailshim', '../local/lib/mailshim/mailshim');
      },
      ['program.unlaunched'],
    ],
    [
      'a link of that machine to the launcher',
      () => {
        put('usr/local/lib/mailshim/launcher', LAUNCHER);
        link('usr/bin/mailshim', '/usr/local/lib/mailshim/launcher');
      },
      ['program.launched'],
    ],
    [
      'sendmail, without a setting, is a link to the launcher',
      () => {
        put('etc/php.ini', '\n');
        put('usr/bin/mailshim', LAUNCHER);
        link('usr/sbin/sendmail', '../bin/mailshim');
      },
      ['program.launched'],
    ],
    [
      'one of two starts the launcher',
      () => {
        put('etc/php/8.2/fpm/php.ini', 'sendmail_path = /usr/bin/mailshim --lock -t -i\n');
        put('etc/php/8.2/cli/php.ini', 'sendmail_path = /usr/lib/mailshim/mailshim --lock -t -i\n');
        put('usr/bin/mailshim', LAUNCHER);
        put('usr/lib/mailshim/mailshim', PROGRAM);
      },
      ['program.launched', 'program.unlaunched'],
    ],
  ];
  for (const [name, make, ids] of files)
    test(name, async () => {
      make();
      await listen('not-mine\n');
      const results = await found();
      assert.deepEqual(
        results.map(([id]) => id),
        ids,
      );
      assert.ok(results.every(([, level]) => level === 'ok' || level === 'skipped'));
    });

  const sockets: [name: string, make: () => unknown, expected: [string, string, string?], change?: () => object][] = [
    ['the sender answers', () => listen('not-mine\n'), ['program.launched', 'ok']],
    [
      'it is of this version',
      async () => {
        await listen('not-mine\n');
        writeVersion(spool(), VERSION);
      },
      ['program.launched', 'ok'],
    ],
    [
      'it is of another version',
      async () => {
        await listen('not-mine\n');
        writeVersion(spool(), '1.2.2');
      },
      ['program.other-version', 'warning'],
    ],
    [
      'it says something else',
      () => listen('220 mail.shop.example ESMTP\r\n'),
      ['program.unheard', 'warning', 'silent'],
    ],
    ['it says nothing and goes', () => listen(''), ['program.unheard', 'warning', 'silent']],
    ['no sender is running', makeSpool, ['program.launched-idle', 'ok']],
    ['a sender was killed', leaveSocket, ['program.launched-idle', 'ok']],
    [
      'a sender is running, and the socket is an old one',
      async () => {
        await leaveSocket();
        wake();
      },
      ['program.unheard', 'warning', 'deaf'],
    ],
    ['a sender is running, and there is no socket', wake, ['program.unheard', 'warning', 'deaf']],
    [
      'PHP may not connect',
      () => listen('not-mine\n', 0o600),
      ['program.unheard', 'warning', 'denied'],
      () => ({ web: { name: 'www-data', uid: 65533, gid: 65533 } }),
    ],
    [
      'the spool is where the launcher does not look',
      () => listen('not-mine\n'),
      ['program.unheard', 'skipped', 'elsewhere'],
      () => ({ account: { file: folder.join('etc/mailshimrc'), spool: folder.join('elsewhere') } }),
    ],
    ['there is no configuration', () => undefined, ['program.launched-alone', 'ok'], () => ({ account: undefined })],
  ];
  for (const [name, make, [id, level, why], change] of sockets)
    test(name, async () => {
      put('usr/bin/mailshim', LAUNCHER);
      await make();
      assert.deepEqual(await found(change?.()), [[id, level, why]]);
    });

  test("a socket that is another user's than the spool", { skip: rootAlone }, async () => {
    put('usr/bin/mailshim', LAUNCHER);
    await listen('not-mine\n');
    chownSync(join(spool(), 'socket'), 12345, 12345);
    assert.deepEqual(await found(), [['program.unheard', 'warning', 'foreign']]);
    chownSync(join(spool(), 'drop'), 12345, 12345);
    assert.deepEqual(await found(), [['program.launched', 'ok', undefined]]);
  });
});
