// A mail on its path from the launcher to the queue of a daemon: at no point can another user list, read, change or remove it.
// The same for mail that the program leaves in the drop folder is in test/shim/spool/drop.test.ts.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openEntry } from '../../shim/spool/entry.ts';
import { type Daemon, startDaemon, variablesOf } from '../support/calls-daemon.ts';
import { until } from '../support/fault-spool.ts';
import { hermetic } from '../support/hermetic.ts';
import { type Launched, launchedInto, noLauncher } from '../support/launched.ts';
import { run, runShim } from '../support/program.ts';

const WEB = 33;
const OTHER = 65534;
const DAEMON = 4321;
const skip = noLauncher || (process.getuid?.() !== 0 && 'only root can be several users');

describe('permissions of mail that the launcher hands over', { skip }, () => {
  let daemon: Daemon;
  let launched: Launched;
  before(async () => {
    daemon = await startDaemon('host 127.0.0.1\nport 1\ntls off\noutbreak off', { uid: DAEMON });
    // No mail is given up while the daemon is stopped.
    launched = launchedInto(daemon.folder, ['-DANSWER_MS=30000', '-DTAKEN_MS=30000']);
  });
  after(async () => {
    await daemon?.stop();
    daemon?.folder.remove();
  });

  const send = (uid: number) =>
    run(launched.sendmail, ['-t', '-i'], {
      input: `From: shop@shop.example\nTo: to-${uid}@x.example\n\nof ${uid}\n`,
      env: hermetic({ PATH: process.env.PATH!, ...variablesOf(daemon) }, uid),
      uid,
      gid: uid,
    });
  const by = async (uid: number, script: string) =>
    (await run('sh', ['-c', script], { uid, gid: uid, env: { PATH: '/usr/bin:/bin' } })).code;
  const fileOf = (uid: number, folder: string) =>
    readdirSync(join(daemon.spool, folder))
      .map((name) => join(daemon.spool, folder, name))
      .find((file) => statSync(file).uid === uid);
  const attempts = (file: string) => [
    `ls ${daemon.spool}/drop`,
    `ls ${daemon.spool}/taken`,
    `ls ${daemon.spool}/queue`,
    `cat ${file}`,
    `echo >> ${file}`,
    `: > ${file}`,
    `rm -f ${file} && test ! -e ${file}`,
    `mv ${file} ${daemon.spool}/drop/x`,
    `chmod 777 ${file}`,
    `rm -f ${daemon.spool}/socket && test ! -e ${daemon.spool}/socket`,
    `mv ${daemon.spool}/socket ${daemon.spool}/drop/x`,
    `cat ${variablesOf(daemon).MAILSHIM_ETC}/mailshimrc`,
  ];

  test('in the drop folder, and once it is taken', async (t) => {
    t.after(() => daemon.child().kill('SIGCONT'));
    daemon.child().kill('SIGSTOP');
    const sent = [WEB, OTHER].map((uid) => send(uid));
    await until(() => fileOf(WEB, 'drop') !== undefined && fileOf(OTHER, 'drop') !== undefined, 'the calls');
    const file = fileOf(WEB, 'drop')!;
    assert.equal(statSync(file).mode & 0o7777, 0o640);
    for (const script of attempts(file)) assert.notEqual(await by(OTHER, script), 0, script);
    // As the daemon takes it.
    const taken = file.replace('/drop/', '/taken/');
    renameSync(file, taken);
    for (const script of attempts(taken)) assert.notEqual(await by(OTHER, script), 0, script);
    renameSync(taken, file);
    daemon.child().kill('SIGCONT');
    for (const ran of await Promise.all(sent)) assert.deepEqual(ran, { code: 0, stdout: '', stderr: '' });
    assert.equal(launched.fallbacks(), 0);
    const entries = ['queue', 'active', 'queue'].flatMap((folder) =>
      daemon.names(folder).map((id) => join(daemon.spool, folder, id)),
    );
    const found = new Map<number | undefined, string[]>();
    for (const entry of entries)
      try {
        const { submission, close } = openEntry(entry, { verify: true });
        close();
        assert.equal(statSync(entry).mode & 0o7777, 0o600);
        found.set(submission.submittedBy, submission.recipients);
        for (const script of [`cat ${entry}`, `rm -f ${entry} && test ! -e ${entry}`])
          assert.notEqual(await by(WEB, script), 0, script);
      } catch (error) {
        // It moves from folder to folder.
        if (
          (error as { kind?: string; code?: string }).kind !== 'gone' &&
          (error as { code?: string }).code !== 'ENOENT'
        )
          throw error;
      }
    assert.deepEqual(
      [...found].sort(([a], [b]) => a! - b!),
      [WEB, OTHER].map((uid) => [uid, [`to-${uid}@x.example`]]),
    );
  });

  test('a drop folder that lets others read or remove takes no call', async () => {
    await daemon.stop();
    for (const mode of ['3777', '2733', '3773']) {
      execFileSync('chmod', [mode, join(daemon.spool, 'drop')]);
      const ran = await runShim(['daemon'], {
        env: daemon.env,
        uid: DAEMON,
        gid: DAEMON,
      });
      assert.equal(ran.code, 78, mode);
      assert.deepEqual(daemon.names('.').includes('socket'), false, mode);
    }
    execFileSync('chmod', ['3733', join(daemon.spool, 'drop')]);
  });
});
