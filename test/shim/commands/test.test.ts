// `mailshim test` where the chain has a break: what it says, and how it ends. That it gets ten out of ten is in test/e2e/sitting.test.ts.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { type TemporaryFolder, temporaryFolder } from '../../support/folder.ts';
import { freePorts } from '../../support/ports.ts';
import { runShim } from '../../support/program.ts';
import { type SmtpSink, startSmtpSink } from '../../support/smtp-sink.ts';

const ID = 'a'.repeat(26);
const ADDRESS = 'test-abc@inbox.example';

interface FakeWorker {
  url: string;
  asked: string[];
  stop(): Promise<void>;
}
/** Answers by method and path without its query; what is not named is 404, as by a Worker of before. */
async function startFakeWorker(answers: Record<string, [status: number, body: unknown]>): Promise<FakeWorker> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://x');
    const key = `${request.method} ${pathname}`;
    asked.push(`${key} ${request.headers.authorization ?? ''}`.trim());
    const [status, body] = answers[`${key} ${searchParams.get('format')}`] ??
      answers[key] ?? [404, { detail: 'no such route' }];
    request.resume();
    response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const MADE: [number, unknown] = [201, { id: ID, address: ADDRESS, page: 'https://w.example/inbox/x' }];

describe('mailshim test', () => {
  let folder: TemporaryFolder;
  let sink: SmtpSink;
  let worker: FakeWorker | undefined;
  beforeEach(async () => {
    folder = temporaryFolder();
    sink = await startSmtpSink({ refuse: { 'refused@inbox.example': '550 5.7.1 not from you' } });
    worker = undefined;
  });
  afterEach(async () => {
    await worker?.stop();
    await sink.stop();
    folder.remove();
  });

  async function ran(words: string[], lines: string[], port = sink.port) {
    const rc = [
      'account default',
      'host localhost',
      `port ${port}`,
      'tls on',
      'tls_starttls on',
      `tls_trust_file ${folder.write('ca.pem', sink.ca)}`,
      'from orders@shop.example',
      'preflight off',
      'delivery direct',
      `spool ${folder.join('spool')}`,
      ...(worker === undefined ? [] : [`preflight_url ${worker.url}`]),
      ...lines,
    ];
    folder.write('.mailshimrc', `${rc.join('\n')}\n`);
    return runShim(['test', ...words], { env: { HOME: folder.path } });
  }

  test('a mail that arrives is shown as the Worker tells it, and the mark asked for decides', async () => {
    worker = await startFakeWorker({
      'POST /v1/inbox': MADE,
      [`GET /v1/inbox/${ID} json`]: [200, { mails: [{ report: { score: { value: 9, low: 8.5 } } }] }],
      [`GET /v1/inbox/${ID} text`]: [200, 'shop.example: 9 of 10\n'],
    });
    const below = await ran(['--min-score', '9'], []);
    assert.deepEqual([below.code, below.stderr], [1, '']);
    assert.equal(below.stdout, 'shop.example: 9 of 10\n\nReport in the browser: https://w.example/inbox/x\n');
    assert.equal((await ran(['--min-score', '8'], [])).code, 0);
    assert.deepEqual(
      sink.mails.map(({ from, to }) => [from, to]),
      Array(2).fill(['orders@shop.example', [ADDRESS]]),
    );
    assert.match(sink.mails[0]!.message, /^Subject: =\?utf-8\?B\?|^Subject: Test/m);
  });

  test('the token of the configuration is handed over', async () => {
    worker = await startFakeWorker({ 'POST /v1/inbox': [401, { detail: 'a token is needed' }] });
    const { code, stderr } = await ran([], ['preflight_token secret-secret-secret']);
    assert.equal(code, 69);
    assert.match(stderr, /the Worker replies HTTP 401: a token is needed/);
    assert.deepEqual(worker.asked, ['POST /v1/inbox Bearer secret-secret-secret']);
    assert.doesNotMatch(stderr, /secret-secret/);
  });

  test('where nothing arrives, the Worker’s reasons are shown', async () => {
    worker = await startFakeWorker({
      'POST /v1/inbox': MADE,
      [`GET /v1/inbox/${ID} json`]: [202, { mails: [] }],
      [`GET /v1/inbox/${ID} text`]: [202, 'Port 25 may be closed.\n'],
    });
    const { code, stdout } = await ran(['--wait', '1'], []);
    assert.equal(code, 2);
    assert.match(stdout, /^No mail has arrived within \d+ s\.\n\nPort 25 may be closed\.\n$/);
  });

  test('where the relay is away, the mail waits here, and that is said with its reason', async () => {
    worker = await startFakeWorker({
      'POST /v1/inbox': MADE,
      [`GET /v1/inbox/${ID} json`]: [202, { mails: [] }],
      [`GET /v1/inbox/${ID} text`]: [202, 'Port 25 may be closed.\n'],
    });
    const [closed] = await freePorts(1);
    const { code, stdout } = await ran(['--wait', '1', '--lang', 'ru'], [], closed);
    assert.equal(code, 2);
    assert.match(stdout, /^За \d+ с письмо не пришло\.\n\nПисьмо в очереди этого сервера: .*refused the connection/);
    assert.doesNotMatch(stdout, /Port 25/);
  });

  test('what the relay refuses is told at once', async () => {
    worker = await startFakeWorker({
      'POST /v1/inbox': [201, { ...(MADE[1] as object), address: 'refused@inbox.example' }],
    });
    const { code, stdout, stderr } = await ran([], []);
    assert.notEqual(code, 0);
    assert.equal(stdout, '');
    assert.match(stderr, /550 5\.7\.1 not from you/);
  });

  test('a Worker without inboxes, an answer that is no inbox, and none at all', async () => {
    worker = await startFakeWorker({
      'POST /v1/inbox': [501, { detail: 'Test inboxes need a database' }],
      'POST /v1/message': [200, 'scored\n'],
    });
    const scored = await ran([], []);
    assert.deepEqual([scored.code, sink.mails.length], [0, 0]);
    assert.match(
      scored.stdout,
      /^The mail was not sent, but scored as it would leave this machine[\s\S]*\n\nscored\n$/,
    );
    assert.match(scored.stderr, /no test inbox: the Worker replies HTTP 501: Test inboxes need a database/);
    await worker.stop();
    const gone = await ran([], []);
    assert.equal(gone.code, 69);
    assert.match(gone.stderr, /does not answer \(ECONNREFUSED/);
    worker = await startFakeWorker({ 'POST /v1/inbox': [201, { id: ID, address: 'two@words and', page: '' }] });
    const odd = await ran([], []);
    assert.equal(odd.code, 69);
    assert.match(odd.stderr, /answer is not a test inbox/);
    assert.equal(sink.mails.length, 0);
  });

  test('--to sends elsewhere, and needs no Worker', async () => {
    const { code, stdout } = await ran(['--to', 'me@client.example'], []);
    assert.equal(code, 0);
    assert.match(stdout, /^Sent to me@client\.example\./);
    assert.deepEqual(
      sink.mails.map(({ to }) => to),
      [['me@client.example']],
    );
    assert.equal((await ran(['--to', 'nobody'], [])).code, 64);
    assert.equal((await ran(['--wait', '0'], [])).code, 64);
  });
});
