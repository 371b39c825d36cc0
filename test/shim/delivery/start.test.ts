// The sender that a mail starts reads the configuration anew: what its commands take from the environment must be there.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { senderEnvironment } from '../../../shim/delivery/start.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { runShim } from '../../support/program.ts';
import { type SmtpSink, startSmtpSink } from '../../support/smtp-sink.ts';

describe('the environment of a sender on demand', () => {
  const folder = temporaryFolder();
  let sink: SmtpSink;
  before(async () => {
    sink = await startSmtpSink();
  });
  after(async () => {
    // A sender whose spool is gone ends.
    folder.remove();
    await sink.stop();
  });

  test('a container names its relay by a variable, as it names its password', async () => {
    const config = folder.write(
      'rc',
      `account default\nhost 127.0.0.1\neval echo "port $RELAY_PORT"\ntls off\nfrom f@x.example\npreflight off\ndelivery queue\nspool ${folder.join('spool')}\n`,
    );
    const ran = await runShim(['-C', config, 'a@x.example'], {
      input: 'Subject: s\n\nb\n',
      env: { RELAY_PORT: String(sink.port) },
    });
    assert.deepEqual([ran.code, ran.stderr], [0, '']);
    const deadline = Date.now() + 20_000;
    while (sink.mails.length === 0 && Date.now() < deadline) await pause(20);
    assert.deepEqual(
      sink.mails.map(({ to }) => to),
      [['a@x.example']],
    );
  });

  test('a CGI script hands on the variables that the configuration names', async () => {
    const config = folder.write(
      'cgi',
      `account default\nhost 127.0.0.1\nport $MAIL_PORT\ntls off\nfrom f@x.example\npreflight off\ndelivery queue\nspool ${folder.join('cgi-spool')}\n`,
    );
    const before = sink.mails.length;
    const ran = await runShim(['-C', config, 'a@x.example'], {
      input: 'Subject: s\n\nb\n',
      env: { MAIL_PORT: String(sink.port), GATEWAY_INTERFACE: 'CGI/1.1', HTTP_X: 'x' },
    });
    assert.deepEqual([ran.code, ran.stderr], [0, '']);
    const deadline = Date.now() + 20_000;
    while (sink.mails.length === before && Date.now() < deadline) await pause(20);
    assert.equal(sink.mails.length, before + 1);
  });

  test('what a visitor sends to a CGI script does not outlive the request', () => {
    const visitor = { HTTP_USER_AGENT: '() { :; }; id', QUERY_STRING: 'a=1', REMOTE_ADDR: '192.0.2.1' };
    const request = { GATEWAY_INTERFACE: 'CGI/1.1', HOME: '/home/shop', SMTP_PASSWORD: 'x', ...visitor };
    assert.deepEqual(senderEnvironment(request, '/spool'), {
      PATH: '/usr/local/bin:/usr/bin:/bin',
      HOME: '/home/shop',
      MAILSHIM_SENDER: '/spool',
    });
  });

  test('a debugger of the caller does not follow', () => {
    const { NODE_OPTIONS, PATH, A } = senderEnvironment({ NODE_OPTIONS: '--inspect', PATH: '/opt/bin', A: 'b' }, '/s');
    assert.deepEqual([NODE_OPTIONS, PATH, A], [undefined, '/opt/bin', 'b']);
  });
});
