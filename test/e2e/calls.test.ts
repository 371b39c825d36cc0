// Calls: mails that a launcher hands to the daemon, or to the sender of a private spool, over its socket.
import assert from 'node:assert/strict';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { callName, stuckName } from '../../shim/spool/commit.ts';
import { openEntry } from '../../shim/spool/entry.ts';
import { call, encodeCall, newId, say, writeCall } from '../support/calls.ts';
import { relayLines, startDaemon, variablesOf } from '../support/calls-daemon.ts';
import { until } from '../support/fault-spool.ts';
import { temporaryFolder } from '../support/folder.ts';
import { hermetic } from '../support/hermetic.ts';
import { launchedInto, noLauncher } from '../support/launched.ts';
import { run, runShim } from '../support/program.ts';
import { startFaultRelay } from '../support/relay-faults.ts';
import { type Script, startScriptedRelay } from '../support/scripted-relay.ts';

const WEB = 33;
const OTHER = 65534;
const MAIL = 'From: shop@shop.example\nTo: a@x.example\nSubject: s\n\nbody\n';
const skip = process.getuid?.() !== 0 && 'only root can be several users';

describe('calls to the daemon', { skip }, () => {
  const open: (() => void | Promise<void>)[] = [];
  after(async () => {
    for (const close of open.reverse()) await close();
  });
  const relayOf = async (script: Script = () => undefined, offers?: string[]) => {
    const relay = await startScriptedRelay(script, offers === undefined ? {} : { offers });
    open.push(() => relay.stop());
    return relay;
  };
  const daemonOf = async (config: string, options = {}) => {
    const daemon = await startDaemon(config, options);
    open.push(async () => {
      await daemon.stop();
      daemon.folder.remove();
    });
    return daemon;
  };

  test('a mail is answered for once it is in the queue, and is sent; its file is gone', async () => {
    const relay = await relayOf();
    const daemon = await daemonOf(`${relayLines(relay)}\nlogfile LOG`.replace('LOG', '/dev/null'));
    const done = await call(daemon.spool, ['-t', '-i'], MAIL, { uid: WEB, variables: variablesOf(daemon) });
    assert.deepEqual({ ...done, id: '' }, { kind: 'answered', code: 0, stdout: '', stderr: '', id: '' });
    await until(() => relay.mails.length === 1, 'the mail');
    assert.deepEqual(relay.mails, [['a@x.example']]);
    for (const name of ['drop', 'taken', 'queue', 'active', 'tmp']) assert.deepEqual(daemon.names(name), [], name);
    const { mode } = statSync(join(daemon.spool, 'socket'));
    assert.equal(mode & 0o777, 0o666);
  });

  test('the entry is that of the caller, under the id of its call', async () => {
    const daemon = await daemonOf('host 127.0.0.1\nport 1\ntls off');
    const done = await call(daemon.spool, ['-t', '-i', '-f', 'other@shop.example'], MAIL, {
      uid: WEB,
      variables: variablesOf(daemon),
    });
    assert.equal(done.kind === 'answered' && done.code, 0);
    await until(() => daemon.names('queue').length === 1, 'the mail');
    assert.deepEqual(daemon.names('queue'), [done.id]);
    const { submission, close } = openEntry(join(daemon.spool, 'queue', done.id));
    close();
    assert.equal(submission.submittedBy, WEB);
    assert.equal(submission.envelopeFrom, 'other@shop.example');
    assert.equal(submission.account, 'default');
    assert.match(daemon.said(), new RegExp(`${done.id} accepted from uid ${WEB}`));
    const status = await runShim(['status', '--json', '--spool', daemon.spool], { env: daemon.env });
    assert.equal((JSON.parse(status.stdout) as { waiting: number }).waiting, 1);
  });

  const decisions: { name: string; words: string[]; message?: string; code: number; stderr: RegExp }[] = [
    { name: 'no recipient', words: ['-i'], code: 64, stderr: /no recipients/ },
    { name: 'an unknown flag', words: ['-t', '-y'], code: 64, stderr: /unknown option "-y"/ },
    { name: 'an unknown account', words: ['-a', 'none', '-t'], code: 78, stderr: /none/ },
    { name: 'too large', words: ['-t'], message: `${MAIL}${'x'.repeat(3000)}`, code: 65, stderr: /message_size_limit/ },
    { name: 'a NUL', words: ['-t'], message: `${MAIL}\0`, code: 65, stderr: /NUL/ },
    { name: 'one bad recipient', words: ['--', 'b@x.example', 'a b@'], code: 65, stderr: /not a recipient/ },
  ];
  test('decisions are those of the program, at once', async (t) => {
    const relay = await relayOf();
    const daemon = await daemonOf(`${relayLines(relay)}\nmessage_size_limit 2000`);
    for (const { name, words, message = MAIL, code, stderr } of decisions)
      await t.test(name, async () => {
        const done = await call(daemon.spool, words, message, { uid: WEB, variables: variablesOf(daemon) });
        const program = await runShim(words, {
          input: message,
          env: { ...daemon.env, MAILSHIM_SPOOL: '/nonexistent' },
        });
        assert.equal(done.kind, 'answered');
        if (done.kind !== 'answered') return;
        assert.equal(done.code, code);
        assert.match(done.stderr, stderr);
        if (name !== 'one bad recipient') assert.equal(done.stderr, program.stderr);
        assert.deepEqual(daemon.names('drop'), []);
        assert.deepEqual(daemon.names('taken'), []);
      });
  });

  test('what the program has to decide is left to it', async (t) => {
    const relay = await relayOf();
    const daemon = await daemonOf(relayLines(relay));
    const variables = variablesOf(daemon);
    const cases: { name: string; words?: string[]; variables?: Record<string, string>; called?: string }[] = [
      { name: 'another configuration', words: ['-C', '/etc/x', '-t'] },
      { name: 'a setting', words: ['--host=x', '-t'] },
      { name: '-bs', words: ['-bs'] },
      { name: '-bp', words: ['-bp'] },
      { name: 'a command', words: ['queue'] },
      { name: 'mailq', words: [], called: '/usr/bin/mailq' },
      { name: 'another etc', variables: { ...variables, MAILSHIM_ETC: '/elsewhere' } },
      { name: 'no etc', variables: { MAILSHIM_SPOOL: daemon.spool } },
      { name: 'another spool', variables: { ...variables, MAILSHIM_SPOOL: '/elsewhere' } },
    ];
    for (const { name, words = ['-t'], variables: chosen = variables, called } of cases)
      await t.test(name, async () => {
        const done = await call(daemon.spool, words, MAIL, {
          uid: WEB,
          variables: chosen,
          ...(called === undefined ? {} : { name: called }),
        });
        assert.deepEqual({ ...done, id: '' }, { kind: 'program', why: 'not-mine', id: '' });
      });
    await t.test('a configuration that is broken', async () => {
      const file = daemon.folder.join('etc/mailshimrc');
      const right = readFileSync(file, 'utf8');
      daemon.folder.write('etc/mailshimrc', `${right}nonsense\n`);
      await until(
        async () => (await call(daemon.spool, ['-t'], MAIL, { uid: WEB, variables })).kind === 'program',
        'it',
      );
      daemon.folder.write('etc/mailshimrc', right);
    });
    assert.deepEqual(daemon.names('drop'), []);
  });

  test('what is no call is not opened, read or answered for', async (t) => {
    const daemon = await daemonOf('host 127.0.0.1\nport 1\ntls off');
    const bytes = encodeCall(['-t'], MAIL, { variables: variablesOf(daemon) });
    const path = (id: string) => join(daemon.spool, 'drop', callName(id));
    const { execFileSync } = await import('node:child_process');
    const cases: Record<string, (id: string) => void> = {
      'a name that does not exist': () => undefined,
      'a link': (id) => {
        writeCall(daemon.spool, newId(), bytes, WEB);
        execFileSync('ln', ['-s', '/etc/passwd', path(id)]);
      },
      'a FIFO': (id) => execFileSync('mkfifo', [path(id)]),
      'a folder': (id) => mkdirSync(path(id)),
      'two names': (id) => {
        const other = writeCall(daemon.spool, newId(), bytes, WEB);
        execFileSync('ln', [other, path(id)]);
      },
      'the mark of a mail': (id) => chmodSync(writeCall(daemon.spool, id, bytes, WEB), 0o740),
      'nothing in it': (id) => writeCall(daemon.spool, id, Buffer.alloc(0), WEB),
      nonsense: (id) => writeCall(daemon.spool, id, Buffer.from('nonsense'), WEB),
      'too much': (id) => writeCall(daemon.spool, id, Buffer.concat([bytes, Buffer.alloc(330_000, 'x')]), WEB),
      'a large hole': (id) => execFileSync('truncate', ['-s', '8G', writeCall(daemon.spool, id, bytes, WEB)]),
    };
    for (const [name, make] of Object.entries(cases))
      await t.test(name, async () => {
        const id = newId();
        make(id);
        assert.equal(String(await say(daemon.spool, `${id}\n`, 5000)), 'not-mine\n');
      });
    const old = newId(Date.now() - 600_000);
    writeCall(daemon.spool, old, bytes, WEB);
    assert.equal(String(await say(daemon.spool, `${old}\n`, 5000)), 'not-mine\n');
    for (const line of ['', '\n', 'x\n', '../../etc/passwd\n', `${'A'.repeat(40)}\n`, `${newId()}\nmore`])
      assert.ok(['', 'not-mine\n'].includes(String(await say(daemon.spool, line, 5000))), JSON.stringify(line));
    assert.deepEqual(daemon.names('queue'), []);
    // A file that only the caller may read.
    const hidden = newId();
    chmodSync(writeCall(daemon.spool, hidden, bytes, WEB), 0o600);
  });

  test('an id that another mail has is left to the program, and that mail stays', async () => {
    const daemon = await daemonOf('host 127.0.0.1\nport 1\ntls off');
    const variables = variablesOf(daemon);
    const first = await call(daemon.spool, ['-t'], MAIL, { uid: WEB, variables });
    await until(() => daemon.names('queue').includes(first.id), 'the mail');
    const before = readFileSync(join(daemon.spool, 'queue', first.id));
    const second = await call(daemon.spool, ['-t'], `${MAIL}other`, { uid: OTHER, variables, id: first.id });
    assert.deepEqual(second, { kind: 'program', why: 'not-mine', id: first.id });
    await until(() => daemon.names('queue').includes(first.id), 'the mail');
    assert.deepEqual(readFileSync(join(daemon.spool, 'queue', first.id)), before);
  });

  test('the same name twice at once is one mail', async () => {
    const daemon = await daemonOf('host 127.0.0.1\nport 1\ntls off');
    const id = newId();
    writeCall(daemon.spool, id, encodeCall(['-t'], MAIL, { variables: variablesOf(daemon) }), WEB);
    const said = await Promise.all([say(daemon.spool, `${id}\n`, 5000), say(daemon.spool, `${id}\n`, 5000)]);
    assert.deepEqual(said.map(String).sort(), ['0 0 0\n', 'not-mine\n']);
    await until(() => daemon.names('queue').length === 1, 'the mail');
  });

  const addresses = (count: number) => Array.from({ length: count }, (_, number) => `${number}@x.d`);
  const heavy: { name: string; words: string[]; message?: string; mine: boolean }[] = [
    { name: '900 words', words: ['-i', ...addresses(900)], mine: true },
    { name: 'ten thousand words', words: ['-i', ...Array.from({ length: 10_000 }, () => 'a@x')], mine: false },
    { name: '1000 recipients', words: ['-t'], message: `To: ${addresses(1000).join(',\n ')}\n\nx\n`, mine: true },
    {
      name: 'ten thousand recipients',
      words: ['-t'],
      message: `To: ${addresses(10_000).join(',\n ')}\n\nx\n`,
      mine: false,
    },
    {
      name: 'a header without end',
      words: ['-t'],
      message: `${MAIL.split('\n\n')[0]}\nX: ${'x'.repeat(40_000)}`,
      mine: false,
    },
    { name: 'a large body', words: ['-t'], message: `${MAIL}${'x\n'.repeat(120_000)}`, mine: true },
  ];
  test('what takes long to read is left to the program', async (t) => {
    const daemon = await daemonOf('host 127.0.0.1\nport 1\ntls off');
    for (const { name, words, message = MAIL, mine } of heavy)
      await t.test(name, async () => {
        const done = await call(daemon.spool, words, message, { uid: WEB, variables: variablesOf(daemon) });
        const end = done.kind === 'answered' ? done.code : done.kind === 'program' && done.why;
        assert.equal(end, mine ? 0 : 'not-mine');
      });
  });

  test('a user with its share of the drop folder is refused as by the program', async () => {
    const daemon = await daemonOf('host 127.0.0.1\nport 1\ntls off\ndrop_files 3');
    const variables = variablesOf(daemon);
    for (let count = 0; count < 5; count++) writeCall(daemon.spool, newId(), Buffer.from('x'), WEB);
    // Names of calls are not looked at when they come, but with all others.
    await daemon.stop();
    await daemon.start();
    await until(() => existsSync(join(daemon.spool, 'full')), 'the share');
    const done = await call(daemon.spool, ['-t'], MAIL, { uid: WEB, variables });
    assert.equal(done.kind === 'answered' && done.code, 73);
    assert.match(done.kind === 'answered' ? done.stderr : '', /share of the drop folder/);
    const other = await call(daemon.spool, ['-t'], MAIL, { uid: OTHER, variables });
    assert.equal(other.kind === 'answered' && other.code, 0);
  });

  test('ten thousand silent connections keep no caller waiting', async () => {
    const daemon = await daemonOf('host 127.0.0.1\nport 1\ntls off');
    const variables = variablesOf(daemon);
    const { connect } = await import('node:net');
    const sockets = new Set<ReturnType<typeof connect>>();
    let opened = 0;
    for (let count = 0; count < 10_000; count += 500) {
      await Promise.all(
        Array.from(
          { length: 500 },
          () =>
            new Promise<void>((resolve) => {
              const socket = connect(join(daemon.spool, 'socket'), () => {
                opened++;
                resolve();
              });
              sockets.add(socket);
              socket.on('error', () => resolve());
            }),
        ),
      );
      const done = await call(daemon.spool, ['-t'], MAIL, { uid: WEB, variables });
      assert.equal(done.kind === 'answered' && done.code, 0);
    }
    assert.ok(opened > 5_000, String(opened));
    await until(
      () => [...sockets].every(({ destroyed, readableEnded }) => destroyed || readableEnded),
      'the end of all',
    );
    for (const socket of sockets) socket.destroy();
  });

  test('delivery direct: one connection for many, the verdict of the relay, and what waits', async (t) => {
    const relay = await relayOf(
      ({ line }) => {
        if (line.includes('bad@')) return '550 5.1.1 no such user';
        if (line.includes('grey@')) return '450 4.2.0 later';
        return undefined;
      },
      ['PIPELINING', '8BITMIME', 'CHUNKING', 'ENHANCEDSTATUSCODES'],
    );
    const daemon = await daemonOf(`${relayLines(relay)}\ndelivery direct`);
    const variables = variablesOf(daemon);
    const to = (address: string) => call(daemon.spool, ['-i', address], MAIL, { uid: WEB, variables });
    for (let count = 0; count < 3; count++) assert.equal((await to('a@x.example')).kind, 'answered');
    assert.equal(relay.connections, 1);
    assert.equal(relay.mails.length, 3);
    const cases = [
      { address: 'a@x.example', code: 0, stderr: /^$/, waits: 0 },
      { address: 'bad@x.example', code: 67, stderr: /550 5\.1\.1 no such user/, waits: 0 },
      { address: 'grey@x.example', code: 0, stderr: /450 4\.2\.0 later.*waits in the queue/, waits: 1 },
    ];
    for (const { address, code, stderr, waits } of cases)
      await t.test(address, async () => {
        const done = await to(address);
        assert.equal(done.kind === 'answered' && done.code, code);
        assert.match(done.kind === 'answered' ? done.stderr : '', stderr);
        assert.equal(daemon.names('queue').length + daemon.names('active').length, waits);
        assert.deepEqual(daemon.names('taken'), []);
        assert.deepEqual(daemon.names('drop'), []);
      });
    assert.equal(relay.connections, 1);
  });

  test('delivery direct, and the relay is away: the conclusion is the same for the first and those that follow', async () => {
    const daemon = await daemonOf('host 127.0.0.1\nport 1\ntls off\ndelivery direct');
    const variables = variablesOf(daemon);
    const ends = [];
    for (let count = 0; count < 3; count++) ends.push(await call(daemon.spool, ['-t'], MAIL, { uid: WEB, variables }));
    const texts = ends.map((done) =>
      done.kind === 'answered' ? `${done.code} ${done.stderr.replaceAll(done.id, 'ID')}` : '',
    );
    assert.match(
      texts[0]!,
      /^0 mailshim: 127\.0\.0\.1:1 refused the connection.*the mail waits in the queue \(ID\)\n$/,
    );
    assert.deepEqual(new Set(texts).size, 1);
    await until(() => daemon.names('queue').length === 3, 'the mails');
  });

  test('delivery direct: the places at the relay are shared in turn', async () => {
    let most = 0;
    let now = 0;
    const relay = await relayOf(({ line }) => {
      if (line.startsWith('MAIL')) most = Math.max(most, ++now);
      if (line === 'message') now--;
      return undefined;
    });
    const daemon = await daemonOf(`${relayLines(relay)}\ndelivery direct\nrelay_connections 2`);
    const variables = variablesOf(daemon);
    const ends = await Promise.all(
      Array.from({ length: 40 }, () => call(daemon.spool, ['-t'], MAIL, { uid: WEB, variables })),
    );
    assert.deepEqual(new Set(ends.map((done) => done.kind === 'answered' && done.code)), new Set([0]));
    assert.equal(relay.mails.length, 40);
    assert.ok(relay.connections <= 2 && most <= 2);
  });

  test('what a sender that ended had taken goes into the queue when one starts', async () => {
    const daemon = await daemonOf('host 127.0.0.1\nport 1\ntls off');
    await daemon.stop();
    const ids = [newId(), newId()];
    for (const id of ids) {
      const file = writeCall(daemon.spool, id, encodeCall(['-t'], MAIL, { variables: variablesOf(daemon) }), WEB);
      renameSync(file, join(daemon.spool, 'taken', callName(id)));
    }
    const bad = newId();
    writeCall(daemon.spool, bad, Buffer.from('nonsense'), WEB);
    renameSync(join(daemon.spool, 'drop', callName(bad)), join(daemon.spool, 'taken', callName(bad)));
    const list = await runShim(['queue', '--json', '--spool', daemon.spool], { env: daemon.env });
    assert.deepEqual(
      (JSON.parse(list.stdout) as { id: string; recipients: { address: string }[] }[])
        .map(({ id, recipients }) => [id, recipients.length])
        .sort(),
      [...ids.map((id) => [id, 1]), [bad, 0]].sort(),
    );
    // What another user put in the place of a call at the last moment.
    mkdirSync(join(daemon.spool, 'taken', callName(newId())));
    await daemon.start();
    assert.deepEqual(daemon.names('taken'), [stuckName(bad)]);
    await until(() => daemon.names('queue').length === 2, 'the mails');
    assert.deepEqual(daemon.names('queue').sort(), ids.sort());
    assert.match(daemon.said(), new RegExp(`the mail ${bad} cannot be put into the queue`));
    const stuck = newId(Date.now() - 600_000);
    renameSync(join(daemon.spool, 'taken', stuckName(bad)), join(daemon.spool, 'taken', stuckName(stuck)));
    const status = await runShim(['status', '--json', '--spool', daemon.spool], { env: daemon.env });
    const { level, reasons, waiting } = JSON.parse(status.stdout) as {
      level: string;
      reasons: string[];
      waiting: number;
    };
    assert.deepEqual([level, waiting], ['warning', 3]);
    assert.ok(
      reasons.some((reason) => reason.includes('from its caller')),
      reasons.join(),
    );
  });

  test('a mail that cannot be put into the queue is listed, tried again and deleted', async () => {
    const daemon = await daemonOf('host 127.0.0.1\nport 1\ntls off');
    await daemon.stop();
    const queue = async (...words: string[]) => {
      const ran = await runShim(['queue', ...words, '--spool', daemon.spool], { env: daemon.env });
      return { ...ran, mails: words[0] === '--json' ? JSON.parse(ran.stdout) : [] };
    };
    const take = () => {
      const id = newId();
      const words = ['-a', 'later', '-t'];
      const file = writeCall(daemon.spool, id, encodeCall(words, MAIL, { variables: variablesOf(daemon) }), WEB);
      renameSync(file, join(daemon.spool, 'taken', callName(id)));
      return id;
    };
    const state = async () =>
      ((await queue('--json')).mails as { id: string; state: string; recipients: unknown[] }[])
        .map(({ id, state, recipients }) => [id, state, recipients.length])
        .sort();
    // Without a sender it is in no sender's hands.
    const first = take();
    assert.deepEqual(await state(), [[first, 'active', 1]]);
    assert.equal((await queue('delete', first)).code, 0);
    assert.deepEqual(daemon.names('taken'), []);

    const ids = [take(), take()].sort() as [string, string];
    await daemon.start();
    await until(() => daemon.names('taken').sort().join() === ids.map(stuckName).join(), 'both to be stuck');
    assert.deepEqual(
      await state(),
      ids.map((id) => [id, 'stuck', 1]),
    );
    for (const change of ['show', 'hold', 'release']) assert.notEqual((await queue(change, ids[0])).code, 0, change);
    assert.equal((await queue('delete', ids[0])).code, 0);
    assert.deepEqual(await state(), [[ids[1], 'stuck', 1]]);
    // Nothing has changed.
    const retry = await queue('retry', ids[1]);
    assert.deepEqual([retry.code, retry.stderr], [0, '']);
    await until(() => !existsSync(join(daemon.spool, 'flush')), 'the sender to have seen it');
    await until(() => existsSync(join(daemon.spool, 'taken', stuckName(ids[1]))), 'it to be stuck again');
    assert.equal(daemon.said().match(/cannot be put into the queue/g)?.length, 2, daemon.said());
    appendFileSync(daemon.folder.join('etc/mailshimrc'), 'account later : default\n');
    assert.equal((await queue('retry', '--all')).code, 0);
    await until(() => daemon.names('queue').includes(ids[1]), 'the mail');
    await until(() => daemon.names('taken').length === 0, 'its file in taken to go');
    assert.equal((await queue('delete', ids[1])).code, 0);
    assert.deepEqual(await state(), []);
  });

  test('a mail in the hands of a sender is not deleted under it', async () => {
    const relay = await startFaultRelay({ fault: () => ({ at: 'message', does: 'hang' }) });
    open.push(() => relay.stop());
    const daemon = await daemonOf(`host 127.0.0.1\nport ${relay.port}\ntls off\ndelivery direct\ntimeout 60`);
    const calling = call(daemon.spool, ['-t'], MAIL, { uid: WEB, variables: variablesOf(daemon) });
    await until(() => daemon.names('taken').length === 1, 'the mail to be taken');
    const id = daemon.names('taken')[0]!.slice(0, 16);
    const ran = await runShim(['queue', 'delete', id, '--spool', daemon.spool], { env: daemon.env });
    assert.deepEqual([ran.code, ran.stdout], [69, '']);
    assert.deepEqual(daemon.names('taken'), [callName(id)]);
    daemon.child().kill('SIGKILL');
    assert.equal((await calling).kind, 'taken');
    await daemon.stop();
    assert.equal((await runShim(['queue', 'delete', id, '--spool', daemon.spool], { env: daemon.env })).code, 0);
    assert.deepEqual(daemon.names('taken'), []);
  });

  test('a daemon that is asked to end answers those whose mail it has, and lets no more in', async () => {
    const relay = await startFaultRelay({ fault: () => ({ at: 'message', does: 'slowly' }) });
    open.push(() => relay.stop());
    const daemon = await daemonOf(`host 127.0.0.1\nport ${relay.port}\ntls off\ndelivery direct`);
    const variables = variablesOf(daemon);
    const calling = call(daemon.spool, ['-t'], MAIL, { uid: WEB, variables });
    await until(() => daemon.names('taken').length === 1, 'the mail to be taken');
    const ending = daemon.stop();
    const done = await calling;
    assert.deepEqual([done.kind, done.kind === 'answered' && done.code], ['answered', 0]);
    await ending;
    assert.equal(relay.mails.length, 1);
    assert.ok(!existsSync(join(daemon.spool, 'socket')));
    assert.deepEqual((await call(daemon.spool, ['-t'], MAIL, { uid: WEB, variables })).kind, 'program');
    assert.deepEqual(daemon.names('taken'), []);
  });

  test('a mail that is taken over twice has one Message-ID, and the log says that it may arrive twice', async () => {
    const daemon = await daemonOf('host 127.0.0.1\nport 1\ntls off');
    const id = newId();
    const seeds = [];
    const { renameSync, rmSync } = await import('node:fs');
    for (let time = 0; time < 2; time++) {
      await daemon.stop();
      const file = writeCall(daemon.spool, id, encodeCall(['-t'], MAIL, { variables: variablesOf(daemon) }), WEB);
      renameSync(file, join(daemon.spool, 'taken', callName(id)));
      await daemon.start();
      await until(() => daemon.names('queue').includes(id), 'the mail');
      await daemon.stop();
      const { submission, close } = openEntry(join(daemon.spool, 'queue', id));
      close();
      assert.equal(submission.earlier?.uncertain, true);
      assert.equal(submission.acceptedAt, Number.parseInt(id.slice(0, 8), 36));
      seeds.push(submission.seed);
      for (const folder of ['queue', 'state']) rmSync(join(daemon.spool, folder, id), { force: true });
    }
    assert.match(seeds[0]!, /^[0-9a-f]{32}$/);
    assert.equal(seeds[0], seeds[1]);
  });

  test('a caller that goes away before its mail is taken has handed in none', async () => {
    const daemon = await daemonOf('host 127.0.0.1\nport 1\ntls off');
    const id = newId();
    const file = writeCall(daemon.spool, id, encodeCall(['-t'], MAIL, { variables: variablesOf(daemon) }), WEB);
    await say(daemon.spool, id, 50);
    assert.ok(existsSync(file));
    assert.deepEqual(daemon.names('queue'), []);
  });
});

describe('calls to the sender of a private spool', () => {
  test('it listens while it is at work, for its own user, and ends', async () => {
    const relay = await startScriptedRelay(() => undefined);
    const folder = temporaryFolder('mailshim-calls-');
    try {
      const spool = folder.join('state/mailshim/spool');
      folder.write(
        '.msmtprc',
        `${relayLines(relay)}\nfrom shop@shop.example\npreflight off\n#mailshim: delivery queue\n#mailshim: sender_idle 1\n`,
      );
      const env = hermetic({ HOME: folder.path, XDG_STATE_HOME: folder.join('state'), PATH: process.env.PATH! });
      const first = await runShim(['-t'], { input: MAIL, env });
      assert.equal(first.code, 0, first.stderr);
      await until(() => existsSync(join(spool, 'socket')), 'the socket');
      assert.equal(statSync(join(spool, 'socket')).mode & 0o777, 0o600);
      const { HOME, XDG_STATE_HOME, MAILSHIM_ETC, MAILSHIM_SPOOL } = env as Record<string, string>;
      const variables = {
        HOME: HOME!,
        XDG_STATE_HOME: XDG_STATE_HOME!,
        MAILSHIM_ETC: MAILSHIM_ETC!,
        MAILSHIM_SPOOL: MAILSHIM_SPOOL!,
      };
      const done = await call(spool, ['-t'], MAIL, { variables });
      assert.deepEqual([done.kind, done.kind === 'answered' && done.code], ['answered', 0]);
      const other = await call(spool, ['-t'], MAIL, { variables: { ...variables, HOME: '/elsewhere' } });
      assert.deepEqual([other.kind, other.kind === 'program' && other.why], ['program', 'not-mine']);
      await until(() => relay.mails.length === 2, 'the mails');
      await until(() => !existsSync(join(spool, 'socket')), 'its end');
    } finally {
      relay.stop();
      folder.remove();
    }
  });

  test('the launcher finds the sender of a spool elsewhere', { skip: noLauncher }, async () => {
    const relay = await startScriptedRelay(() => undefined);
    const folder = temporaryFolder('mailshim-calls-');
    try {
      const launched = launchedInto(folder);
      const spool = folder.join('elsewhere');
      folder.write(
        '.mailshimrc',
        `${relayLines(relay)}\nfrom shop@shop.example\npreflight off\ndelivery queue\nsender_idle 2\nspool ${spool}\n`,
      );
      const env = hermetic({ HOME: folder.path, XDG_STATE_HOME: folder.join('state'), PATH: process.env.PATH! });
      const send = async () => {
        const ran = await run(launched.sendmail, ['-t'], { input: MAIL, env });
        assert.deepEqual([ran.code, ran.stderr], [0, '']);
        return launched.fallbacks();
      };
      assert.equal(await send(), 1);
      await until(() => existsSync(folder.join('state/mailshim/sender')), 'the link');
      assert.equal(await send(), 1);
      await until(() => relay.mails.length === 2, 'the mails');
      await until(() => readdirSync(folder.join('state/mailshim')).length === 0, 'its end');
      assert.equal(await send(), 2);
      await until(() => relay.mails.length === 3, 'the mail');
      await until(() => readdirSync(folder.join('state/mailshim')).length === 0, 'its end');
    } finally {
      relay.stop();
      folder.remove();
    }
  });
});
