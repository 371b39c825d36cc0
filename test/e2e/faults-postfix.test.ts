// A real Postfix that goes away for a while, hangs, or puts off: what the shop handed in meanwhile arrives afterwards.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { after, afterEach, before, describe, test } from 'node:test';
import { kill, type SpoolUnderTest, spoolUnderTest, until } from '../support/fault-spool.ts';
import { needs } from '../support/peers.ts';
import { freePorts } from '../support/ports.ts';
import { type Postfix, startPostfix } from '../support/postfix.ts';
import { runShim } from '../support/program.ts';

const peer = needs('postfix', 'postfix');
const skip = peer.missing || (process.getuid?.() === 0 ? false : 'Postfix needs root to start');
const CUSTOMER = 'customer@customer.example';
const ARCHIVE = 'archive@shop.example';

/** The way to Postfix, which can be cut, and made silent. */
interface Line {
  port: number;
  mode: 'open' | 'silent';
  up(): Promise<void>;
  down(): Promise<void>;
}

async function startLine(target: () => number): Promise<Line> {
  const [port] = (await freePorts(1)) as [number];
  const sockets = new Set<Socket>();
  let server: Server | undefined;
  const line: Line = {
    port,
    mode: 'open',
    async up() {
      server = createServer((socket) => {
        sockets.add(socket);
        socket.on('error', () => undefined);
        socket.on('close', () => sockets.delete(socket));
        if (line.mode === 'silent') return;
        const other = connect(target(), '127.0.0.1');
        sockets.add(other);
        other.on('error', () => socket.destroy());
        other.on('close', () => sockets.delete(other));
        socket.pipe(other).pipe(socket);
      });
      await new Promise<void>((resolve) => server!.listen(port, '127.0.0.1', resolve));
    },
    down: () =>
      new Promise((resolve) => {
        if (server === undefined) resolve();
        else server.close(() => resolve());
        server = undefined;
        for (const socket of sockets) socket.destroy();
      }),
  };
  return line;
}

/** What Postfix asks about each recipient (SMTP access policy delegation): those in the set are put off, and all wait. */
async function startGreylist(greylisted: ReadonlySet<string>, pause: () => number): Promise<Server> {
  const server = createServer((socket) => {
    let pending = '';
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      pending += chunk.toString();
      for (let end = pending.indexOf('\n\n'); end !== -1; end = pending.indexOf('\n\n')) {
        const recipient = /^recipient=(.*)$/m.exec(pending.slice(0, end))?.[1] ?? '';
        pending = pending.slice(end + 2);
        const answer = `action=${greylisted.has(recipient) ? 'DEFER_IF_PERMIT 4.2.0 greylisted' : 'DUNNO'}\n\n`;
        if (pause() === 0) socket.write(answer);
        else setTimeout(() => socket.write(answer), pause());
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

describe('a spool before a Postfix', { skip }, () => {
  let postfix: Postfix;
  let line: Line;
  let spool: SpoolUnderTest;
  let greylist: Server;
  const greylisted = new Set<string>();
  let pause = 0;
  before(async () => {
    greylist = await startGreylist(greylisted, () => pause);
    postfix = await startPostfix({
      users: [CUSTOMER, ARCHIVE],
      main: [
        `smtpd_recipient_restrictions = check_policy_service inet:127.0.0.1:${(greylist.address() as AddressInfo).port}`,
      ],
    });
    line = await startLine(() => postfix.implicitPort);
    spool = spoolUnderTest(line.port, [
      'tls on',
      'tls_starttls off',
      'host localhost',
      `tls_trust_file ${postfix.caFile}`,
    ]);
    await line.up();
  });
  afterEach(async () => {
    for (const pid of spool.senders()) kill(pid);
    await until(() => spool.senders().length === 0, 'the senders to end');
  });
  after(async () => {
    await spool?.remove();
    await line?.down();
    await postfix?.stop();
    greylist?.close();
  });

  const hand = (name: string, words: readonly string[] = [], to = CUSTOMER) =>
    runShim(['-C', spool.config, ...words, '-t', '-i'], {
      input: `From: shop@shop.example\nTo: ${to}\nSubject: ${name}\n\nbody of ${name}\n`,
      env: { HOME: '/nonexistent', PATH: '/usr/bin:/bin' },
    });
  const flush = () =>
    runShim(['queue', 'run', '--spool', spool.spool], { env: { HOME: '/nonexistent', PATH: '/usr/bin:/bin' } });
  const empty = () =>
    until(() => spool.names('queue').length + spool.names('active').length === 0, 'the queue to be empty');
  const header = (message: string, name: string) => new RegExp(`^${name}: (.*?)\\r?$`, 'm').exec(message)?.[1];

  test('away for a while: exit 0 without a word, and all of it arrives once it is back, each with an id of its own', async () => {
    await line.down();
    const names = Array.from({ length: 8 }, (_, index) => `order ${index}`);
    for (const name of names) assert.deepEqual(await hand(name), { code: 0, stdout: '', stderr: '' });
    await until(() => /errormsg=.*exitcode=EX_/.test(spool.log()), 'a first attempt that fails');
    assert.equal(spool.names('queue').length + spool.names('active').length, 8);
    await line.up();
    await flush();
    await empty();
    const messages = await postfix.received(CUSTOMER, 8);
    assert.deepEqual(messages.map((message) => header(message, 'Subject')!).sort(), names);
    const ids = messages.map((message) => header(message, 'Message-ID'));
    assert.equal(new Set(ids).size, 8);
    const log = spool
      .log()
      .split('\n')
      .filter((text) => / smtpstatus=250 /.test(text));
    assert.equal(log.length, 8);
    assert.doesNotMatch(spool.log(), /uncertain/);
  });

  test('back by itself, without anybody who asks', async () => {
    await line.down();
    assert.equal((await hand('patient')).code, 0);
    await until(() => /errormsg=/.test(spool.log()), 'a first attempt that fails');
    await line.up();
    await empty();
    assert.equal(header((await postfix.received(CUSTOMER))[0]!, 'Subject'), 'patient');
  });

  test('sent at once while it is away: exit 0, one line, the mail in the spool, delivered later with the same Message-ID', async () => {
    writeFileSync(spool.config, readFileSync(spool.config, 'utf8').replace('delivery queue', 'delivery direct'));
    await line.down();
    const ran = await hand('direct');
    assert.equal(ran.code, 0);
    assert.match(ran.stderr, /^mailshim: [^\n]*; the mail waits in the queue \([0-9A-Z]{16}\)\n$/);
    assert.equal(spool.names('queue').length + spool.names('active').length, 1);
    const shown = await runShim(['queue', 'list', '--json', '--spool', spool.spool], { env: { HOME: '/nonexistent' } });
    assert.match(shown.stdout, /"uncertain": false/);
    await line.up();
    await flush();
    await empty();
    const [message] = await postfix.received(CUSTOMER);
    assert.equal(header(message!, 'Subject'), 'direct');
    assert.deepEqual(await postfix.received(CUSTOMER, 0), []);
  });

  test('a relay that says nothing costs the shopper the submit_deadline, and the mail arrives later', async () => {
    writeFileSync(spool.config, `${readFileSync(spool.config, 'utf8')}submit_deadline 1\n`);
    await line.down();
    line.mode = 'silent';
    await line.up();
    const ran = await hand('deadline');
    assert.equal(ran.code, 0);
    assert.match(
      ran.stderr,
      /^mailshim: [^\n]*did not accept the mail in 1 s \(directive submit_deadline\)[^\n]*waits in the queue[^\n]*\n$/,
    );
    await line.down();
    line.mode = 'open';
    await line.up();
    await flush();
    await empty();
    assert.equal(header((await postfix.received(CUSTOMER))[0]!, 'Subject'), 'deadline');
  });

  test('slow to take a recipient: the first mail sent at once may arrive twice, the next ones do not', async () => {
    const lines = readFileSync(spool.config, 'utf8').replace(/delivery \w+/, 'delivery direct');
    writeFileSync(spool.config, `${lines.replace(/^submit_deadline .*\n/gm, '')}submit_deadline 1\n`);
    writeFileSync(spool.folder.join('log'), '');
    const sendSlowly = async (name: string) => {
      pause = 2500;
      const ran = await hand(name);
      assert.equal(ran.code, 0);
      assert.match(ran.stderr, /did not accept the mail in 1 s \(directive submit_deadline\)[^\n]*waits in the queue/);
      // Time for Postfix to end what it had begun.
      const served = () => (postfix.log().match(/disconnect from /g) ?? []).length;
      const before = served();
      await until(() => served() > before, 'Postfix to be done with it');
      pause = 0;
      await flush();
      await empty();
    };
    await sendSlowly('in doubt');
    const twice = await postfix.received(CUSTOMER, 2);
    assert.equal(new Set(twice.map((message) => header(message, 'Message-ID'))).size, 1);
    assert.match(spool.log(), /uncertain/);
    writeFileSync(spool.folder.join('log'), '');
    await sendSlowly('without doubt');
    assert.equal(header((await postfix.received(CUSTOMER, 1))[0]!, 'Subject'), 'without doubt');
    assert.doesNotMatch(spool.log(), /uncertain/);
    assert.deepEqual(await postfix.received(CUSTOMER, 0), []);
  });

  for (const delivery of ['queue', 'direct']) {
    test(`${delivery}: a greylisted recipient gets it later, the other has it once, both with the same Message-ID`, async () => {
      writeFileSync(spool.config, readFileSync(spool.config, 'utf8').replace(/delivery \w+/, `delivery ${delivery}`));
      greylisted.add(ARCHIVE);
      const ran = await hand('grey', [], `${CUSTOMER}, ${ARCHIVE}`);
      assert.equal(ran.code, 0, ran.stderr);
      if (delivery === 'direct')
        assert.match(ran.stderr, /^mailshim: [^\n]*archive@shop\.example[^\n]*waits in the queue\n$/);
      else assert.equal(ran.stderr, '');
      const [first] = await postfix.received(CUSTOMER);
      await until(
        () => spool.names('active').length === 0 && spool.names('queue').length === 1,
        'the end of the attempt',
      );
      assert.deepEqual(await postfix.received(ARCHIVE, 0), []);
      greylisted.clear();
      await flush();
      await empty();
      const [second] = await postfix.received(ARCHIVE);
      assert.ok(header(first!, 'Message-ID'));
      assert.equal(header(second!, 'Message-ID'), header(first!, 'Message-ID'));
      assert.deepEqual(await postfix.received(CUSTOMER, 0), []);
    });
  }
});
