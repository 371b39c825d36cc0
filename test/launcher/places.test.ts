// Which spool is asked, which program is run, and what the surroundings of the call may be.
import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { answer, eachBuild, noMounts, type RunOptions, type Surroundings, within } from '../support/launcher.ts';
import { needs } from '../support/peers.ts';

const python = needs('python3', 'python3');
const asRoot = process.geteuid!() === 0 ? false : 'only root can prepare it';
const PRIVATE = '.local/state/mailshim/spool';

/** A private spool with a sender; its folder. */
async function privateSpool(place: Surroundings, folder = place.folder.join(`home/${PRIVATE}`)): Promise<string> {
  mkdirSync(folder, { recursive: true });
  for (const name of ['tmp', 'taken']) mkdirSync(join(folder, name));
  await place.listen(answer(5), folder);
  return folder;
}

interface Row {
  name: string;
  skip?: string | false;
  prepare: (place: Surroundings) => Promise<void> | void;
  options?: (place: Surroundings) => RunOptions;
  /** 0: the system's sender. 5: that of the private spool. */
  to: 0 | 5 | 'program';
}

const withSystem = (place: Surroundings) => place.listen(answer(0));
const without: (place: Surroundings) => RunOptions = (place) => ({
  env: { MAILSHIM_SPOOL: place.folder.join('no-spool') },
});

const ROWS: readonly Row[] = [
  { name: 'the system spool', prepare: withSystem, to: 0 },
  { name: 'no socket', prepare: () => undefined, to: 'program' },
  {
    name: 'a file in place of the socket',
    prepare: (place) => writeFileSync(join(place.spool, 'socket'), ''),
    to: 'program',
  },
  {
    name: 'a folder in place of the socket',
    prepare: (place) => mkdirSync(join(place.spool, 'socket')),
    to: 'program',
  },
  {
    name: 'a link that leads to itself',
    prepare: (place) => symlinkSync('socket', join(place.spool, 'socket')),
    to: 'program',
  },
  {
    name: 'a socket of another user',
    skip: asRoot,
    prepare: async (place) => {
      await withSystem(place);
      chownSync(join(place.spool, 'socket'), 54321, 54321);
    },
    to: 'program',
  },
  {
    name: 'a socket of root in the folder of another user',
    skip: asRoot,
    prepare: async (place) => {
      await withSystem(place);
      chownSync(join(place.spool, 'drop'), 54321, 54321);
    },
    to: 0,
  },
  {
    name: 'a file in place of drop: no system spool',
    prepare: async (place) => {
      renameSync(join(place.spool, 'drop'), join(place.spool, 'other'));
      writeFileSync(join(place.spool, 'drop'), '');
      await privateSpool(place);
    },
    to: 5,
  },
  ...['.mailshimrc', '.msmtprc', '.config/msmtp/config'].flatMap((file): Row[] => [
    {
      name: `${file}, with a private sender`,
      prepare: async (place) => {
        place.home({ [file]: '' });
        await privateSpool(place);
      },
      to: 5,
    },
    {
      name: `${file}, with the system's sender`,
      prepare: async (place) => {
        place.home({ [file]: '' });
        await withSystem(place);
      },
      to: 'program',
    },
  ]),
  {
    name: '~/.config with another XDG_CONFIG_HOME',
    prepare: async (place) => {
      place.home({ '.config/msmtp/config': '' });
      await withSystem(place);
    },
    options: () => ({ env: { XDG_CONFIG_HOME: '/nowhere' } }),
    to: 0,
  },
  {
    name: 'XDG_CONFIG_HOME',
    prepare: async (place) => {
      place.home({ 'xdg/msmtp/config': '' });
      await withSystem(place);
    },
    options: (place) => ({ env: { XDG_CONFIG_HOME: place.folder.join('home/xdg') } }),
    to: 'program',
  },
  {
    name: 'a home that is hidden from the user',
    skip: asRoot,
    prepare: async (place) => {
      await withSystem(place);
      chmodSync(place.folder.join('home'), 0o700);
    },
    options: () => ({ uid: 54321 }),
    to: 'program',
  },
  { name: 'a home that is not there', prepare: withSystem, options: () => ({ env: { HOME: '/nowhere' } }), to: 0 },
  {
    name: 'a home too long for a path',
    prepare: withSystem,
    options: () => ({ env: { HOME: 'x'.repeat(5000) } }),
    to: 'program',
  },
  {
    name: 'no HOME, no entry in passwd',
    skip: asRoot,
    prepare: withSystem,
    options: () => ({ uid: 54321, shell: 'unset HOME; exec -a mailshim "$0" "$@"' }),
    to: 0,
  },
  ...(['unset HOME', 'export HOME='] as const).map(
    (command): Row => ({
      name: `${command}, with an entry in passwd`,
      skip: noMounts,
      prepare: async (place) => {
        place.home({ '.mailshimrc': '' });
        await withSystem(place);
        place.folder.write('passwd', `a:x:1:1::/a:\nroot:x:0:0:r:${place.folder.join('home')}:/bin/sh\n`, 0o644);
      },
      options: (place) => ({
        shell: `${command}; exec unshare -m bash --norc -c 'mount --bind ${place.folder.join('passwd')} /etc/passwd; exec -a mailshim "$0" "$@"' "$0" "$@"`,
      }),
      to: 'program',
    }),
  ),
  { name: 'a private spool', prepare: async (place) => void (await privateSpool(place)), options: without, to: 5 },
  {
    name: 'the spool that init makes for a user without a daemon',
    skip: asRoot,
    prepare: async (place) => void (await privateSpool(place, place.folder.join('no-spool-root'))),
    options: without,
    to: 5,
  },
  {
    name: 'the same, where the user has a configuration of their own',
    skip: asRoot,
    prepare: async (place) => {
      place.home({ '.msmtprc': '' });
      await privateSpool(place, place.folder.join('no-spool-root'));
    },
    options: without,
    to: 'program',
  },
  {
    name: 'XDG_STATE_HOME',
    prepare: async (place) => void (await privateSpool(place, place.folder.join('state/mailshim/spool'))),
    options: (place) => ({ env: { ...without(place).env, XDG_STATE_HOME: place.folder.join('state') } }),
    to: 5,
  },
  {
    name: 'a private spool that others can write',
    prepare: async (place) => chmodSync(await privateSpool(place), 0o777),
    options: without,
    to: 'program',
  },
  {
    name: 'a private spool of another user',
    skip: asRoot,
    prepare: async (place) => chownSync(await privateSpool(place), 54321, 54321),
    options: without,
    to: 'program',
  },
  {
    name: 'a private spool behind a link',
    prepare: async (place) => {
      const folder = await privateSpool(place);
      renameSync(folder, `${folder}.moved`);
      symlinkSync(`${folder}.moved`, folder);
    },
    options: without,
    to: 'program',
  },
  {
    name: 'a link to a private spool elsewhere',
    prepare: async (place) => {
      const folder = await privateSpool(place, place.folder.join('elsewhere'));
      mkdirSync(place.folder.join('home/.local/state/mailshim'), { recursive: true });
      symlinkSync(folder, place.folder.join('home/.local/state/mailshim/sender'));
    },
    options: without,
    to: 5,
  },
  {
    name: 'the same, where others can write the spool',
    prepare: async (place) => {
      const folder = await privateSpool(place, place.folder.join('elsewhere'));
      chmodSync(folder, 0o777);
      mkdirSync(place.folder.join('home/.local/state/mailshim'), { recursive: true });
      symlinkSync(folder, place.folder.join('home/.local/state/mailshim/sender'));
    },
    options: without,
    to: 'program',
  },
  {
    name: 'a link that was left, and leads nowhere',
    prepare: (place) => {
      mkdirSync(place.folder.join('home/.local/state/mailshim'), { recursive: true });
      symlinkSync(place.folder.join('gone'), place.folder.join('home/.local/state/mailshim/sender'));
    },
    options: without,
    to: 'program',
  },
  {
    name: 'an empty MAILSHIM_SPOOL is none',
    prepare: withSystem,
    options: () => ({ env: { MAILSHIM_SPOOL: '' } }),
    to: 'program',
  },
  {
    name: 'a path too long for an address',
    prepare: async (place) => {
      const long = place.folder.join('x'.repeat(90));
      symlinkSync(place.spool, long);
      await withSystem(place);
    },
    options: (place) => ({ env: { MAILSHIM_SPOOL: place.folder.join('x'.repeat(90)) } }),
    to: 'program',
  },
  {
    name: 'a spool too long for a path',
    prepare: withSystem,
    options: () => ({ env: { MAILSHIM_SPOOL: 'x/'.repeat(3000) } }),
    to: 'program',
  },
  {
    name: 'a spool that is named from where the call is',
    prepare: withSystem,
    options: (place) => ({
      env: { MAILSHIM_SPOOL: 'spool' },
      shell: `cd ${place.folder.path}; exec -a mailshim "$0" "$@"`,
    }),
    to: 0,
  },
];

eachBuild(['linux-x64', 'sanitized'], (build) => {
  test(`${build}: the spool that is asked`, async (t) => {
    for (const { name, skip = false, prepare, options = () => ({}), to } of ROWS) {
      await t.test(name, { skip }, () =>
        within(build, async (place) => {
          await prepare(place);
          place.program('exit 17');
          // Without a sender, the input is not read: it never ends.
          const input = to === 'program' ? 'open' : 'mail';
          const { code, stderr, calls } = await place.run(['-t'], { input, ...options(place) });
          assert.deepEqual([code, stderr, calls.length], [to === 'program' ? 17 : to, '', to === 'program' ? 0 : 1]);
        }),
      );
    }
  });

  test(`${build}: the queue of connections is full, then is not`, { skip: python.missing }, () =>
    within(build, async (place) => {
      // Accepts none until the launcher has waited for a while.
      const script =
        'import socket,time,sys,os\ns=socket.socket(socket.AF_UNIX);s.bind(sys.argv[1]);s.listen(0)\n' +
        'c=socket.socket(socket.AF_UNIX);c.connect(sys.argv[1]);open(sys.argv[2],"w").close();time.sleep(1)\n' +
        's.accept();a=s.accept()[0];n=a.recv(100).decode().strip()\n' +
        'd=os.path.dirname(sys.argv[1]);os.rename(d+"/drop/"+n+".call",d+"/taken/"+n+".call");a.send(b"9 0 0\\n");a.recv(1)\n';
      place.folder.write('server.py', script);
      const { join: path } = place.folder;
      const shell = `python3 ${path('server.py')} ${place.spool}/socket ${path('ready')} & while [ ! -e ${path('ready')} ]; do sleep 0.02; done; exec -a mailshim "$0" -t`;
      const { code, program } = await place.run([], { shell, input: 'mail' });
      assert.deepEqual([code, program], [9, undefined]);
    }),
  );

  test(`${build}: fifty calls at once`, () =>
    within(build, async (place) => {
      await place.listen(answer(0));
      const shell = 'for n in $(seq 50); do echo "mail $n" | "$0" -t "$n" || echo failed & done; wait';
      const { stdout, program, calls } = await place.run([], { shell });
      assert.deepEqual(
        [stdout, program, calls.length, new Set(calls.map(({ id }) => id)).size],
        ['', undefined, 50, 50],
      );
      for (const { argv, message } of calls) assert.equal(message.toString(), `mail ${argv[2]}\n`);
    }));

  test(`${build}: descriptors that are inherited go to the program, and no others`, () =>
    within(build, async (place) => {
      await place.listen(({ socket }) => void socket.end('not-mine\n'));
      place.program(`for fd in /proc/$$/fd/*; do [ -e "$fd" ] && printf "%s " "\${fd##*/}"; done; cat <&7`);
      place.folder.write('seven', 'seven');
      const shell = `for fd in /proc/$$/fd/*; do n=\${fd##*/}; [ $n -gt 2 ] && eval "exec $n>&-"; done; exec 7<${place.folder.join('seven')}; exec -a mailshim "$0" -t`;
      const { stdout } = await place.run([], { shell, input: 'mail' });
      // 10 is the script itself, as dash opens it.
      assert.match(stdout, /^0 1 (10 )?2 7 seven$/);
    }));

  test(`${build}: where the program is`, { skip: python.missing }, async (t) => {
    const rows: readonly [name: string, prepare: (place: Surroundings) => RunOptions | undefined, code: number][] = [
      ['beside the launcher', () => undefined, 17],
      [
        'beside the file that a link leads to',
        (place) => {
          const link = place.folder.join('home/sendmail');
          symlinkSync(place.launcher, link);
          return { shell: `exec ${link}` };
        },
        17,
      ],
      [
        'beside, and the launcher has that name as well',
        (place) => {
          rmSync(place.folder.join('bin/mailshim'));
          linkSync(place.launcher, place.folder.join('bin/mailshim'));
          return { shell: 'exec "$(dirname "$0")/mailshim"' };
        },
        69,
      ],
      [
        'two folders above, from npm',
        (place) => {
          rmSync(place.folder.join('bin/mailshim'));
          const [from, to] = ['modules/@mailshim/linux-x64', 'modules/mailshim/dist'].map((name) =>
            place.folder.join(name),
          ) as [string, string];
          for (const folder of [from, to]) mkdirSync(folder, { recursive: true });
          copyFileSync(place.launcher, join(from, 'launcher'));
          place.program('exit 18', 'modules/mailshim/dist/mailshim.cjs');
          return { shell: `exec ${from}/launcher` };
        },
        18,
      ],
      ['nowhere', (place) => void rmSync(place.folder.join('bin/mailshim')), 69],
      [
        'a folder',
        (place) => {
          rmSync(place.folder.join('bin/mailshim'));
          mkdirSync(place.folder.join('bin/mailshim'));
          return undefined;
        },
        69,
      ],
      ['a file that cannot be run', (place) => void chmodSync(place.folder.join('bin/mailshim'), 0o644), 69],
      [
        'an environment with 40,000 entries',
        (place) => {
          // A shell would take seconds to read it.
          rmSync(place.folder.join('bin/mailshim'));
          copyFileSync('/bin/false', place.folder.join('bin/mailshim'));
          const many = 'import os,sys;os.execve(sys.argv[1],["mailshim"],{"v%d"%n:"" for n in range(40000)})';
          return { shell: `ulimit -s unlimited; exec python3 -c '${many}' "$0"` };
        },
        1,
      ],
    ];
    for (const [name, prepare, code] of rows) {
      await t.test(name, () =>
        within(build, async (place) => {
          place.program('exit 17');
          const ending = await place.run([], prepare(place) ?? {});
          assert.equal(ending.code, code);
          const lines = ending.stderr.split('\n').filter((line) => line !== '');
          assert.equal(lines.length, code === 69 ? 1 : 0);
          if (code === 69) assert.ok(lines[0]!.includes('/usr/lib/mailshim/mailshim'));
        }),
      );
    }
  });

  test(`${build}: a launcher in the place of the program does not start itself for ever`, () =>
    within(build, async (place) => {
      const { code, program } = await place.run(['-bp'], { argv0: '/x/mailq', env: { MAILSHIM_NAME: 'mailq' } });
      assert.deepEqual([code, program], [69, undefined]);
    }));

  test(`${build}: MAILSHIM_NAME is that of this call, once`, () =>
    within(build, async (place) => {
      place.program('env | grep -c ^MAILSHIM_NAME=');
      const { stdout, program } = await place.run(['-bp'], { argv0: '/x/mailq', env: { MAILSHIM_NAME: 'other' } });
      assert.deepEqual([stdout, program?.name], ['1\n', 'mailq']);
    }));

  test(`${build}: SIGPIPE and SIGXFSZ are for the program as the caller left them`, () =>
    within(build, async (place) => {
      await place.listen(({ socket }) => void socket.end('not-mine\n'));
      place.program('cat > /dev/null; grep SigIgn /proc/$$/status');
      const { stdout } = await place.run(['-t'], { input: 'mail' });
      assert.equal(BigInt(`0x${stdout.trim().split(/\s+/)[1]}`) & ((1n << 12n) | (1n << 24n)), 0n);
    }));
});

eachBuild(['linux-x64'], (build) => {
  // Where a launcher built with this place is run without /proc, its own folder is not known.
  test('without /proc', { skip: noMounts }, async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'mailshim-elsewhere-'));
    const flags = [`-DPROGRAM_PLACES="mailshim","${elsewhere}/mailshim"`, '-DANSWER_MS=30000', '-DTAKEN_MS=1'];
    try {
      await within(
        build,
        async (place) => {
          await place.listen(answer(0));
          writeFileSync(join(elsewhere, 'mailshim'), '#!/bin/sh\nexit 19\n', { mode: 0o755 });
          const run = (words: string) =>
            place.run([], {
              input: 'mail',
              shell: `exec unshare -m bash --norc -c 'mount -t tmpfs none /proc; exec -a mailshim "$0" "$@"' "$0" ${words}`,
            });
          assert.equal((await run('-bp')).code, 19);
          assert.deepEqual([(await run('-t')).code, (await run('-t')).calls.length], [0, 1]);
        },
        flags,
      );
    } finally {
      rmSync(elsewhere, { recursive: true });
    }
  });
});
