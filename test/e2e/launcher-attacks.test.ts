// What other users do to the socket and the drop folder of a daemon, while a mail of somebody else goes through the launcher: it
// arrives once, nothing goes out in another's name, and nothing of others comes back.

import assert from 'node:assert/strict';
import { chownSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openEntry } from '../../shim/spool/entry.ts';
import { type Daemon, startDaemon, variablesOf } from '../support/calls-daemon.ts';
import { hermetic } from '../support/hermetic.ts';
import { attack, SWAPS } from '../support/hostile.ts';
import { type Launched, launchedInto, noLauncher } from '../support/launched.ts';
import { run } from '../support/program.ts';

const WEB = 33;
const EVIL = 65534;
const DAEMON = 4321;
const SECRET = 'the password of root';
const skip = noLauncher || (process.getuid?.() !== 0 && 'only root can be several users');

describe('a hostile user of the socket and the drop folder', { skip }, () => {
  let daemon: Daemon;
  let launched: Launched;
  let secret = '';
  before(async () => {
    daemon = await startDaemon('host 127.0.0.1\nport 1\ntls off\noutbreak off', { uid: DAEMON });
    launched = launchedInto(daemon.folder);
    secret = daemon.folder.write('secret', SECRET, 0o600);
    chownSync(secret, DAEMON, DAEMON);
  });
  after(async () => {
    await daemon?.stop();
    daemon?.folder.remove();
  });
  let count = 0;
  /** A mail of WEB's; its subject. */
  async function send(): Promise<string> {
    const name = `good${count++}`;
    const ran = await run(launched.sendmail, ['-t', '-i'], {
      input: `From: shop@shop.example\nTo: a@x.example\nSubject: ${name}\n\nbody\n`,
      env: hermetic({ PATH: process.env.PATH!, ...variablesOf(daemon) }, WEB),
      uid: WEB,
      gid: WEB,
    });
    assert.deepEqual({ code: ran.code, stderr: ran.stderr }, { code: 0, stderr: '' });
    return name;
  }
  /** Subjects in the queue, by the user who handed the mail in. A mail that moves on just now has its place at the next look. */
  function queued(): Map<number | undefined, string[]> {
    const mails = new Map<string, { uid: number | undefined; subject: string }>();
    for (const folder of ['queue', 'active', 'queue'])
      for (const id of daemon.names(folder)) {
        try {
          const file = join(daemon.spool, folder, id);
          const { submission, close } = openEntry(file, { verify: true });
          close();
          const text = readFileSync(file, 'latin1');
          assert.ok(!text.includes(SECRET));
          mails.set(id, { uid: submission.submittedBy, subject: /^Subject: (.*)$/m.exec(text)?.[1] ?? '' });
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
        }
      }
    const found = new Map<number | undefined, string[]>();
    for (const { uid, subject } of mails.values()) found.set(uid, [...(found.get(uid) ?? []), subject]);
    return found;
  }

  for (const kind of ['silence', ...SWAPS] as const)
    test(kind, async (t) => {
      const names: string[] = [];
      const timed = async (isEnough: (count: number) => boolean) => {
        const started = performance.now();
        let sent = 0;
        for (; !isEnough(sent); sent++) names.push(await send());
        return (performance.now() - started) / sent;
      };
      const without = await timed((sent) => sent === 10);
      const before = launched.fallbacks();
      const hostile = attack(kind, daemon.spool, variablesOf(daemon), EVIL, secret);
      let rounds: number | undefined;
      const ended = new Promise((resolve) => setTimeout(resolve, 1000))
        .then(() => hostile.end())
        .then((count) => {
          rounds = count;
        });
      const during = await timed((sent) => sent >= 20 && rounds !== undefined);
      await ended;
      t.diagnostic(
        `${rounds} times; ${launched.fallbacks() - before} of ${names.length - 10} mails left to the program; ${(during / without).toFixed(1)} times as long as without`,
      );
      assert.ok(rounds! > 0);
      assert.equal(daemon.child().exitCode, null, daemon.said());
      // What the program left in the drop folder comes a little later.
      const mails = () =>
        queued()
          .get(WEB)!
          .filter((name) => names.includes(name));
      for (let wait = 0; wait < 100 && mails().length < names.length; wait++)
        await new Promise((resolve) => setTimeout(resolve, 50));
      assert.deepEqual(mails().sort(), names.sort());
      for (const [uid, subjects] of queued())
        assert.ok(subjects.every((subject) => subject.startsWith('good') === (uid === WEB)));
      const taken = join(daemon.spool, 'taken');
      assert.deepEqual(
        readdirSync(taken).map((name) => [name, lstatSync(join(taken, name)).isFile()]),
        [],
      );
      assert.doesNotMatch(daemon.said(), /internal error/);
    });
});
