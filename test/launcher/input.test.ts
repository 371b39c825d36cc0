// Standard input: how it comes, how much the sender gets, and that the program gets all of it, as it was.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  answer,
  eachBuild,
  noMounts,
  type RunOptions,
  type Script,
  type Surroundings,
  within,
} from '../support/launcher.ts';
import { needs } from '../support/peers.ts';

const python = needs('python3', 'python3');
const KB = 1024;
const LIMIT = 256 * KB;
const notMine: Script = ({ socket }) => void socket.end('not-mine\n');

/** No two places of it are the same. */
function mail(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; at++) bytes[at] = (at * 7 + (at >> 8) * 13 + (at >> 16)) & 0xff;
  return bytes;
}

const SIZES = [0, 1, 4095, 64 * KB, 64 * KB + 1, LIMIT - 1, LIMIT, LIMIT + 1, 5 * KB * KB];

/** The ways in which input comes. */
const WAYS: Readonly<Record<string, (place: Surroundings, bytes: Buffer) => RunOptions>> = {
  'a pipe': (_, input) => ({ input, shell: 'cat | exec -a mailshim "$0" "$@"' }),
  'a socket': (_, input) => ({ input }),
  'a file': (place, bytes) => {
    writeFileSync(place.folder.join('mail'), bytes);
    return { input: { file: place.folder.join('mail') } };
  },
  'a file behind its beginning': (place, bytes) => {
    writeFileSync(place.folder.join('mail'), Buffer.concat([Buffer.from('first\n'), bytes]));
    return {
      input: { file: place.folder.join('mail') },
      shell: 'dd bs=6 count=1 of=/dev/null status=none; exec -a mailshim "$0" "$@"',
    };
  },
  slowly: (_, bytes) => ({
    input: (stdin) => {
      const step = Math.ceil(bytes.length / 7) || 1;
      const write = (at: number) => {
        if (at >= bytes.length) stdin.end();
        else stdin.write(bytes.subarray(at, at + step), () => setTimeout(write, 10, at + step));
      };
      setTimeout(write, 10, 0);
    },
  }),
};

function checkBytes(found: Buffer | undefined, expected: Buffer): void {
  assert.ok(found?.equals(expected), `${found?.length} bytes in place of ${expected.length}`);
}

eachBuild(['linux-x64', 'sanitized', 'linux-arm64'], (build) => {
  const emulated = build === 'linux-arm64';
  for (const [way, optionsOf] of Object.entries(WAYS)) {
    if (emulated && way !== 'a socket') continue;
    test(`${build}: ${way}`, async (t) => {
      for (const size of SIZES) {
        const bytes = mail(size);
        await t.test(`${size} bytes`, () =>
          within(build, async (place) => {
            await place.listen((conversation) => (place.refuse ? notMine : answer(0))(conversation));
            const taken = await place.run(['-t'], optionsOf(place, bytes));
            assert.deepEqual([taken.code, taken.stderr, taken.calls.length], [0, '', size > LIMIT ? 0 : 1]);
            checkBytes((size > LIMIT ? taken.program?.stdin : taken.calls[0]?.message)!, bytes);
            place.refuse = true;
            const { code, program } = await place.run(['-t'], optionsOf(place, bytes));
            assert.equal(code, 0);
            checkBytes(program?.stdin, bytes);
            assert.deepEqual(
              place.callFiles().filter((file) => file.startsWith('drop')),
              [],
            );
          }),
        );
      }
    });
  }
});

eachBuild(['linux-x64', 'sanitized'], (build) => {
  test(`${build}: a program that does not read its input`, async (t) => {
    for (const size of [LIMIT, 5 * KB * KB]) {
      await t.test(`${size} bytes`, () =>
        within(build, async (place) => {
          await place.listen(notMine);
          place.program('exit 64');
          const { code, signal, stderr } = await place.run(['-t'], { input: mail(size) });
          assert.deepEqual([code, signal, stderr], [64, null, '']);
        }),
      );
    }
  });

  test(`${build}: the process that feeds the program ends with it, and holds no output`, () =>
    within(build, async (place) => {
      await place.listen(notMine);
      place.program('dd bs=1 count=1 of=/dev/null status=none; exit 64');
      // More than a call may have, and no end: resolves only once all processes have closed their output.
      const ending = await place.run(['-t'], { input: (stdin) => void stdin.write(mail(LIMIT + 1)) });
      assert.equal(ending.code, 64);
      const mine = () =>
        readdirSync('/proc')
          .filter((name) => /^\d+$/.test(name))
          .filter((pid) => {
            try {
              return readFileSync(`/proc/${pid}/cmdline`, 'latin1').startsWith('mailshim\0-t\0feed-test');
            } catch {
              return false;
            }
          });
      const held = await place.run(['-t', 'feed-test'], { input: (stdin) => void stdin.write(mail(LIMIT + 1)) });
      assert.equal(held.code, 64);
      for (let wait = 0; mine().length > 0 && wait < 500; wait++)
        await new Promise((resolve) => setTimeout(resolve, 10));
      assert.deepEqual(mine(), []);
    }));

  test(`${build}: a pipe that another process made non-blocking`, { skip: python.missing }, () =>
    within(build, async (place) => {
      await place.listen(answer(0));
      const nonBlocking =
        'import fcntl,os,sys;fcntl.fcntl(0,fcntl.F_SETFL,fcntl.fcntl(0,fcntl.F_GETFL)|os.O_NONBLOCK);os.execv(sys.argv[1],["mailshim","-t"])';
      const { calls } = await place.run([], {
        shell: `(sleep 0.2; echo one; sleep 0.2; echo two) | python3 -c '${nonBlocking}' "$0"`,
      });
      assert.equal(calls[0]?.message.toString(), 'one\ntwo\n');
    }),
  );

  test(`${build}: input that cannot be read`, async (t) => {
    for (const [name, redirection, code] of [
      ['a folder', '< /', 17],
      ['closed', '<&-', 0],
      ['only for writing', '0> /dev/null', 17],
      ['/dev/null', '< /dev/null', 0],
    ] as const) {
      await t.test(name, () =>
        within(build, async (place) => {
          await place.listen(answer(0));
          place.program('exit 17');
          const ending = await place.run([], { shell: `exec -a mailshim "$0" -t ${redirection}` });
          assert.deepEqual([ending.code, ending.calls.length], [code, code === 0 ? 1 : 0]);
          if (code === 0) assert.equal(ending.calls[0]!.message.length, 0);
        }),
      );
    }
  });

  test(`${build}: output and errors that are closed`, () =>
    within(build, async (place) => {
      await place.listen(answer(75, 'out', 'err'));
      const ending = await place.run([], { shell: 'exec -a mailshim "$0" -t >&- 2>&-', input: 'mail' });
      assert.deepEqual([ending.code, ending.calls[0]!.message.toString()], [75, 'mail']);
    }));

  test(`${build}: a limit on the size of files`, () =>
    within(build, async (place) => {
      await place.listen(answer(0));
      place.program('cat | wc -c >&2');
      const { code, stderr, calls } = await place.run([], {
        shell: 'ulimit -f 8; exec -a mailshim "$0" -t',
        input: mail(64 * KB),
      });
      assert.deepEqual([code, stderr.trim(), calls, place.callFiles()], [0, String(64 * KB), [], []]);
    }));

  test(`${build}: a full disk`, { skip: noMounts }, () =>
    within(build, async (place) => {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', place.spool]);
      try {
        for (const name of ['drop', 'taken']) mkdirSync(join(place.spool, name));
        await place.listen(answer(0));
        const small = await place.run(['-t'], { input: 'mail' });
        assert.equal(small.calls.length, 1);
        const large = await place.run(['-t'], { input: mail(128 * KB) });
        assert.deepEqual([large.code, large.calls], [0, []]);
        checkBytes(large.program?.stdin, mail(128 * KB));
        assert.deepEqual(readdirSync(join(place.spool, 'drop')), []);
      } finally {
        execFileSync('umount', ['-l', place.spool]);
      }
    }),
  );

  test(
    `${build}: a drop folder that cannot be written`,
    { skip: process.geteuid!() === 0 ? false : 'only root acts as another user' },
    () =>
      within(build, async (place) => {
        await place.listen(answer(0));
        chmodSync(join(place.spool, 'drop'), 0o755);
        const { program, calls } = await place.run(['-t'], { input: 'mail', uid: 54321 });
        assert.deepEqual([program?.stdin.toString(), calls], ['mail', []]);
      }),
  );

  test(`${build}: names that exist`, async (t) => {
    for (const [name, existing, sent] of [
      ['four of five', 4, true],
      ['all five', 5, false],
    ] as const) {
      await t.test(name, () =>
        within(
          build,
          async (place) => {
            await place.listen(answer(0));
            // The clock says 36 ms, and the chance is 1, 2, 3, …
            const ids = Array.from({ length: existing }, (_, index) => `00000010${String(index + 1).padStart(8, '0')}`);
            for (const id of ids) writeFileSync(join(place.spool, 'drop', `${id}.call`), 'other');
            const { code, program, calls } = await place.run(['-t'], { input: 'mail' });
            assert.deepEqual(
              [code, calls.length, program?.stdin.toString()],
              [0, sent ? 1 : 0, sent ? undefined : 'mail'],
            );
            for (const id of ids) assert.equal(readFileSync(join(place.spool, 'drop', `${id}.call`), 'utf8'), 'other');
          },
          ['-include', join(import.meta.dirname, 'fixed-chance.h'), '-DANSWER_MS=60000', '-DTAKEN_MS=1'],
        ),
      );
    }
  });
});

eachBuild(['linux-x64'], (build) => {
  test('a call takes less than 2 MB of memory, its largest message too', () =>
    within(build, async (place) => {
      const peaks: number[] = [];
      let pid = 0;
      await place.listen((conversation) => {
        peaks.push(Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]));
        answer(0)(conversation);
      });
      for (const size of [1000, LIMIT])
        await place.run(['-t'], {
          input: mail(size),
          started: (id) => {
            pid = id;
          },
        });
      assert.ok(peaks.length === 2 && peaks.every((peak) => peak < 2048), `${peaks} kB`);
    }));
});
