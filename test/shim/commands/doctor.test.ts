// `mailshim doctor` as a program: its options, its two forms, and what it says of a relay that misbehaves. The chain as a whole is in test/e2e/sitting*.test.ts.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { Spool } from '../../../shim/spool/queue.ts';
import { AWAKE } from '../../../shim/spool/wake.ts';
import { type TemporaryFolder, temporaryFolder } from '../../support/folder.ts';
import { freePorts } from '../../support/ports.ts';
import { runShim } from '../../support/program.ts';
import { type RelayFault, startFaultRelay } from '../../support/relay-faults.ts';
import { type SmtpSink, startSmtpSink } from '../../support/smtp-sink.ts';

interface Link {
  area: string;
  id: string;
  level: string;
  says: string;
  remedy?: string;
}

describe('mailshim doctor', () => {
  let folder: TemporaryFolder;
  let sink: SmtpSink;
  let nameless: string;
  beforeEach(async () => {
    folder = temporaryFolder();
    // As for a machine where PHP is not installed, whatever this one has.
    mkdirSync(folder.join('root/etc'), { recursive: true });
    writeFileSync(folder.join('root/etc/passwd'), `me:x:${process.getuid!()}:${process.getgid!()}::/:/bin/sh\n`);
    sink = await startSmtpSink({ refuse: { 'nobody@shop.example': '550 5.1.1 no such user' } });
    [nameless] = (await freePorts(1)).map((port) => `127.0.0.1:${port}`) as [string];
  });
  afterEach(async () => {
    await sink.stop();
    folder.remove();
  });

  const doctor = (...words: string[]) =>
    runShim(['doctor', '--root', folder.join('root'), '--user', 'me', '--dns-server', nameless, ...words], {
      env: { HOME: folder.path },
    });
  const configure = (lines: string[], port = sink.port) =>
    folder.write(
      '.mailshimrc',
      `${['account default', 'host localhost', `port ${port}`, 'from orders@shop.example', 'preflight off', `spool ${folder.join('spool')}`, ...lines].join('\n')}\n`,
    );
  const secure = () => ['tls on', 'tls_starttls on', `tls_trust_file ${folder.write('ca.pem', sink.ca)}`];
  async function trouble(...words: string[]): Promise<[number | null, string[]]> {
    const { code, stdout } = await doctor('--json', ...words);
    const { links } = JSON.parse(stdout) as { links: Link[] };
    return [code, links.filter(({ level }) => level === 'failure' || level === 'warning').map(({ id }) => id)];
  }

  test('without a configuration that is all there is to say', async () => {
    assert.deepEqual(await trouble(), [2, ['config.missing']]);
    const { stdout } = await doctor('--lang', 'ru');
    assert.match(stdout, /✗ файл настроек не найден .*\n {6}→ mailshim init\n/);
    assert.match(stdout, /\n\nОшибок: 1, предупреждений: 0\.\n$/);
  });

  test('a relay in order; a name server that does not answer is no fault of the records', async () => {
    configure(secure());
    const { code, stdout } = await doctor('--json');
    const { links } = JSON.parse(stdout) as { links: Link[] };
    assert.deepEqual([code, links.filter(({ level }) => level === 'failure' || level === 'warning')], [0, []]);
    assert.deepEqual(
      links.filter(({ area }) => area === 'relay').map(({ id }) => id),
      ['relay.resolved', 'relay.tls', 'relay.port', 'relay.port', 'relay.port', 'relay.sender', 'relay.by-address'],
    );
    assert.equal(links.find(({ id }) => id === 'dns.good')?.level, 'skipped');
    // What was not checked is named, and nothing is called well for it.
    assert.match((await doctor()).stdout, /not everything could be checked: PHP, DNS\.\n$/);
    assert.deepEqual(sink.mails, []);
  });

  test('clear text, a refused recipient, and a reply that would move the cursor', async () => {
    configure(['tls off']);
    assert.deepEqual(await trouble(), [1, ['relay.clear']]);
    configure(secure());
    assert.deepEqual(await trouble('--to', 'nobody@shop.example'), [2, ['relay.recipient-refused']]);
    const relay = await startFaultRelay({ fault: () => ({ at: 'RCPT', does: '550 5.1.1 no \x1b[2Juser' }) });
    try {
      configure(['tls off'], relay.port);
      assert.match((await doctor()).stdout, /550 5\.1\.1 no \?\[2Juser/);
    } finally {
      await relay.stop();
    }
  });

  const faults: [RelayFault, string][] = [
    [{ at: 'greeting', does: '421 too many connections' }, 'relay.session'],
    [{ at: 'greeting', does: 'drop' }, 'relay.session'],
    [{ at: 'EHLO', does: '502 no' }, 'relay.session'],
    [{ at: 'EHLO', does: 'drop' }, 'relay.session'],
    [{ at: 'MAIL', does: '553 5.7.1 not owned by user' }, 'relay.sender-refused'],
    [{ at: 'RCPT', does: '554 5.7.1 Relay access denied' }, 'relay.not-allowed'],
    [{ at: 'RCPT', does: 'drop' }, 'relay.sender-refused'],
  ];
  for (const [fault, id] of faults)
    test(`a relay that says ${fault.does} at ${fault.at}`, async () => {
      const relay = await startFaultRelay({ fault: () => fault });
      try {
        configure(['tls off'], relay.port);
        const [code, ids] = await trouble();
        assert.deepEqual([code, ids.filter((each) => each !== 'relay.clear')], [2, [id]]);
      } finally {
        await relay.stop();
      }
    });

  test('whether strangers may send is asked of the Worker, where it may tell', async () => {
    const asked: string[] = [];
    let relaying: unknown = null;
    const worker = createServer((request, response) => {
      asked.push(`${request.url} ${request.headers.authorization}`);
      const ports = [
        { port: sink.port, relaying },
        { port: 587, relaying: null },
      ];
      response
        .writeHead(request.url!.startsWith('/v1/probe') && relaying === null ? 403 : 200)
        .end(JSON.stringify({ ports }));
    });
    await new Promise<void>((resolve) => worker.listen(0, '127.0.0.1', resolve));
    try {
      const url = `http://127.0.0.1:${(worker.address() as AddressInfo).port}`;
      configure([...secure(), `preflight_url ${url}`, 'preflight_token secret-secret-secret']);
      const rows: [unknown, [string, string]][] = [
        [null, ['relay.by-address', 'skipped']],
        [{ result: 'unknown', reply: '450 later' }, ['relay.by-address', 'skipped']],
        [{ result: 'refused', reply: '554 5.7.1 Access denied' }, ['relay.closed-outside', 'ok']],
        [{ result: 'accepted', reply: '250 2.1.5 Ok' }, ['relay.open', 'failure']],
      ];
      for (const [said, expected] of rows) {
        relaying = said;
        const { links } = JSON.parse((await doctor('--json')).stdout) as { links: Link[] };
        const last = links.filter(({ area }) => area === 'relay').at(-1)!;
        assert.deepEqual([last.id, last.level], expected);
      }
      assert.ok(asked.includes('/v1/probe?host=localhost Bearer secret-secret-secret'), asked.join());
    } finally {
      worker.closeAllConnections();
      await new Promise((resolve) => worker.close(resolve));
    }
  });

  test('a mail that has been queued for hours, while a sender is running', async () => {
    configure(secure());
    const spool = new Spool(folder.join('spool'));
    for (const name of ['queue', 'active', 'state', 'tmp', 'hold', 'failed'])
      mkdirSync(`${spool.folder}/${name}`, { recursive: true, mode: 0o700 });
    const old = Math.floor(Date.now() - 3 * 3_600_000)
      .toString(36)
      .toUpperCase();
    writeFileSync(`${spool.folder}/queue/${old}ABCDEFGH`, '');
    execFileSync('mkfifo', [`${spool.folder}/${AWAKE}`]);
    const sender = openSync(`${spool.folder}/${AWAKE}`, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      assert.deepEqual(await trouble(), [1, ['queue.old']]);
      assert.match((await doctor('--lang', 'ru')).stdout, / 3 ч\n/);
    } finally {
      closeSync(sender);
    }
    assert.deepEqual(await trouble(), [2, ['queue.unsent']]);
  });

  test('wrong options are errors', async () => {
    configure(secure());
    const rows: [string[], number, RegExp][] = [
      [['--lnag', 'ru'], 64, /doctor: unknown option '--lnag' \(Did you mean --lang\?\); see mailshim doctor --help/],
      [['--account', 'other'], 64, /doctor: .*other/],
      [['--user', 'nginx'], 67, /doctor: there is no user nginx /],
    ];
    for (const [words, code, reason] of rows) {
      const ran = await doctor(...words);
      assert.equal(ran.code, code);
      assert.match(ran.stderr, reason);
    }
    const help = await doctor('--help');
    assert.deepEqual([help.code, help.stderr], [0, '']);
    assert.doesNotMatch(help.stdout, /--root/);
  });
});
