// The drop folder of a daemon: what other users may do with it, and what the daemon takes out of it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { COMMITTED, commit, entryId, prepareSpool } from '../../../shim/spool/commit.ts';
import { checkDrop, collectDrop } from '../../../shim/spool/drop.ts';
import { encodeEntry, openEntry, type Submission } from '../../../shim/spool/entry.ts';
import { Spool } from '../../../shim/spool/queue.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { run, runShim } from '../../support/program.ts';

const WEB = 33;
const NOBODY = 65534;
const NOW = Date.UTC(2026, 10, 24);
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
  const collect = (now = NOW) => collectDrop(spool, now, random);
  const name = () => entryId(NOW, random());
  /** As a user puts it there by hand. */
  const put = (id: string, octets: Uint8Array, mode = 0o640 | COMMITTED, uid = WEB) => {
    writeFileSync(join(drop, id), octets);
    chownSync(join(drop, id), uid, uid);
    chmodSync(join(drop, id), mode);
  };
  const encode = (submission: Submission) => Buffer.concat([...encodeEntry(submission, [MESSAGE])]);
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
    const { taken, complaints } = collect();
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
    spool.remove(collect().taken[0]!.id, 'queue');
  });

  test('until it is whole it is no mail; after an hour it is a remnant', () => {
    const id = name();
    put(id, encode(SUBMISSION).subarray(0, 50), 0o640);
    utimesSync(join(drop, id), NOW / 1000, NOW / 1000);
    assert.deepEqual(collect(NOW + HOUR).taken, []);
    assert.ok(existsSync(join(drop, id)));
    // A clock that goes back makes nothing old.
    collect(NOW - 10 * HOUR);
    assert.ok(existsSync(join(drop, id)));
    collect(NOW + HOUR + 1);
    assert.equal(existsSync(join(drop, id)), false);
  });

  const refused: [what: string, make: (id: string) => void, complaint: RegExp][] = [
    ['a file that says nothing', (id) => put(id, Buffer.alloc(0)), /is no mail of ours|its end/],
    ['a mail without its end', (id) => put(id, encode(SUBMISSION).subarray(0, -5)), /its end is missing/],
    [
      'a mail that was changed',
      (id) => put(id, Buffer.from(encode(SUBMISSION).toString('latin1').replace('body', 'BODY'), 'latin1')),
      /its checksum is wrong/,
    ],
    [
      'settings smuggled in',
      (id) => put(id, encode({ ...SUBMISSION, overrides: { host: 'evil.example', passwordeval: 'id' } })),
      /settings of its own/,
    ],
    [
      'a configuration of its own',
      (id) => put(id, encode({ ...SUBMISSION, file: '/tmp/evil' })),
      /settings of its own/,
    ],
    [
      'a file of 2 GiB without a cost',
      (id) => {
        put(id, encode(SUBMISSION), 0o750, 0);
        execFileSync('truncate', ['-s', '2G', join(drop, id)]);
        chownSync(join(drop, id), WEB, WEB);
      },
      /is larger than/,
    ],
  ];
  for (const [what, make, complaint] of refused) {
    test(`${what} is not taken: it goes to failed/, with a line for the log`, () => {
      const id = name();
      make(id);
      const { taken, complaints } = collect();
      assert.deepEqual(taken, []);
      assert.equal(complaints.length, 1);
      assert.match(complaints[0]!, complaint);
      assert.deepEqual(readdirSync(drop), []);
      assert.ok(spool.has('failed', id));
      spool.remove(id, 'failed');
    });
  }

  for (const [what, script] of [
    ['a link to a secret', (file: string) => `ln -s /etc/shadow ${file}`],
    ['a link to another mail', (file: string) => `ln -s ${spool.folder}/queue ${file}`],
    ['a FIFO', (file: string) => `mkfifo -m 777 ${file}`],
    ['a folder', (file: string) => `mkdir -m 777 ${file}`],
  ] as const) {
    test(`${what}: left alone, and it blocks no mail behind it`, async () => {
      const id = name();
      const made = await by(WEB, script(join(drop, id)));
      assert.deepEqual(made, { code: 0, stdout: '', stderr: '' });
      put(name(), encode(SUBMISSION));
      const { taken, complaints } = collect();
      assert.deepEqual([taken.length, complaints], [1, []]);
      assert.deepEqual([...spool.ids('failed')], []);
      spool.remove(taken[0]!.id, 'queue');
      execFileSync('rm', ['-rf', join(drop, id)]);
    });
  }

  test('a hard link kept outside: what its owner writes later does not reach the queue', () => {
    const id = name();
    put(id, encode(SUBMISSION));
    linkSync(join(drop, id), folder.join('kept'));
    const [taken] = collect().taken;
    writeFileSync(folder.join('kept'), 'changed');
    const entry = openEntry(spool.path('queue', taken!.id));
    entry.close();
    assert.equal(entry.submission.seed, SUBMISSION.seed);
    spool.remove(taken!.id, 'queue');
  });

  test('a name of a mail that is there already, waiting or failed, takes the place of neither', () => {
    const id = name();
    put(id, encode(SUBMISSION));
    collect();
    put(id, encode({ ...SUBMISSION, seed: 'f'.repeat(32) }));
    const second = collect().taken;
    assert.equal(second.length, 1);
    assert.notEqual(second[0]!.id, id);
    assert.equal(spool.open('queue', id).submission.seed, SUBMISSION.seed);
    spool.move(id, 'queue', 'failed');
    put(id, Buffer.from('x'));
    assert.equal(collect().complaints.length, 1);
    assert.equal(spool.open('failed', id).submission.seed, SUBMISSION.seed);
    for (const other of [...spool.ids('failed')]) spool.remove(other, 'failed');
    spool.remove(second[0]!.id, 'queue');
  });

  test('taken by a daemon that ended before it could remove it: not taken twice', () => {
    const id = name();
    put(id, encode(SUBMISSION));
    collect();
    put(id, encode(SUBMISSION));
    assert.deepEqual(collect().taken, []);
    assert.deepEqual([...spool.ids('queue')], [id]);
    assert.deepEqual(readdirSync(drop), []);
    spool.remove(id, 'queue');
  });

  test('names that are none of ours are passed over', () => {
    for (const odd of ['.hidden', 'x', 'lower0000000000z', '-rf']) put(odd, encode(SUBMISSION));
    assert.deepEqual(collect(), { taken: [], complaints: [], more: false });
    for (const odd of ['.hidden', 'x', 'lower0000000000z', '-rf']) execFileSync('rm', ['--', join(drop, odd)]);
  });

  test('a drop folder that lets others read or remove is not served', () => {
    for (const mode of [0o777, 0o1777, 0o3777, 0o2733, 0o755]) {
      chmodSync(drop, mode);
      assert.throws(() => checkDrop(spool.folder), /chmod 3733/, mode.toString(8));
    }
    chmodSync(drop, 0o3733);
    checkDrop(spool.folder);
    assert.throws(() => checkDrop(folder.path), /is missing; make it by/);
  });
});
