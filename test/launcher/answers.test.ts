// What the launcher makes of what a sender says and does: who has the mail in the end, and how the call ends.
import assert from 'node:assert/strict';
import { readFileSync, renameSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { answer, eachBuild, type Script, within } from '../support/launcher.ts';

const MAIL = 'Subject: x\n\nbody\n';
const ID = /^[0-9A-Z]{16}$/;

/** Says it in these pieces, each once the other side has had the one before. */
const pieces =
  (...texts: readonly string[]): Script =>
  ({ take, socket }) => {
    take();
    socket.setNoDelay();
    const next = (index: number) => {
      if (index === texts.length) socket.end();
      else socket.write(texts[index]!, 'latin1', () => setTimeout(next, 5, index + 1));
    };
    next(0);
  };
const untaken =
  (text: string): Script =>
  ({ socket }) =>
    socket.end(text, 'latin1');

interface Answered {
  name: string;
  script: Script;
  code: number;
  stdout?: string;
  stderr?: string;
}

const big = 'x'.repeat(30_000);
const ANSWERED: readonly Answered[] = [
  { name: '0', script: answer(0), code: 0 },
  { name: 'both texts', script: answer(0, 'out\n', 'err\n'), code: 0, stdout: 'out\n', stderr: 'err\n' },
  { name: 'bytes', script: answer(70, '\0\x7f', '\x01\n\0'), code: 70, stdout: '\0\x7f', stderr: '\x01\n\0' },
  { name: '64 that was not taken', script: untaken('64 0 2\nno'), code: 64, stderr: 'no' },
  { name: '255', script: answer(255), code: 255 },
  { name: 'all that fits', script: answer(1, big, big), code: 1, stdout: big, stderr: big },
  { name: 'byte for byte', script: pieces(...'75 2 3\nABcde'), code: 75, stdout: 'AB', stderr: 'cde' },
  { name: 'split in a text', script: pieces('0 10 0\nABCDE', 'FGHIJ'), code: 0, stdout: 'ABCDEFGHIJ' },
  { name: 'more than it says', script: pieces('0 2 0\nABCDE'), code: 0, stdout: 'AB' },
];

/** In place of an answer. */
const NONSENSE: readonly string[] = [
  '',
  '\n',
  'no\n',
  'not-mine',
  'not-mine \n',
  'NOT-MINE\n',
  '0\n',
  '0 0\n',
  '0 0 0',
  '0 0 0 \n',
  '0 0 0 0\n',
  ' 0 0 0\n',
  '0  0 0\n',
  '00 0 0\n',
  '+1 0 0\n',
  '-1 0 0\n',
  '0 -1 0\n',
  '0 0 -1\n',
  '256 0 0\n',
  '99999999999999999999999999 0 0\n',
  '0 18446744073709551616 0\n',
  '0 18446744073709551615 1\n',
  '0 65537 0\n',
  '0 40000 40000\n',
  '0 5 0\nabcd',
  '0 0 5\nabcd',
  '0x0 0 0\n',
  '0\0 0 0\n',
  '0 0 0\r\n',
  '\n0 0 0\n',
  '0\n0\n0\n',
  `${'0'.repeat(23)} 0 0\n`,
  'x'.repeat(100_000),
];

eachBuild(['linux-x64', 'sanitized'], (build) => {
  test(`${build}: answers`, async (t) => {
    for (const { name, script, code, stdout = '', stderr = '' } of ANSWERED) {
      await t.test(name, () =>
        within(build, async (place) => {
          await place.listen(script);
          const ending = await place.run(['-t'], { input: MAIL });
          assert.deepEqual([ending.code, ending.stdout, ending.stderr], [code, stdout, stderr]);
          assert.equal(ending.program, undefined);
          assert.deepEqual(place.callFiles(), name.includes('not taken') ? [] : [`taken/${ending.calls[0]!.id}.call`]);
        }),
      );
    }
  });

  test(`${build}: no answer from a sender that has not taken the mail`, async (t) => {
    await within(build, async (place) => {
      let text = '';
      await place.listen((conversation) => untaken(text)(conversation));
      for (text of ['not-mine\n', '0 0 0\n', ...NONSENSE]) {
        await t.test(JSON.stringify(text.slice(0, 50)), async () => {
          const { code, stderr, program, calls } = await place.run(['-t', 'x'], { input: MAIL, argv0: 'sendmail' });
          assert.deepEqual([code, stderr, calls.length], [0, '', 1]);
          assert.deepEqual(program, { argv: ['-t', 'x'], name: 'sendmail', stdin: Buffer.from(MAIL) });
          assert.deepEqual(place.callFiles(), []);
        });
      }
    });
  });

  test(`${build}: no answer from a sender that has taken the mail`, async (t) => {
    for (const text of ['not-mine\n', ...NONSENSE]) {
      await t.test(JSON.stringify(text.slice(0, 50)), () =>
        within(build, async (place) => {
          await place.listen(({ take, socket }) => {
            take();
            socket.end(text, 'latin1');
          });
          const { code, stdout, stderr, program, calls } = await place.run(['-t'], { input: MAIL });
          assert.deepEqual([code, stdout, program], [0, '', undefined]);
          assert.ok(stderr.startsWith('mailshim: ') && stderr.endsWith(` (${calls[0]!.id})\n`), stderr);
        }),
      );
    }
  });

  test(`${build}: a sender that dies`, async (t) => {
    for (const taken of [false, true]) {
      await t.test(taken ? 'taken' : 'not taken', () =>
        within(build, async (place) => {
          await place.listen(({ take, socket }) => {
            if (taken) take();
            socket.destroy();
          });
          const { code, program } = await place.run(['-t'], { input: MAIL });
          assert.deepEqual([code, program?.stdin.toString()], [0, taken ? undefined : MAIL]);
        }),
      );
    }
  });

  test(`${build}: a file that was cleared away is not taken where the sender says so`, () =>
    within(build, async (place) => {
      await place.listen(({ call, socket }) => {
        unlinkSync(call.file);
        socket.end('not-mine\n');
      });
      const { code, program } = await place.run(['-t'], { input: MAIL });
      assert.deepEqual([code, program?.stdin.toString()], [0, MAIL]);
    }));

  test(`${build}: a file that can be neither removed nor seen to be taken`, () =>
    within(build, async (place) => {
      const drop = `${place.spool}/drop`;
      await place.listen(({ socket }) => {
        renameSync(drop, `${drop}.moved`);
        writeFileSync(drop, 'a file');
        socket.end('not-mine\n');
      });
      const { code, program, calls } = await place.run(['-t'], { input: MAIL });
      rmSync(drop);
      renameSync(`${drop}.moved`, drop);
      assert.deepEqual([code, program, calls.length], [74, undefined, 1]);
    }));

  test(`${build}: no sender behind the socket`, () =>
    within(build, async (place) => {
      const other = createServer();
      await new Promise<void>((resolve) => other.listen(`${place.spool}/other`, resolve));
      // A socket file that no process listens on.
      renameSync(`${place.spool}/other`, `${place.spool}/socket`);
      await new Promise((resolve) => other.close(resolve));
      const { code, program } = await place.run(['-t'], { input: MAIL });
      assert.deepEqual([code, program?.stdin.toString(), place.callFiles()], [0, MAIL, []]);
    }));

  const IMPATIENT = ['-DANSWER_MS=300', '-DTAKEN_MS=120000'];
  test(`${build}: silence without taking`, () =>
    within(
      build,
      async (place) => {
        await place.listen(() => undefined);
        const { code, program, calls } = await place.run(['-t'], { input: MAIL });
        assert.deepEqual([code, calls.length, program?.stdin.toString(), place.callFiles()], [0, 1, MAIL, []]);
      },
      IMPATIENT,
    ));

  test(`${build}: silence after taking`, { concurrency: true }, async (t) => {
    // Time enough for a busy machine to take it.
    const bound = '-DANSWER_MS=5000';
    const late = t.test('then an answer', () =>
      within(
        build,
        async (place) => {
          await place.listen(({ take, socket }) => {
            take();
            socket.write('69 ');
            setTimeout(() => socket.end('0 4\nlate'), 6000);
          });
          const { code, stderr, program } = await place.run(['-t'], { input: MAIL });
          assert.deepEqual([code, stderr, program], [69, 'late', undefined]);
        },
        [bound, '-DTAKEN_MS=120000'],
      ),
    );
    const never = t.test('for ever', () =>
      within(
        build,
        async (place) => {
          await place.listen(({ take }) => take());
          const { code, stderr, program, calls } = await place.run(['-t'], { input: MAIL });
          assert.deepEqual([code, program], [0, undefined]);
          assert.ok(stderr.endsWith(` (${calls[0]!.id})\n`), stderr);
        },
        [bound, '-DTAKEN_MS=100'],
      ),
    );
    await Promise.all([late, never]);
  });

  test(`${build}: ends of the caller that are closed keep the code`, () =>
    within(build, async (place) => {
      await place.listen(answer(78, 'out'.repeat(1000), 'err'.repeat(1000)));
      const shell = 'sleep 0; ("$0" -t; echo $? >&3) 3>"$record" > >(exec true) 2> >(exec true)';
      const record = place.folder.join('code');
      await place.run([], { shell: shell.replace('$record', record), input: MAIL });
      assert.equal(readFileSync(record, 'utf8'), '78\n');
    }));

  test(`${build}: the call file`, () =>
    within(build, async (place) => {
      let mode = 0;
      const before = Date.now();
      await place.listen((conversation) => {
        mode = statSync(conversation.call.file).mode & 0o7777;
        answer(0)(conversation);
      });
      const env = { EMAIL: 'a@b.example', SMTPSERVER: '', XDG_STATE_HOME: '/nowhere', LD_X: '1' };
      const { calls } = await place.run(['-t'], { input: MAIL, env, shell: 'umask 777; exec -a mailshim "$0" "$@"' });
      const [{ id, argv, environment, message }] = calls as [(typeof calls)[0]];
      assert.match(id, ID);
      const time = Number.parseInt(id.slice(0, 8), 36);
      assert.ok(time >= before && time <= Date.now(), `${time}`);
      assert.equal(mode, 0o640);
      assert.deepEqual([argv, message.toString()], [['mailshim', '-t'], MAIL]);
      const { HOME, MAILSHIM_ETC, MAILSHIM_SPOOL, ...others } = environment;
      assert.deepEqual([HOME, MAILSHIM_SPOOL], [place.folder.join('home'), place.spool]);
      assert.ok(MAILSHIM_ETC);
      assert.deepEqual(others, { EMAIL: 'a@b.example', SMTPSERVER: '', XDG_STATE_HOME: '/nowhere' });
    }));
});
