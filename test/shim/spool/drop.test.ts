// The drop folder of a daemon: what other users may do with it, and what the daemon takes out of it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs, {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { crc32 } from 'node:zlib';
import { COMMITTED, commit, entryId, prepareSpool } from '../../../shim/spool/commit.ts';
import { DropFolder } from '../../../shim/spool/drop.ts';
import { encodeEntry, MAX_LINE, openEntry, type Submission } from '../../../shim/spool/entry.ts';
import { DEFAULT_DROP_LIMITS, type DropLimits } from '../../../shim/spool/judge.ts';
import { timeOfId } from '../../../shim/spool/listing.ts';
import { checkDrop } from '../../../shim/spool/place.ts';
import { Spool } from '../../../shim/spool/queue.ts';
import { isFull } from '../../../shim/spool/share.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { run, runShim } from '../../support/program.ts';

const WEB = 33;
const NOBODY = 65534;
/** What the system notes of a file cannot be chosen, so that these tests are of today. */
const NOW = Date.now();
const HOUR = 3_600_000;
const SUBMISSION: Submission = {
  acceptedAt: NOW,
  seed: '0123456789abcdef0123456789abcdef',
  recipients: ['a@x.example'],
};
const MESSAGE = Buffer.from('From: s@x.example\nSubject: s\n\nbody\n');

describe('the drop folder', { skip: process.getuid?.() !== 0 && 'only root can be several users' }, () => {
  const folder = temporaryFolder();
  const spool = new Spool(folder.join('spool'));
  const drop = join(spool.folder, 'drop');
  let number = 0;
  const random = () => (number++).toString(16).padStart(13, '0');
  /** The time of the daemon, `ahead` of now. */
  const open = (limits: Partial<DropLimits> = {}, ahead = 0) => {
    const taken: { id: string; uid: number }[] = [];
    const complaints: string[] = [];
    const folder = new DropFolder({
      spool,
      now: () => Date.now() + ahead,
      random,
      limits: () => ({ ...DEFAULT_DROP_LIMITS, ...limits }),
      taken: (id, uid) => void taken.push({ id, uid }),
      complain: (text) => void complaints.push(text),
    });
    return { folder, taken, complaints };
  };
  const collect = async (limits: Partial<DropLimits> = {}, ahead = 0) => {
    const { folder, taken, complaints } = open(limits, ahead);
    await folder.drain();
    await folder.close();
    return { taken, complaints };
  };
  const rejected = () => {
    const names = existsSync(`${spool.folder}/rejected`) ? readdirSync(join(spool.folder, 'rejected')) : [];
    for (const name of names) unlinkSync(join(spool.folder, 'rejected', name));
    return names;
  };
  const emptyQueue = () => {
    const ids = [...spool.ids('queue')];
    for (const id of ids) spool.remove(id, 'queue');
    return ids.length;
  };
  const name = () => entryId(NOW, random());
  /** As a user puts it there by hand. */
  const put = (id: string, octets: Uint8Array, mode = 0o640 | COMMITTED, uid = WEB) => {
    writeFileSync(join(drop, id), octets);
    chownSync(join(drop, id), uid, uid);
    chmodSync(join(drop, id), mode);
  };
  const encode = (submission: Submission, message: Uint8Array = MESSAGE) =>
    Buffer.concat([...encodeEntry(submission, [message])]);
  /** As a program with its own idea of values writes it. */
  const forge = (members: string) => {
    const line = Buffer.from(`{"mailshim":1,${members}\n`);
    const whole = Buffer.concat([line, MESSAGE]);
    const sum = crc32(whole).toString(16).padStart(8, '0');
    return Buffer.concat([whole, Buffer.from(`\nEND ${String(MESSAGE.length).padStart(14, '0')} ${sum}\n`)]);
  };
  const by = (uid: number, script: string) =>
    run('sh', ['-c', script], { uid, gid: uid, env: { PATH: '/usr/bin:/bin' } });

  before(() => {
    chmodSync(folder.path, 0o755);
    prepareSpool(spool.folder, 0);
    chmodSync(spool.folder, 0o711);
    mkdirSync(drop);
    chmodSync(drop, 0o3733);
    for (const [user, uid] of [
      ['web', WEB],
      ['nobody', NOBODY],
    ] as const) {
      mkdirSync(folder.join(user));
      writeFileSync(
        folder.join(`${user}/.msmtprc`),
        `host relay.invalid\nspool ${spool.folder}\ndelivery queue\npreflight off\n`,
      );
      for (const file of [folder.join(user), folder.join(`${user}/.msmtprc`)]) chownSync(file, uid, uid);
    }
  });
  after(() => folder.remove());

  test('two users hand mail in; neither can list, read, change or remove the other’s', async () => {
    for (const [user, uid] of [
      ['web', WEB],
      ['nobody', NOBODY],
    ] as const) {
      const ran = await runShim(['-t', '-i'], {
        input: `To: ${user}@x.example\nFrom: s@x.example\n\nof ${user}\n`,
        uid,
        gid: uid,
        env: { HOME: folder.join(user) },
      });
      assert.deepEqual(ran, { code: 0, stdout: '', stderr: '' });
    }
    const files = readdirSync(drop).map((id) => join(drop, id));
    assert.equal(files.length, 2);
    const web = files.find((file) => statSync(file).uid === WEB)!;
    for (const script of [
      `ls ${drop}`,
      `cat ${web}`,
      `echo >> ${web}`,
      `rm -f ${web} && test ! -e ${web}`,
      `mv ${web} ${drop}/x`,
      `chmod 777 ${web}`,
      `ls ${spool.folder}/queue`,
    ])
      assert.notEqual((await by(NOBODY, script)).code, 0, script);
    const { taken, complaints } = await collect();
    assert.deepEqual(complaints, []);
    assert.deepEqual(taken.map(({ uid }) => uid).sort(), [WEB, NOBODY].sort());
    assert.deepEqual(readdirSync(drop), []);
    for (const { id, uid } of taken) {
      const { submission, start, size, close, uid: owner } = spool.open('queue', id);
      close();
      const text = readFileSync(spool.path('queue', id))
        .subarray(start, start + size)
        .toString();
      assert.deepEqual(
        [submission.submittedBy, owner, submission.recipients],
        [uid, 0, [uid === WEB ? 'web@x.example' : 'nobody@x.example']],
      );
      assert.match(text, uid === WEB ? /of web\n$/ : /of nobody\n$/);
      assert.equal(statSync(spool.path('queue', id)).mode & 0o7777, 0o600);
      spool.remove(id, 'queue');
    }
  });

  test('a mail whose umask would hide it from the daemon is readable all the same', async () => {
    const before = process.umask(0o777);
    try {
      commit({ kind: 'drop', folder: spool.folder, setUp: true }, SUBMISSION, [MESSAGE], WEB, random);
    } finally {
      process.umask(before);
    }
    assert.deepEqual(
      readdirSync(drop).map((id) => statSync(join(drop, id)).mode & 0o7777),
      [0o640 | COMMITTED],
    );
    spool.remove((await collect()).taken[0]!.id, 'queue');
  });

  test('until it is whole it is no mail; after an hour it is a remnant, empty after ten minutes', async () => {
    const [started, empty] = [name(), name()];
    put(started, encode(SUBMISSION).subarray(0, 50), 0o640);
    put(empty, Buffer.alloc(0), 0o640);
    // Whatever date its owner gives it.
    utimesSync(join(drop, started), 1, 1);
    const left = async (ahead: number) => {
      assert.deepEqual(await collect({}, ahead), { taken: [], complaints: [] });
      return readdirSync(drop).sort();
    };
    assert.deepEqual(await left(HOUR / 7), [started, empty]);
    // A clock that goes back makes nothing old.
    assert.deepEqual(await left(-10 * HOUR), [started, empty]);
    assert.deepEqual(await left(HOUR / 5), [started]);
    assert.deepEqual(await left(HOUR + 60_000), []);
  });

  const LARGE = 1000;
  const refused: [what: string, make: (id: string) => void, complaint: RegExp, kept: number][] = [
    ['a file that says nothing', (id) => put(id, Buffer.alloc(0)), /is empty/, 0],
    ['a file that is something else', (id) => put(id, Buffer.from('x')), /is not a mail of mailshim/, 1],
    ['a mail without its end', (id) => put(id, encode(SUBMISSION).subarray(0, -5)), /its end is missing/, 1],
    [
      'a mail that was changed',
      (id) => put(id, Buffer.from(encode(SUBMISSION).toString('latin1').replace('body', 'BODY'), 'latin1')),
      /its checksum is wrong/,
      1,
    ],
    [
      'settings smuggled in',
      (id) => put(id, encode({ ...SUBMISSION, overrides: { host: 'evil.example', passwordeval: 'id' } })),
      /settings of its own/,
      1,
    ],
    [
      'a configuration of its own',
      (id) => put(id, encode({ ...SUBMISSION, file: '/tmp/evil' })),
      /settings of its own/,
      1,
    ],
    [
      'a file of 2 GiB without a cost',
      (id) => {
        put(id, encode(SUBMISSION), 0o750, 0);
        execFileSync('truncate', ['-s', '2G', join(drop, id)]);
        chownSync(join(drop, id), WEB, WEB);
      },
      /is larger than/,
      1,
    ],
    [
      'a whole mail that is larger than mails may be',
      (id) => put(id, encode(SUBMISSION, Buffer.alloc(LARGE + MAX_LINE, 'x'))),
      /is larger than 1000 bytes/,
      1,
    ],
    [
      'a mail accepted after it was written',
      (id) => put(id, encode({ ...SUBMISSION, acceptedAt: NOW + 50 * HOUR })),
      /a time of acceptance after/,
      1,
    ],
    [
      'a time beyond all dates',
      (id) => put(id, forge(`"acceptedAt":1e300,"seed":"${SUBMISSION.seed}","recipients":["a@x"]}`)),
      /acceptedAt/,
      1,
    ],
    [
      'a time before 1970',
      (id) => put(id, forge(`"acceptedAt":-1,"seed":"${SUBMISSION.seed}","recipients":["a@x"]}`)),
      /acceptedAt/,
      1,
    ],
    [
      'half a character',
      (id) => put(id, forge(`"acceptedAt":1,"seed":"${SUBMISSION.seed}","recipients":["\\ud800@x"]}`)),
      /recipients/,
      1,
    ],
    [
      'a date of the future',
      (id) => {
        put(id, encode(SUBMISSION));
        utimesSync(join(drop, id), 4_102_444_800, 4_102_444_800);
      },
      /a date of the future/,
      1,
    ],
    [
      'a hard link',
      (id) => {
        put(id, encode(SUBMISSION));
        linkSync(join(drop, id), folder.join(`kept-${id}`));
      },
      /another name elsewhere/,
      0,
    ],
    ['a name that is none of ours', (id) => put(`.${id}`, encode(SUBMISSION)), /no name of a mail/, 1],
    [
      'a name that is no text',
      (id) => writeFileSync(Buffer.from(`${drop}/\xff${id}`, 'latin1'), 'x'),
      /drop\/\?\w+ has no name/,
      1,
    ],
    ['a link to a secret', (id) => symlinkSync('/etc/shadow', join(drop, id)), /is not a plain file/, 0],
    ['a FIFO', (id) => void execFileSync('mkfifo', ['-m', '777', join(drop, id)]), /is not a plain file/, 0],
    ['a folder', (id) => mkdirSync(join(drop, id)), /is a folder/, 0],
  ];
  for (const [what, make, complaint, kept] of refused) {
    test(`${what} is not taken: it goes aside, with a line for the log, and the mail behind it is sent`, async () => {
      make(name());
      put(name(), encode(SUBMISSION));
      const { taken, complaints } = await collect({ message: LARGE });
      assert.deepEqual([taken.length, emptyQueue(), complaints.length], [1, 1, 1]);
      assert.match(complaints[0]!, complaint);
      assert.deepEqual(readdirSync(drop), []);
      assert.equal(rejected().length, kept);
    });
  }

  test('a file of holes: 8 KB of its owner’s disk stay 8 KB', async () => {
    const size = 40 * 1024 * 1024;
    const whole = encode(SUBMISSION, Buffer.alloc(size));
    const id = name();
    put(id, whole.subarray(0, 300));
    const file = openSync(join(drop, id), 'r+');
    writeSync(file, whole, whole.length - 300, 300, whole.length - 300);
    closeSync(file);
    chmodSync(join(drop, id), 0o640 | COMMITTED);
    assert.ok(statSync(join(drop, id)).blocks * 512 < size / 100);
    const { taken, complaints } = await collect();
    assert.deepEqual([taken, readdirSync(join(spool.folder, 'tmp'))], [[], []]);
    assert.match(complaints[0]!, /has holes/);
    assert.equal(rejected().length, 1);
  });

  test('a folder that cannot be removed stays, is said once, and blocks nothing', async () => {
    const id = name();
    mkdirSync(join(drop, id));
    writeFileSync(join(drop, id, 'x'), '');
    put(name(), encode(SUBMISSION));
    const { folder, taken, complaints } = open();
    for (let round = 0; round < 3; round++) await folder.drain();
    await folder.close();
    assert.deepEqual([taken.length, complaints.length, emptyQueue()], [1, 1, 1]);
    execFileSync('rm', ['-rf', join(drop, id)]);
  });

  test('what users leave is said in a line each, however much it is, and little of it is kept', async () => {
    for (let count = 0; count < 300; count++) put(name(), Buffer.from('x'), 0o750, count % 3 === 0 ? NOBODY : WEB);
    const { complaints } = await collect();
    assert.deepEqual(complaints.map((line) => /^drop: refused \d+ of uid \d+ \([^)]*\)/.exec(line)?.[0]).sort(), [
      'drop: refused 100 of uid 65534 (100 kept)',
      'drop: refused 200 of uid 33 (100 kept, 100 removed)',
    ]);
    assert.deepEqual([readdirSync(drop).length, rejected().length], [0, 200]);
  });

  test('mails beyond a share wait, and are taken; nothing else stays, once its writer had time to finish', async () => {
    for (let count = 0; count < 250; count++) put(name(), encode(SUBMISSION));
    for (let count = 0; count < 30; count++) put(name(), Buffer.from('x'), 0o640);
    const { taken, complaints } = await collect({ files: 10 });
    assert.deepEqual([taken.length, emptyQueue(), complaints, readdirSync(drop).length], [250, 250, [], 30]);
    const later = await collect({ files: 10 }, 10_000);
    assert.deepEqual([later.complaints.length, readdirSync(drop).length], [1, 10]);
    const large = await collect({ bytes: 5 }, 10_000);
    assert.deepEqual([large.complaints.length, readdirSync(drop).length], [1, 5]);
    execFileSync('sh', ['-c', `rm ${drop}/*`]);
    rejected();
  });

  test('one user’s mails do not wait until another’s are through', async () => {
    for (let count = 0; count < 400; count++) put(`0${name().slice(1)}`, encode(SUBMISSION));
    put(`Z${name().slice(1)}`, encode(SUBMISSION), 0o750, NOBODY);
    const { taken } = await collect();
    const at = taken.findIndex(({ uid }) => uid === NOBODY);
    assert.ok(at >= 0 && at < 200, `${at}`);
    assert.equal(emptyQueue(), 401);
  });

  test('a user with his share is told to his program, until it is used up', async () => {
    const { folder } = open({ files: 3 });
    for (let count = 0; count < 3; count++) put(name(), Buffer.from('x'), 0o640);
    await folder.drain();
    assert.deepEqual([isFull(spool.folder, WEB, NOW), isFull(spool.folder, NOBODY, NOW)], [true, false]);
    // A daemon that says nothing any more is not believed.
    assert.equal(isFull(spool.folder, WEB, NOW + HOUR), false);
    const place = { kind: 'drop', folder: spool.folder, setUp: true } as const;
    assert.throws(() => commit(place, SUBMISSION, [MESSAGE], WEB, random), /has its share of the drop folder/);
    assert.equal(readdirSync(drop).length, 3);
    execFileSync('sh', ['-c', `rm ${drop}/*`]);
    await folder.drain();
    assert.equal(isFull(spool.folder, WEB, NOW), false);
    await folder.close();
  });

  /** The names that were looked at until `id` was taken, which is noticed after `before`. */
  const lookedAt = async (id: string, before: readonly string[] = []) => {
    const { folder, taken } = open();
    const looked: string[] = [];
    const files = fs as { lstatSync: (path: string, options: object) => unknown };
    const real = files.lstatSync;
    await folder.drain();
    files.lstatSync = (path, options) => {
      if (path.startsWith(drop)) looked.push(path.slice(drop.length + 1));
      return real(path, options);
    };
    syncBuiltinESMExports();
    try {
      put(id, encode(SUBMISSION));
      for (const each of [...before, id]) folder.notice(each);
      while (taken.length === 0) await new Promise((resolve) => setImmediate(resolve));
      await folder.close();
      assert.deepEqual(
        taken.map((mail) => mail.id),
        [id],
      );
    } finally {
      files.lstatSync = real;
      syncBuiltinESMExports();
    }
    emptyQueue();
    return looked;
  };

  test('the system names what comes: no other name is looked at for it', async () => {
    put(name(), Buffer.from('x'), 0o640);
    const id = name();
    assert.deepEqual(new Set(await lookedAt(id)), new Set([id]));
    execFileSync('sh', ['-c', `rm ${drop}/*`]);
  });

  test('what comes after a flood of names is looked at before them, however many they are', async () => {
    for (const count of [1000, 50_000]) {
      const id = name();
      const flood = Array.from({ length: count }, (_, at) => `Z${String(at).padStart(15, '0')}`);
      assert.equal((await lookedAt(id, flood))[0], id, `${count}`);
    }
  });

  test('a disk that is full for a while loses no mail', async () => {
    for (let count = 0; count < 3; count++) put(name(), encode(SUBMISSION));
    const real = fs.renameSync;
    fs.renameSync = () => {
      throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
    };
    syncBuiltinESMExports();
    try {
      const { taken, complaints } = await collect();
      assert.deepEqual([taken, complaints.length, readdirSync(drop).length], [[], 1, 3]);
      assert.match(complaints[0]!, /ENOSPC/);
    } finally {
      fs.renameSync = real;
      syncBuiltinESMExports();
    }
    assert.deepEqual(readdirSync(join(spool.folder, 'tmp')), []);
    assert.equal((await collect()).taken.length, 3);
    assert.equal(emptyQueue(), 3);
  });

  test('its age is what the system knows: neither 1970 by its name, nor by what it says', async () => {
    put('0000000000000000', encode(SUBMISSION));
    put(entryId(0, random()), encode({ ...SUBMISSION, acceptedAt: 0 }));
    const { taken } = await collect();
    assert.equal(taken.length, 2);
    for (const { id } of taken) {
      const { submission, close } = spool.open('queue', id);
      close();
      for (const at of [submission.acceptedAt, timeOfId(id)]) assert.ok(NOW - at < 25 * HOUR && at <= Date.now(), id);
    }
    emptyQueue();
  });

  test('what its owner writes later does not reach the queue', async () => {
    const id = name();
    put(id, encode(SUBMISSION));
    const kept = openSync(join(drop, id), 'r+');
    const [taken] = (await collect()).taken;
    writeSync(kept, 'changed', 0);
    closeSync(kept);
    const entry = openEntry(spool.path('queue', taken!.id));
    entry.close();
    assert.deepEqual([taken!.id, entry.submission.seed], [id, SUBMISSION.seed]);
    spool.remove(taken!.id, 'queue');
  });

  test('a name of a mail that is there already, waiting or failed, takes the place of neither', async () => {
    const id = name();
    put(id, encode(SUBMISSION));
    await collect();
    put(id, encode({ ...SUBMISSION, seed: 'f'.repeat(32) }));
    const second = (await collect()).taken;
    assert.equal(second.length, 1);
    assert.notEqual(second[0]!.id, id);
    assert.equal(spool.open('queue', id).submission.seed, SUBMISSION.seed);
    spool.move(id, 'queue', 'failed');
    put(id, Buffer.from('x'));
    assert.equal((await collect()).complaints.length, 1);
    assert.equal(spool.open('failed', id).submission.seed, SUBMISSION.seed);
    for (const other of [...spool.ids('failed')]) spool.remove(other, 'failed');
    spool.remove(second[0]!.id, 'queue');
    rejected();
  });

  test('taken by a daemon that ended before it could remove it: not taken twice', async () => {
    const id = name();
    put(id, encode(SUBMISSION));
    await collect();
    put(id, encode(SUBMISSION));
    assert.deepEqual((await collect()).taken, []);
    assert.deepEqual([...spool.ids('queue')], [id]);
    assert.deepEqual(readdirSync(drop), []);
    spool.remove(id, 'queue');
  });

  test('a drop folder that lets others read or remove is not served', () => {
    for (const mode of [0o777, 0o1777, 0o3777, 0o2733, 0o755]) {
      chmodSync(drop, mode);
      assert.throws(() => checkDrop(spool.folder, 0), /chmod 3733/, mode.toString(8));
    }
    chmodSync(drop, 0o3733);
    checkDrop(spool.folder, 0);
    assert.throws(() => checkDrop(spool.folder, WEB), /belongs to uid 0, not to 33/);
    assert.throws(() => checkDrop(folder.path, 0), /is missing; make it by/);
  });
});
