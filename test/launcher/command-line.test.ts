// Which command lines go to the sender, byte for byte, and which to the program with standard input untouched.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseArguments } from '../../shim/cli/parse.ts';
import { answer, eachBuild, within } from '../support/launcher.ts';
import { needs } from '../support/peers.ts';

type Row = readonly [args: readonly string[], argv0?: string];

const TO_SENDER: readonly Row[] = [
  [['-t']],
  [['-t', '-i']],
  [['-ti']],
  [['-tif', 'a@b.example']],
  [['-fa@b.example', 'c@d.example']],
  [['-f', '-bs', '-t']],
  [['-fqbs', '-t']],
  [['-Fbs', '-t']],
  [['-oq', '-t']],
  [['-O', '-q', '-t']],
  [['-d', '-t']],
  [['-dq', '-t']],
  [['-bm', '-t']],
  [['-b', 'm', '-t']],
  [['-tbm']],
  [['-i', '--', '-bs']],
  [['-i', 'x@y.example', '-bs']],
  [['-i', '-', '-bs']],
  [['-', '-bs']],
  [['--']],
  [['-N', 'never', '-R', 'hdrs', '-V', 'id', '-t']],
  [['--lock', '-t', '-i']],
  [['--read-recipients', '--read-envelope-from']],
  [['--account', '-bs', '-t']],
  [['--account=shop', '-t']],
  [['--from', '--file', '-t']],
  [['--from=a@b.example', '-t']],
  // Wrong ones: what is wrong with them is for the sender to say.
  [['-f']],
  [['-tf']],
  [['--from']],
  [['-y', '-t']],
  [['-t', '']],
  [['-t'], 'sendmail'],
  [['a@b.example'], 'sendmail'],
  [['a@b.example', '-bs'], '/usr/sbin/sendmail'],
  [['status'], 'sendmail'],
  [['-t'], ''],
  [['-t', 'с пробелом', '\n', '"\\']],
];

const TO_PROGRAM: readonly Row[] = [
  [[]],
  [[], 'sendmail'],
  [[], ''],
  [['a@b.example']],
  [['status']],
  [['queue', '-t']],
  [['']],
  [['-t'], 'mailq'],
  [['-t'], '/usr/bin/newaliases'],
  [[], 'mailq'],
  [['-bs']],
  [['-b', 's']],
  [['-b']],
  [['-bmX', '-t']],
  [['-bp']],
  [['-bi']],
  [['-tbs']],
  [['-t', '-bs']],
  [['-f', 'a@b.example', '-bs'], 'sendmail'],
  [['-tf', 'a@b.example', '-q']],
  [['-q']],
  [['-q30m']],
  [['-tq']],
  [['-I']],
  [['-ti', '-I']],
  [['-C', 'file', '-t']],
  [['-Cfile', '-t']],
  [['-tC', 'file']],
  [['--file', 'f', '-t']],
  [['--file=f', '-t']],
  [['--version']],
  [['--help']],
  [['--lock=1', '-t']],
  [['--read-recipientsX']],
  [['--hos', '-t']],
  [['--host=relay.example', '-t']],
  [['--tls', '-t']],
  [['---', '-t']],
  [['--accounts=x', '-t']],
];

const latin = (words: readonly string[]) => words.map((word) => Buffer.from(word).toString('latin1'));
const title = ([args, argv0 = 'mailshim']: Row) => JSON.stringify([argv0, ...args]);

eachBuild(['linux-x64', 'sanitized'], (build) => {
  test(`${build}: the sender gets`, async (t) => {
    await within(build, async (place) => {
      await place.listen(answer(0));
      for (const row of TO_SENDER) {
        await t.test(title(row), async () => {
          const [args, argv0 = 'mailshim'] = row;
          const { code, stderr, program, calls } = await place.run(args, { argv0, input: 'Subject: x\n\n\0\xff' });
          assert.deepEqual([code, stderr, program], [0, '', undefined]);
          assert.deepEqual(calls[0]!.argv, latin([argv0, ...args]));
          assert.deepEqual(calls[0]!.message, Buffer.from('Subject: x\n\n\0\xff'));
        });
      }
    });
  });

  test(`${build}: the program gets`, async (t) => {
    await within(build, async (place) => {
      await place.listen(answer(0));
      // It does not read: a launcher that waits for the end of the input never ends.
      place.program('exit 17');
      for (const row of TO_PROGRAM) {
        await t.test(title(row), async () => {
          const [args, argv0 = 'mailshim'] = row;
          const { code, stderr, program, calls } = await place.run(args, { argv0, input: 'open' });
          assert.deepEqual([code, stderr, calls], [17, '', []]);
          assert.deepEqual(program!.argv, latin(args[0] === '' ? [] : args));
          assert.equal(program!.name, argv0.split('/').at(-1));
        });
      }
    });
  });

  test(`${build}: nothing that the program does not read as a mail goes to the sender`, () =>
    within(build, async (place) => {
      await place.listen(answer(0));
      place.program('exit 17');
      // A fixed sequence of words, each of which changes what those behind it are.
      const words = [
        '-t',
        '-f',
        '-b',
        'm',
        's',
        '-bs',
        '-q',
        '-d',
        '-o',
        '--',
        '-',
        'x@y.example',
        '--account',
        '--from=a@b.example',
        '-I',
      ];
      let seed = 14;
      const below = (limit: number) => {
        seed = (seed * 1103515245 + 12345) % 2 ** 31;
        return Math.floor((seed / 2 ** 31) * limit);
      };
      for (let run = 0; run < 150; run++) {
        const args = Array.from({ length: 1 + below(5) }, () => words[below(words.length)]!);
        const { code, calls } = await place.run(args, { argv0: 'sendmail' });
        assert.equal(code, calls.length > 0 ? 0 : 17);
        let mode: string;
        try {
          mode = parseArguments(args).mode;
        } catch {
          continue;
        }
        assert.equal(calls.length > 0, mode === 'send', args.join(' '));
      }
    }));

  test(`${build}: words that are not UTF-8`, () =>
    within(build, async (place) => {
      await place.listen(answer(0));
      const { calls } = await place.run([], { shell: `exec -a $'\\xc3' "$0" -t $'\\xff\\xfe\\x80'` });
      assert.deepEqual(calls[0]!.argv, ['\xc3', '-t', '\xff\xfe\x80']);
    }));

  test(`${build}: a head of 64 KB goes to the sender, a longer one to the program with the input untouched`, () =>
    within(build, async (place) => {
      await place.listen(answer(0));
      const { calls } = await place.run(['-t', 'x']);
      const head = `mailshim-call 1\x003\0${calls[0]!.argv.join('\0')}\0`;
      const variables = Object.entries(calls[0]!.environment).map(([name, value]) => `${name}=${value}\0`);
      const room = 64 * 1024 - `${head}${variables.join('')}\0`.length;
      const fits = await place.run(['-t', 'x'.repeat(room + 1)]);
      assert.equal(fits.calls[0]?.argv[2]?.length, room + 1);
      place.program('exit 17');
      const longer = await place.run(['-t', 'x'.repeat(room + 2)], { input: 'open' });
      assert.deepEqual([longer.code, longer.calls], [17, []]);
      const many = Array.from({ length: 10_000 }, (_, index) => `recipient-${index}@shop.example`);
      const huge = await place.run(['-i', ...many], { input: 'open' });
      assert.deepEqual([huge.code, huge.program!.argv.length], [17, 10_001]);
    }));

  test(`${build}: 10,000 recipients in the head of a mail`, () =>
    within(build, async (place) => {
      await place.listen(answer(0));
      const input = `Bcc: ${Array.from({ length: 10_000 }, (_, index) => `r${index}@shop.example`).join(',\n ')}\n\nbody\n`;
      const { code, calls } = await place.run(['-t'], { input });
      assert.equal(code, 0);
      assert.equal(calls[0]!.message.toString(), input);
    }));

  test(`${build}: a terminal is for the program`, { skip: needs('script', 'bsdutils').missing }, () =>
    within(build, async (place) => {
      await place.listen(answer(0));
      place.program('exit 17');
      const shell = 'exec script -qec "$0 -t x@y.example" /dev/null';
      const { program, calls } = await place.run([], { shell, input: 'open' });
      assert.deepEqual([program?.argv, calls], [['-t', 'x@y.example'], []]);
    }),
  );
});
