// `mailshim report` in an alias, and `mailshim bounces`: what reaches the Worker, how they end, what the log says; with a real Postfix.
import assert from 'node:assert/strict';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, test } from 'node:test';
import { MAX_REPORT_MAIL_BYTES } from '../../../shared/reports/limits.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { needs } from '../../support/peers.ts';
import { freePorts } from '../../support/ports.ts';
import { type Postfix, startPostfix } from '../../support/postfix.ts';
import { run, runShim, shimCommand } from '../../support/program.ts';
import { startSmtpSink } from '../../support/smtp-sink.ts';

const TOKEN = 'a-token-of-more-than-twenty-characters';
const MAIL = 'From: MAILER-DAEMON@mx.example\nMessage-ID: <bounce@mx.example>\nSubject: Undelivered\n\nbody\n';
const BOUNCED = {
  kind: 'bounce',
  domain: 'shop.example',
  reporter: 'mx.example',
  state: 'stored',
  messageId: 'order1042@shop.example',
  subject: "Order 1042 'x'\nexitcode=EX_OK",
  bounced: [{ address: 'a@x.example', action: 'failed', status: '5.2.2', reason: 'mailbox-full' }],
};
const folder = temporaryFolder();
const log = folder.join('log');
let answer: [status: number, body: unknown];
let got: { path: string; type: string; token: string; body: string }[];
let worker: Server;
let url: string;

before(async () => {
  chmodSync(folder.path, 0o755);
  worker = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const { 'content-type': type = '', authorization: token = '' } = request.headers;
    got.push({ path: request.url!, type, token, body });
    response.writeHead(answer[0], { 'content-type': 'application/json' }).end(JSON.stringify(answer[1]));
  });
  await new Promise<void>((resolve) => worker.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(worker.address() as AddressInfo).port}`;
});
after(async () => {
  worker.closeAllConnections();
  await new Promise((resolve) => worker.close(resolve));
  folder.remove();
});
beforeEach(() => {
  got = [];
  answer = [201, { result: 'taken', reports: [BOUNCED], refused: [] }];
  writeFileSync(log, '', { mode: 0o666 });
  chmodSync(log, 0o666);
});

const rc = (address = url, lines: readonly string[] = []) =>
  folder.write(
    `rc-${lines.length}-${address.length}`,
    ['account default', 'host localhost', 'from shop@shop.example', `logfile ${log}`]
      .concat(address === '' ? [] : [`#mailshim: preflight_url ${address}/`, `#mailshim: preflight_token ${TOKEN}`])
      .concat(lines, '')
      .join('\n'),
    0o644,
  );
const report = (words: string[], input: string | Uint8Array = MAIL, file = rc()) =>
  runShim(['report', '-C', file, ...words], { input });

describe('mailshim report', () => {
  test('hands over the mail as it is, and logs what bounced on one line', async () => {
    const { code, stdout } = await report([]);
    assert.equal(code, 0);
    assert.deepEqual(got, [{ path: '/v1/reports', type: 'message/rfc822', token: `Bearer ${TOKEN}`, body: MAIL }]);
    const line =
      "bounced recipient=a@x.example action=failed status=5.2.2 reason=mailbox-full messageid=order1042@shop.example subject='Order 1042 ?x?\\nexitcode=EX_OK'";
    assert.equal(stdout, `${line}\n`);
    assert.ok(readFileSync(log, 'utf8').endsWith(` mailshim: ${line}\n`));
  });

  const large = new Uint8Array(MAX_REPORT_MAIL_BYTES + 1).fill(97);
  const cases: [name: string, status: number, words: string[], code: number, input?: Uint8Array][] = [
    ['a duplicate', 200, [], 0],
    ['not a report', 422, [], 65],
    ['not a report, in an alias', 422, ['--discard'], 0],
    ['of a domain that is not watched', 403, [], 65],
    ['too large for the Worker', 413, [], 65],
    ['too large to be sent at all', 201, [], 65, large],
    ['a wrong token', 401, [], 75],
    ['a wrong token, in an alias', 401, ['--discard'], 75],
    ['a Worker without a database', 501, [], 75],
    ['too many', 429, [], 75],
    ['a Worker in trouble', 500, [], 75],
    ['an answer of something else', 204, [], 75],
    ['a misspelt flag', 201, ['--discart'], 64],
  ];
  for (const [name, status, words, code, input] of cases) {
    test(`${name}: ${code}`, async () => {
      answer = [status, status < 300 ? { reports: [{ ...BOUNCED, state: 'duplicate' }] } : { detail: 'because' }];
      assert.equal((await report(words, input)).code, code);
      assert.equal(got.length, input !== undefined || code === 64 ? 0 : 1);
    });
  }

  test('without a Worker, a configuration or a connection the mail is kept for later', async () => {
    const [closed] = (await freePorts(1)) as [number];
    for (const file of [rc(''), folder.join('missing'), rc(`http://127.0.0.1:${closed}`)])
      assert.equal((await report(['--discard'], MAIL, file)).code, 75, file);
    assert.equal((await report(['-a', 'other'])).code, 75);
  });
});

describe('mailshim bounces', () => {
  test('lists them, and finds that of one mail', async () => {
    const bounce = {
      at: '2026-11-24T10:05:00.000Z',
      address: 'a@x.example',
      action: 'failed',
      status: '5.2.2',
      title: 'The mailbox is full',
      messageId: 'order1042@shop.example',
      subject: 'Order \u001b[31m1042',
    };
    answer = [200, { recent: [bounce] }];
    const home = temporaryFolder();
    home.write('.msmtprc', readFileSync(rc(), 'utf8'));
    const ran = (...words: string[]) => runShim(['bounces', ...words], { env: { HOME: home.path } });
    const { code, stdout } = await ran('order1042@shop.example');
    assert.equal(code, 0);
    assert.equal(
      stdout,
      '2026-11-24 10:05 a@x.example: The mailbox is full (5.2.2), Order ?[31m1042 <order1042@shop.example>\n',
    );
    assert.equal(got[0]!.path, '/v1/bounces/shop.example?lang=en&message_id=order1042%40shop.example');
    assert.deepEqual(JSON.parse((await ran('--json')).stdout), [bounce]);
    answer = [404, { detail: 'not watched' }];
    assert.equal((await ran()).code, 69);
    home.remove();
  });

  test('the log has the Message-ID under which it is found', async () => {
    const sink = await startSmtpSink();
    try {
      const lines = [`port ${sink.port}`, '#mailshim: preflight off', '#mailshim: spool off'];
      const file = folder.write(
        'send',
        ['host localhost', 'from s@shop.example', `logfile ${log}`, ...lines, ''].join('\n'),
      );
      const input = 'To: a@x.example\nMessage-ID:\n <order1042@shop.example>\nSubject: x\n\nx\n';
      assert.equal((await runShim(['-C', file, 'a@x.example'], { input })).code, 0);
      assert.match(readFileSync(log, 'utf8'), / messageid=order1042@shop\.example exitcode=EX_OK$/m);
    } finally {
      await sink.stop();
    }
  });
});

const peer = needs('postfix', 'postfix');
const swaks = needs('swaks', 'swaks');
const skip = peer.missing || swaks.missing || (process.getuid?.() === 0 ? false : 'Postfix needs root to start');

describe('in an alias of Postfix', { skip }, () => {
  let postfix: Postfix;
  before(async () => {
    const [program, words] = shimCommand();
    const command = [program, ...words, 'report', '--discard', '-C', rc()].join(' ');
    const aliases = folder.write('aliases', `reports "|${command}"\n`, 0o644);
    postfix = await startPostfix({
      users: ['a@shop.example'],
      main: ['mydestination = reports.example', `alias_maps = texthash:${aliases}`, 'minimal_backoff_time = 300s'],
      master: 'local unix - n n - - local\n',
    });
  });
  after(() => postfix.stop());

  const sent = async () => {
    const words = ['--server', `127.0.0.1:${postfix.clearPort}`, '--from', '<>', '--to', 'reports@reports.example'];
    const { code, stdout } = await run(swaks.path, [...words, '--data', '-'], { input: MAIL.replaceAll('\n', '\r\n') });
    assert.equal(code, 0, stdout);
  };
  const logged = async (pattern: RegExp) => {
    for (let attempt = 0; attempt < 200; attempt++) {
      if (pattern.test(postfix.log())) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.match(postfix.log(), pattern);
  };

  test('the report reaches the Worker; without one it waits in the queue of Postfix; what is not a report is not returned to its sender', async () => {
    await sent();
    await logged(/status=sent \(delivered to command/);
    assert.match(got[0]!.body, /^Message-ID: <bounce@mx\.example>/m);
    answer = [500, { detail: 'because' }];
    await sent();
    await logged(/dsn=4\.3\.0, status=deferred \(temporary failure/);
    answer = [422, { detail: 'because' }];
    const before = postfix.log().match(/status=sent/g)!.length;
    await sent();
    await logged(new RegExp(`(?:status=sent[\\s\\S]*){${before + 1}}`));
    assert.doesNotMatch(postfix.log(), /status=bounced/);
  });
});
