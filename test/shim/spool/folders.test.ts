// The spool's folders as states of a mail, the lock that keeps senders apart, and how one is woken.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import fs, {
  chownSync,
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { after, beforeEach, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { mailqTable, queueJson, queueTable } from '../../../shim/commands/queue.text.ts';
import { prepareSpool } from '../../../shim/spool/commit.ts';
import { encodeEntry, type Submission } from '../../../shim/spool/entry.ts';
import { countMails, listMails } from '../../../shim/spool/listing.ts';
import { lockSpool } from '../../../shim/spool/lock.ts';
import { findSpool } from '../../../shim/spool/place.ts';
import { Spool } from '../../../shim/spool/queue.ts';
import { type EntryState, newState, readState, sinceAccepted, writeState } from '../../../shim/spool/state.ts';
import { claimStart, isAwake, started, takeFlush } from '../../../shim/spool/wake.ts';
import { temporaryFolder } from '../../support/folder.ts';

const NOW = Date.UTC(2026, 10, 24);
const HOUR = 3_600_000;
const euid = process.geteuid!();

describe('a spool', () => {
  const folder = temporaryFolder();
  let spool: Spool;
  let number = 0;
  after(() => folder.remove());
  beforeEach(() => {
    spool = new Spool(folder.join(`spool${number++}`));
    prepareSpool(spool.folder, euid);
  });
  const put = (
    id: string,
    where: 'queue' | 'active' | 'hold' | 'failed' | 'drop' = 'queue',
    recipients = ['a@x.example'],
  ) => {
    const submission = { acceptedAt: NOW, seed: '0123456789abcdef0123456789abcdef', recipients };
    writeFileSync(spool.path(where, id), Buffer.concat([...encodeEntry(submission, [Buffer.from('x: y\n\nbody\n')])]));
    return id;
  };
  const STATE: EntryState = { ...newState(), attempts: 3, nextAttempt: NOW, reason: 'why' };

  test('what was in hand goes back, in doubt; at the second time it waits, longer each time', () => {
    put('AAAAAAAAAAAAAAAA', 'active');
    const waits: number[] = [];
    for (let crash = 0; crash < 300; crash++) {
      assert.deepEqual(spool.recover(NOW), ['AAAAAAAAAAAAAAAA']);
      const state = new Spool(spool.folder).state('AAAAAAAAAAAAAAAA');
      assert.equal(state.uncertain, true);
      waits.push(state.nextAttempt === 0 ? 0 : state.nextAttempt - NOW);
      assert.ok(spool.move('AAAAAAAAAAAAAAAA', 'queue', 'active'));
    }
    assert.equal(waits[0], 0);
    assert.ok(waits[1]! > 0 && waits[2]! > waits[1]!);
    assert.equal(Math.max(...waits), HOUR);
  });

  test('recovery keeps what is known of a mail', () => {
    put('AAAAAAAAAAAAAAAA', 'active');
    spool.save('AAAAAAAAAAAAAAAA', { ...STATE, settled: { 'b@x.example': { result: 'delivered', reply: '250 ok' } } });
    spool.recover(NOW);
    const { attempts, settled } = spool.state('AAAAAAAAAAAAAAAA');
    assert.deepEqual([attempts, { ...settled }], [3, { 'b@x.example': { result: 'delivered', reply: '250 ok' } }]);
  });

  test('what is known since a mail was kept that had been tried at once goes before what was known then', () => {
    const submission = { acceptedAt: NOW, recipients: [], earlier: { reason: 'then', uncertain: false } };
    const since = (changes: Partial<EntryState>) => {
      const { attempts, nextAttempt, uncertain, reason } = sinceAccepted(
        { ...newState(), ...changes },
        submission as unknown as Submission,
        () => 0,
      );
      return { attempts, isDue: nextAttempt <= NOW, uncertain, reason };
    };
    const expected = { attempts: 1, isDue: false, uncertain: false, reason: 'then' };
    assert.deepEqual(since({}), expected);
    // After a sender that ended with it in hand.
    assert.deepEqual(since({ uncertain: true, crashes: 1 }), { ...expected, isDue: true, uncertain: true });
    assert.deepEqual(since({ retriedAt: NOW, reason: 'held' }), { ...expected, isDue: true, reason: 'held' });
    assert.deepEqual(since({ attempts: 3 }), { ...expected, attempts: 3, isDue: true, reason: undefined });
  });

  test('sweeping takes what is old and belongs to nobody, and nothing else', () => {
    const old = (file: string) => utimesSync(file, (NOW - HOUR - 1000) / 1000, (NOW - HOUR - 1000) / 1000);
    const fresh = (file: string) => utimesSync(file, NOW / 1000, NOW / 1000);
    put('AAAAAAAAAAAAAAAA');
    put('BBBBBBBBBBBBBBBB', 'failed');
    for (const id of ['AAAAAAAAAAAAAAAA', 'BBBBBBBBBBBBBBBB', 'CCCCCCCCCCCCCCCC', 'DDDDDDDDDDDDDDDD']) {
      spool.save(id, STATE);
      old(spool.path('state', id));
    }
    fresh(spool.path('state', 'DDDDDDDDDDDDDDDD'));
    for (const name of ['left', 'now']) writeFileSync(join(spool.folder, 'tmp', name), '');
    old(join(spool.folder, 'tmp', 'left'));
    fresh(join(spool.folder, 'tmp', 'now'));
    spool.sweep(NOW);
    assert.deepEqual(readdirSync(join(spool.folder, 'state')).sort(), [
      'AAAAAAAAAAAAAAAA',
      'BBBBBBBBBBBBBBBB',
      'DDDDDDDDDDDDDDDD',
    ]);
    assert.deepEqual(readdirSync(join(spool.folder, 'tmp')), ['now']);
    // A clock that went back makes nothing old.
    spool.sweep(NOW - 10 * HOUR);
    assert.deepEqual(readdirSync(join(spool.folder, 'tmp')), ['now']);
    assert.ok(spool.has('queue', 'AAAAAAAAAAAAAAAA'));
  });

  test('a state comes back as it went; a broken one counts as none', () => {
    const settled = { constructor: { result: 'failed', reply: '550' } } as unknown as EntryState['settled'];
    const state: EntryState = { ...STATE, uncertain: true, settled };
    for (const durable of [true, false]) {
      writeState(spool.folder, 'AAAAAAAAAAAAAAAA', state, durable);
      const read = readState(spool.folder, 'AAAAAAAAAAAAAAAA');
      assert.deepEqual({ ...read, settled: { ...read.settled } }, state);
      assert.equal(statSync(spool.path('state', 'AAAAAAAAAAAAAAAA')).mode & 0o777, 0o600);
      assert.equal(read.settled.toString, undefined);
    }
    for (const text of [
      '',
      '{',
      'null',
      '[]',
      '"x"',
      '{"attempts":1}',
      '{"attempts":"1","nextAttempt":0,"uncertain":false,"settled":{}}',
      '{"attempts":1,"nextAttempt":0,"uncertain":false,"settled":null}',
      '{"attempts":1,"nextAttempt":1e300,"uncertain":false,"settled":{}}',
      '{"attempts":1,"nextAttempt":0,"lastAttempt":-1e300,"uncertain":false,"settled":{}}',
      '{"attempts":0.5,"nextAttempt":0,"uncertain":false,"settled":{}}',
    ]) {
      writeFileSync(spool.path('state', 'AAAAAAAAAAAAAAAA'), text);
      assert.deepEqual(readState(spool.folder, 'AAAAAAAAAAAAAAAA'), newState(), text);
    }
    assert.deepEqual(readState(spool.folder, 'nothing'), newState());
    writeFileSync(join(spool.folder, 'tmp', 'AAAAAAAAAAAAAAAA.state'), 'left by a sender that was killed');
    writeState(spool.folder, 'AAAAAAAAAAAAAAAA', STATE, true);
    assert.equal(readState(spool.folder, 'AAAAAAAAAAAAAAAA').attempts, 3);
  });

  test('a state that cannot be written is known for as long as the sender lives', () => {
    execFileSync('rm', ['-r', join(spool.folder, 'state')]);
    for (const durable of [true, false]) {
      spool.save('AAAAAAAAAAAAAAAA', STATE, durable);
      assert.equal(spool.state('AAAAAAAAAAAAAAAA').attempts, 3);
    }
    spool.remove('AAAAAAAAAAAAAAAA', 'queue');
    assert.equal(spool.state('AAAAAAAAAAAAAAAA').attempts, 0);
  });

  test('a sender that ends with a state it could not write leaves the mail in doubt, not forgotten', () => {
    put('AAAAAAAAAAAAAAAA');
    execFileSync('rm', ['-r', join(spool.folder, 'state')]);
    spool.save('AAAAAAAAAAAAAAAA', STATE, true);
    spool.end();
    assert.ok(spool.has('active', 'AAAAAAAAAAAAAAAA'));
    mkdirSync(join(spool.folder, 'state'));
    const next = new Spool(spool.folder);
    next.recover(NOW);
    assert.equal(next.state('AAAAAAAAAAAAAAAA').uncertain, true);
  });

  /** As on a disk that fails for a while: these calls end with EIO. */
  function failing(calls: readonly ('unlinkSync' | 'renameSync')[], act: () => void): void {
    const real = { unlinkSync: fs.unlinkSync, renameSync: fs.renameSync };
    for (const name of calls)
      fs[name] = () => {
        throw Object.assign(new Error('EIO'), { code: 'EIO' });
      };
    syncBuiltinESMExports();
    try {
      act();
    } finally {
      Object.assign(fs, real);
      syncBuiltinESMExports();
    }
  }

  test('a retry is seen also where this sender could not write the state, and forgets nobody who was served', () => {
    put('AAAAAAAAAAAAAAAA');
    const served = { result: 'delivered', reply: '250' } as const;
    const mine = { ...STATE, settled: { 'a@x.example': served, 'b@x.example': { result: 'failed', reply: '550' } } };
    failing(['renameSync'], () => spool.save('AAAAAAAAAAAAAAAA', mine as EntryState));
    assert.equal(spool.state('AAAAAAAAAAAAAAAA').nextAttempt, NOW);
    // Another process, which has not seen what this one knows.
    new Spool(spool.folder).save('AAAAAAAAAAAAAAAA', newState(), true);
    const { nextAttempt, attempts, settled } = spool.state('AAAAAAAAAAAAAAAA');
    assert.deepEqual([nextAttempt, attempts, { ...settled }], [0, 3, { 'a@x.example': served }]);
    // Once the disk takes another state it takes this one, too.
    put('BBBBBBBBBBBBBBBB');
    spool.save('BBBBBBBBBBBBBBBB', STATE);
    const onDisk = new Spool(spool.folder).state('AAAAAAAAAAAAAAAA');
    assert.deepEqual([onDisk.nextAttempt, { ...onDisk.settled }], [0, { 'a@x.example': served }]);
  });

  for (const [what, calls] of [
    ['not be removed', ['unlinkSync']],
    ['neither be removed nor moved', ['unlinkSync', 'renameSync']],
  ] as const) {
    test(`a delivered mail whose file can ${what} is not sent again, and waits nowhere`, () => {
      put('AAAAAAAAAAAAAAAA', 'active');
      failing(calls, () => assert.ok(spool.remove('AAAAAAAAAAAAAAAA', 'active')));
      const shown = (one: Spool) => [[...listMails(one)].map(({ id }) => id), countMails(one).waiting];
      assert.deepEqual(shown(spool), [[], 0]);
      spool.end();
      const next = new Spool(spool.folder);
      assert.deepEqual([next.recover(NOW), shown(next)], [[], [[], 0]]);
      for (const name of ['active', 'queue', 'state'])
        assert.deepEqual(readdirSync(join(spool.folder, name)), [], name);
    });
  }

  test('done with, and on no disk: known to this sender, and noted once the disk takes notes again', () => {
    put('AAAAAAAAAAAAAAAA', 'active');
    failing(['unlinkSync'], () => {
      failing(['unlinkSync', 'renameSync'], () => spool.remove('AAAAAAAAAAAAAAAA', 'active'));
      assert.equal(spool.isDone('AAAAAAAAAAAAAAAA'), true);
    });
    put('BBBBBBBBBBBBBBBB', 'active');
    spool.remove('BBBBBBBBBBBBBBBB', 'active');
    assert.deepEqual([...spool.ids('active')], []);
  });

  test('held with a reason, and released with its time anew', () => {
    put('AAAAAAAAAAAAAAAA', 'active');
    put('BBBBBBBBBBBBBBBB');
    assert.ok(spool.hold('AAAAAAAAAAAAAAAA', 'active', 'too many'));
    assert.ok(spool.hold('BBBBBBBBBBBBBBBB', 'queue', 'too many'));
    assert.equal(spool.hold('CCCCCCCCCCCCCCCC', 'queue', 'too many'), false);
    assert.deepEqual(
      [...listMails(spool)].map(({ id, state, progress }) => [id, state, progress.reason]),
      [
        ['AAAAAAAAAAAAAAAA', 'hold', 'too many'],
        ['BBBBBBBBBBBBBBBB', 'hold', 'too many'],
      ],
    );
    assert.ok(spool.release('AAAAAAAAAAAAAAAA', NOW));
    const { nextAttempt, retriedAt } = spool.state('AAAAAAAAAAAAAAAA');
    assert.deepEqual([[...spool.ids('queue')], nextAttempt, retriedAt], [['AAAAAAAAAAAAAAAA'], 0, NOW]);
    assert.equal(spool.release('AAAAAAAAAAAAAAAA', NOW), false);
  });

  test('an outage puts what waits in doubt, until each was tried; an end in order does not', () => {
    put('AAAAAAAAAAAAAAAA');
    put('BBBBBBBBBBBBBBBB');
    const begin = (boot: string) => {
      const next = new Spool(spool.folder);
      return { next, uncertain: next.begin(boot) };
    };
    const doubtful = (one: Spool) =>
      ['AAAAAAAAAAAAAAAA', 'BBBBBBBBBBBBBBBB', 'CCCCCCCCCCCCCCCC'].filter((id) => one.state(id).uncertain);
    assert.equal(begin('one').uncertain, 0);
    // Killed, and started anew by the same machine: what was in hand is known.
    assert.equal(begin('one').uncertain, 0);
    const after = begin('two');
    assert.equal(after.uncertain, 2);
    put('CCCCCCCCCCCCCCCC');
    assert.deepEqual(doubtful(after.next), ['AAAAAAAAAAAAAAAA', 'BBBBBBBBBBBBBBBB']);
    after.next.save('AAAAAAAAAAAAAAAA', after.next.state('AAAAAAAAAAAAAAAA'));
    // It ends before the other was tried.
    after.next.end();
    const later = begin('two');
    assert.equal(doubtful(later.next).includes('BBBBBBBBBBBBBBBB'), true);
    for (const id of ['AAAAAAAAAAAAAAAA', 'BBBBBBBBBBBBBBBB', 'CCCCCCCCCCCCCCCC']) later.next.remove(id, 'queue');
    later.next.end();
    put('AAAAAAAAAAAAAAAA');
    assert.equal(begin('three').uncertain, 0);
  });

  test('a listing passes over what goes away, and shows what cannot be read', () => {
    put('BBBBBBBBBBBBBBBB');
    put('AAAAAAAAAAAAAAAA');
    writeFileSync(spool.path('queue', 'CCCCCCCCCCCCCCCC'), 'nonsense');
    writeFileSync(spool.path('queue', 'not an id'), '');
    mkdirSync(spool.path('failed', 'DDDDDDDDDDDDDDDD'));
    const mails = [...listMails(spool)];
    assert.deepEqual(
      mails.map(({ id, problem }) => [id, problem]),
      [
        ['AAAAAAAAAAAAAAAA', undefined],
        ['BBBBBBBBBBBBBBBB', undefined],
        ['CCCCCCCCCCCCCCCC', 'is not a mail of mailshim'],
        ['DDDDDDDDDDDDDDDD', 'is not a plain file'],
      ],
    );
    const { waiting, failed } = countMails(spool);
    assert.deepEqual([waiting, failed], [3, 1]);
    for (const text of [queueTable(mails, NOW), mailqTable(mails), queueJson(mails, NOW)])
      for (const { id } of mails) assert.ok(text.includes(id));
    const counts = countMails(new Spool(folder.join('nowhere')));
    assert.deepEqual(counts, { waiting: 0, held: 0, failed: 0, dropped: 0 });
  });

  test('one lock at a time; it is free once its holder ends, however that is', async () => {
    const lock = lockSpool(spool.folder, 0)!;
    assert.ok(lock !== undefined);
    assert.equal(lockSpool(spool.folder, 0), undefined);
    lock.release();
    const again = lockSpool(spool.folder, 0)!;
    assert.ok(again !== undefined);
    again.release();
    const module = pathToFileURL(join(import.meta.dirname, '../../../shim/spool/lock.ts')).href;
    const script = `import { lockSpool } from ${JSON.stringify(module)};
      console.log(lockSpool(${JSON.stringify(spool.folder)}, 0) === undefined ? 'no' : 'held');
      setInterval(() => {}, 1000);`;
    const holder = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const said = await new Promise((resolve) =>
      holder.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString())),
    );
    assert.equal(said, 'held\n');
    assert.equal(lockSpool(spool.folder, 0), undefined);
    const ended = new Promise((resolve) => holder.once('close', resolve));
    holder.kill('SIGKILL');
    await ended;
    const free = lockSpool(spool.folder, 0);
    assert.ok(free !== undefined);
    free.release();
  });

  test('the lock cannot be taken twice by removing its file', () => {
    const lock = lockSpool(spool.folder, 0)!;
    unlinkSync(join(spool.folder, 'lock'));
    assert.equal(lockSpool(spool.folder, 0), undefined);
    lock.release();
    const next = lockSpool(spool.folder, 0);
    assert.ok(next !== undefined);
    next.release();
  });

  test('a spool that was made anew is another sender’s', () => {
    assert.equal(spool.exists(), true);
    spool.begin('one');
    assert.equal(spool.exists(), true);
    renameSync(join(spool.folder, 'queue'), join(spool.folder, 'before'));
    assert.equal(spool.exists(), false);
    mkdirSync(join(spool.folder, 'queue'));
    assert.equal(spool.exists(), false);
    assert.equal(new Spool(spool.folder).exists(), true);
  });

  test('awake is who reads the FIFO; a plain file in its place is nobody', () => {
    assert.equal(isAwake(spool.folder), false);
    const fifo = join(spool.folder, 'awake');
    execFileSync('mkfifo', [fifo]);
    assert.equal(isAwake(spool.folder), false);
    const reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
    assert.equal(isAwake(spool.folder), true);
    closeSync(reader);
    assert.equal(isAwake(spool.folder), false);
    execFileSync('rm', [fifo]);
    writeFileSync(fifo, '');
    assert.equal(isAwake(spool.folder), false);
  });

  test('of many callers one starts the sender; one that never came up is replaced', () => {
    const now = Date.now();
    assert.deepEqual(
      [1, 2, 3].map(() => claimStart(spool.folder, now)),
      [true, false, false],
    );
    assert.equal(claimStart(spool.folder, now + 4000), false);
    assert.equal(claimStart(spool.folder, now + 6000), true);
    started(spool.folder);
    assert.equal(claimStart(spool.folder, now), true);
    // Made by a clock that was ahead.
    assert.equal(claimStart(spool.folder, now - HOUR), true);
  });

  test('a request to try everything is heard once', () => {
    assert.equal(takeFlush(spool.folder), false);
    writeFileSync(join(spool.folder, 'flush'), '');
    assert.deepEqual([takeFlush(spool.folder), takeFlush(spool.folder)], [true, false]);
  });
});

describe('which spool a mail goes to', { skip: euid !== 0 && 'only root can give folders away' }, () => {
  const folder = temporaryFolder();
  after(() => folder.remove());
  const WEB = 33;
  const at = (name: string, owner?: number) => {
    const path = folder.join(name);
    mkdirSync(path, { recursive: true });
    if (owner !== undefined) {
      mkdirSync(join(path, 'drop'), { recursive: true });
      chownSync(join(path, 'drop'), owner, owner);
    }
    return path;
  };
  const home = at('home');
  const system = at('system', WEB);
  const none = folder.join('none');
  const user = (changes: object = {}) => ({ euid: 1000, home, stateHome: undefined, systemSpool: none, ...changes });

  const cases: [
    name: string,
    setting: string | undefined,
    shared: boolean,
    who: ReturnType<typeof user>,
    expected: unknown,
  ][] = [
    ['off', 'off', true, user({ systemSpool: system }), undefined],
    [
      'the daemon’s, for what it knows too',
      undefined,
      true,
      user({ systemSpool: system }),
      { kind: 'drop', folder: system, setUp: true },
    ],
    [
      'the daemon itself keeps in its own',
      undefined,
      true,
      user({ systemSpool: system, euid: WEB }),
      { kind: 'private', folder: system, setUp: true },
    ],
    [
      'not the daemon’s, for what it does not know',
      undefined,
      false,
      user({ systemSpool: system }),
      { kind: 'private', folder: join(home, '.local/state/mailshim/spool'), setUp: false },
    ],
    [
      '$XDG_STATE_HOME',
      undefined,
      true,
      user({ stateHome: '/state' }),
      { kind: 'private', folder: '/state/mailshim/spool', setUp: false },
    ],
    ['a home that is not there', undefined, true, user({ home: none }), undefined],
    ['a home that a web server shows', undefined, true, user({ home: '/var/www' }), undefined],
    ['no home', undefined, true, user({ home: undefined }), undefined],
    ['one that is named and not there yet', none, true, user(), { kind: 'private', folder: none, setUp: false }],
    [
      'one that is named and there',
      at('named'),
      true,
      user(),
      { kind: 'private', folder: folder.join('named'), setUp: true },
    ],
    ['a daemon’s that is named', system, false, user(), { kind: 'drop', folder: system, setUp: true }],
  ];
  for (const [name, setting, shared, who, expected] of cases) {
    test(name, () => assert.deepEqual(findSpool(setting, shared, who), expected));
  }
});
