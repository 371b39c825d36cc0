// An upgrade with mail in the spool: what an earlier build accepted is listed and sent by this one, once.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { after, describe, test } from 'node:test';
import { end } from '../support/end.ts';
import { temporaryFolder } from '../support/folder.ts';
import { hermetic } from '../support/hermetic.ts';
import { buildOlder, commitHere } from '../support/older.ts';
import { run, shimCommand } from '../support/program.ts';
import { startSmtpSink } from '../support/smtp-sink.ts';
import { waitFor } from '../support/wait.ts';

/** Builds that leave the mail. The second one is fixed, so that a change of the format over several commits is seen. */
const OLDER = { 'the previous commit': 'HEAD~1', 'an earlier build': '0a11955' } as const;
const CUSTOMER = 'customer@customer.example';
const UNKNOWN = 'unknown@customer.example';
const HELD = 'held@customer.example';

const folder = temporaryFolder('mailshim-upgrade-');
after(() => folder.remove());
type Command = readonly [program: string, words: readonly string[]];
interface Listed {
  id: string;
  state: string;
  recipients: { address: string }[];
}

for (const [name, commit] of Object.entries(OLDER)) {
  const full = commitHere(commit);
  const skip = full === undefined ? `there is no commit ${commit} here: a shallow clone, or not a clone of git` : false;
  describe(`an upgrade from ${name}`, { skip }, () => {
    const own = folder.join(name.replaceAll(' ', '-'));
    const env = hermetic({ MAILSHIM_ETC: `${own}/etc`, MAILSHIM_SPOOL: `${own}/spool`, PATH: process.env.PATH! });
    const call = ([program, words]: Command, more: readonly string[], input = '') =>
      run(program, [...words, ...more], { env, input });
    const mail = (to: string) =>
      `From: orders@shop.example\nTo: ${to}\nSubject: order\nMessage-ID: <${to}>\n\nThanks.\n`;

    async function daemon([program, words]: Command) {
      const child = spawn(program, [...words, 'daemon'], { env, stdio: ['ignore', 'ignore', 'ignore'] });
      // A build without a socket has this pipe, too.
      await waitFor(
        async () => existsSync(`${own}/spool/awake`) && child.exitCode === null,
        () => `the daemon ended with ${child.exitCode}`,
      );
      return child;
    }
    async function listed(command: Command): Promise<Record<string, [id: string, state: string]>> {
      const { code, stdout, stderr } = await call(command, ['queue', '--json']);
      assert.equal(code, 0, stderr);
      const mails = JSON.parse(stdout) as Listed[];
      return Object.fromEntries(mails.map(({ id, state, recipients }) => [recipients[0]!.address, [id, state]]));
    }

    test('mail that waits, is held and has failed is there afterwards, and goes out once', async () => {
      for (const part of ['', '/etc', '/spool']) mkdirSync(`${own}${part}`, { mode: 0o700 });
      mkdirSync(`${own}/spool/drop`);
      chmodSync(`${own}/spool/drop`, 0o3733);
      const refuse: Record<string, string> = {
        [CUSTOMER]: '450 4.2.0 Greylisted',
        [HELD]: '450 4.2.0 Greylisted',
        [UNKNOWN]: '550 5.1.1 User unknown',
      };
      const sink = await startSmtpSink({ refuse });
      const config = `account default\nhost 127.0.0.1\nport ${sink.port}\ntls off\nfrom orders@shop.example\npreflight off\nbounce_to off\n`;
      folder.write(`${own.slice(folder.path.length + 1)}/etc/mailshimrc`, config);
      const older: Command = [process.execPath, [buildOlder(full!, folder)]];
      const newer: Command = shimCommand();
      let running = await daemon(older);
      try {
        for (const to of [CUSTOMER, HELD, UNKNOWN]) {
          const sent = await call(older, ['-t', '-i'], mail(to));
          assert.deepEqual([sent.code, sent.stderr], [0, '']);
        }
        await waitFor(
          async () => (await listed(older))[UNKNOWN]?.[1] === 'failed',
          async () => JSON.stringify(await listed(older)),
        );
        const [held] = (await listed(older))[HELD]!;
        assert.equal((await call(older, ['queue', 'hold', held])).code, 0);
        await end(running);
        const before = await listed(older);
        assert.deepEqual([before[CUSTOMER]![1], before[HELD]![1], before[UNKNOWN]![1]], ['queue', 'hold', 'failed']);

        for (const address of Object.keys(refuse)) delete refuse[address];
        assert.deepEqual(await listed(newer), before);
        running = await daemon(newer);
        assert.equal((await call(newer, ['queue', 'run'])).code, 0);
        assert.equal((await call(newer, ['queue', 'release', held])).code, 0);
        await waitFor(
          async () => sink.mails.length === 2,
          async () => JSON.stringify(await listed(newer)),
        );
        assert.equal((await call(newer, ['queue', 'retry', before[UNKNOWN]![0]])).code, 0);
        await waitFor(
          async () => Object.keys(await listed(newer)).length === 0,
          async () => JSON.stringify(await listed(newer)),
        );
        assert.deepEqual(sink.mails.map(({ to }) => to[0]).sort(), [CUSTOMER, HELD, UNKNOWN].sort());
        for (const { to, message } of sink.mails) assert.match(message, new RegExp(`^Message-ID: <${to[0]}>`, 'mi'));
      } finally {
        await end(running);
        await sink.stop();
      }
    });
  });
}
