// A mail made safe: in which order, in which folders, and what is refused.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { ExitError } from '../../../shim/exit.ts';
import { commit, ENTRY_ID, entryId, FOLDERS } from '../../../shim/spool/commit.ts';
import { openEntry, type Submission } from '../../../shim/spool/entry.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { runShim } from '../../support/program.ts';

const SUBMISSION: Submission = {
  acceptedAt: Date.UTC(2026, 10, 24),
  seed: '0123456789abcdef0123456789abcdef',
  recipients: ['a@x.example'],
};
const MESSAGE = Buffer.from('Subject: s\n\nbody\n');
const euid = process.geteuid!();
const isRoot = euid === 0;

describe('commit', () => {
  const folder = temporaryFolder();
  after(() => folder.remove());
  let number = 0;
  const random = () => (number++).toString(16).padStart(13, '0');
  const put = (spool: string, message: Iterable<Uint8Array> = [MESSAGE]) =>
    commit({ kind: 'private', folder: spool, setUp: false }, SUBMISSION, message, euid, random);
  const refusal = (act: () => unknown): ExitError => {
    try {
      act();
    } catch (error) {
      assert.ok(error instanceof ExitError, String(error));
      return error;
    }
    throw new Error('it was not refused');
  };

  test('makes the spool for its user alone, whatever the umask is, and the mail too', () => {
    const before = process.umask(0);
    try {
      const spool = folder.join('deep/er/spool');
      const { id } = put(spool);
      assert.match(id, ENTRY_ID);
      for (const name of ['..', '.', ...FOLDERS]) assert.equal(statSync(join(spool, name)).mode & 0o7777, 0o700, name);
      assert.equal(statSync(join(spool, 'queue', id)).mode & 0o7777, 0o600);
      assert.deepEqual(readdirSync(join(spool, 'tmp')), []);
      const entry = openEntry(join(spool, 'queue', id));
      entry.close();
      assert.deepEqual(entry.submission, SUBMISSION);
    } finally {
      process.umask(before);
    }
  });

  test('ids sort by time', () => {
    const ids = [0, 1, 35, 36, SUBMISSION.acceptedAt, SUBMISSION.acceptedAt + 1, 2 ** 41].map((time) =>
      entryId(time, 'ffffffffffffffff'),
    );
    assert.deepEqual([...ids].sort(), ids);
    for (const id of ids) assert.match(id, ENTRY_ID);
    for (const time of [-1, 2 ** 60]) assert.match(entryId(time, '0'), ENTRY_ID);
  });

  test('a name that is taken is passed over, and never written to', () => {
    const spool = folder.join('taken');
    const { id } = put(spool);
    writeFileSync(join(spool, 'tmp', entryId(SUBMISSION.acceptedAt, number.toString(16).padStart(13, '0'))), 'old');
    const other = put(spool);
    assert.notEqual(other.id, id);
    assert.equal(readdirSync(join(spool, 'queue')).length, 2);
  });

  for (const mode of [0o777, 0o770, 0o702]) {
    test(`a folder of mode ${mode.toString(8)} is refused with 73, and nothing is left in it`, () => {
      const spool = folder.join(`open-${mode}`);
      mkdirSync(spool);
      chmodSync(spool, mode);
      const { code, message } = refusal(() => put(spool));
      assert.deepEqual([code, /can be written by others; chmod 0700/.test(message)], [73, true]);
      assert.deepEqual(readdirSync(join(spool, 'queue')), []);
    });
  }

  test('a link and another user’s folder are refused with 73', {
    skip: !isRoot && 'only root can give files away',
  }, () => {
    const real = folder.join('real');
    mkdirSync(real, { mode: 0o700 });
    symlinkSync(real, folder.join('link'));
    const linked = refusal(() => put(folder.join('link')));
    assert.deepEqual([linked.code, /is a link; name the directory that it refers to/.test(linked.message)], [73, true]);
    const foreign = folder.join('foreign');
    mkdirSync(foreign, { mode: 0o700 });
    chownSync(foreign, 33, 33);
    const { code, message } = refusal(() => put(foreign));
    assert.deepEqual([code, /belongs to uid 33, not to 0/.test(message)], [73, true]);
  });

  test('a message that fails half way leaves nothing', () => {
    const spool = folder.join('half');
    put(spool);
    const before = readdirSync(join(spool, 'queue'));
    function* failing() {
      yield MESSAGE;
      throw new ExitError(65, 'enough');
    }
    assert.equal(refusal(() => put(spool, failing())).code, 65);
    assert.deepEqual(readdirSync(join(spool, 'tmp')), []);
    assert.deepEqual(readdirSync(join(spool, 'queue')), before);
  });

  test('tidied up under its feet, it begins anew', () => {
    const spool = folder.join('tidied');
    put(spool);
    let times = 0;
    const message = {
      *[Symbol.iterator]() {
        yield MESSAGE;
        if (times++ === 0)
          for (const name of readdirSync(join(spool, 'tmp'))) execFileSync('rm', [join(spool, 'tmp', name)]);
      },
    };
    const { id } = put(spool, message);
    assert.equal(times, 2);
    assert.ok(existsSync(join(spool, 'queue', id)));
  });

  for (const name of ['tmp', 'queue']) {
    test(`${name} that is a file: 73 or 74 and a reason, as a user sees it`, async () => {
      const spool = folder.join(`odd-${name}`);
      put(spool);
      execFileSync('rm', ['-r', join(spool, name)]);
      writeFileSync(join(spool, name), '');
      const { code } = refusal(() => put(spool));
      assert.ok(code === 73 || code === 74);
      const config = folder.write(
        'rc',
        `host 127.0.0.1\nport 9\ntls off\npreflight off\ndelivery queue\nfrom s@x.example\nspool ${spool}\n`,
      );
      const ran = await runShim(['-C', config, 'a@x.example'], { input: MESSAGE });
      assert.ok(ran.code === 73 || ran.code === 74, String(ran.code));
      assert.match(ran.stderr, /^mailshim: [^\n]*the spool [^\n]*\n$/);
    });
  }
});
