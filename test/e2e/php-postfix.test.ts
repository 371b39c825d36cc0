// PHP's mail() through the built shim to a real Postfix, and msmtp beside it on the same msmtprc.
import assert from 'node:assert/strict';
import { chmodSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { temporaryFolder } from '../support/folder.ts';
import { needs } from '../support/peers.ts';
import { phpMail } from '../support/php.ts';
import { freePorts } from '../support/ports.ts';
import { type Postfix, startPostfix, withoutTrace } from '../support/postfix.ts';
import { type Ran, run, runShim, shimCommand } from '../support/program.ts';

const postfixPeer = needs('postfix', 'postfix');
const php = needs('php', 'php-cli');
const msmtp = needs('msmtp', 'msmtp');
const root = process.getuid?.() === 0;
const skip = postfixPeer.missing || php.missing || (root ? false : 'Postfix needs root to start');

const CUSTOMER = 'customer@customer.example';
const ARCHIVE = 'archive@shop.example';
const NOBODY = 65534;

describe('PHP, mailshim, Postfix', { skip }, () => {
  let postfix: Postfix;
  const folder = temporaryFolder();
  const logFile = folder.join('mailshim.log');
  const log = () => {
    try {
      return readFileSync(logFile, 'utf8');
    } catch {
      return '';
    }
  };
  /** A file that msmtp reads as well. */
  const msmtprc = (name: string, lines: readonly string[]) =>
    folder.write(
      name,
      [
        'defaults',
        'auth off',
        'tls on',
        `logfile ${logFile}`,
        '#mailshim: preflight off',
        '#mailshim: spool off',
        'account default',
        ...lines,
        '',
      ].join('\n'),
    );
  const relay = (port: number, extra: readonly string[] = []) => [
    'host localhost',
    `port ${port}`,
    `tls_trust_file ${postfix.caFile}`,
    'from orders@shop.example',
    ...extra,
  ];
  const sendmailPath = (config: string) => `${shimCommand().flat().join(' ')} -C ${config} -t -i`;

  before(async () => {
    postfix = await startPostfix({ users: [CUSTOMER, ARCHIVE] });
    chmodSync(folder.path, 0o755);
  });
  after(async () => {
    await postfix?.stop();
    folder.remove();
  });

  test('mail() arrives byte for byte, with the missing headers added and Bcc removed', async () => {
    const config = msmtprc('implicit', relay(postfix.implicitPort, ['tls_starttls off']));
    const body = [
      'Hello,',
      '',
      '.',
      '..two dots',
      'From the start of a line',
      'trailing blanks   \t',
      `long ${'x'.repeat(990)}`,
      'Gr\xfc\xdfe \xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82',
      '',
      '',
    ].join('\n');
    const result = await phpMail(php.path, sendmailPath(config), {
      to: CUSTOMER,
      subject: 'Order 1042',
      body,
      headers: `X-Shop:  kept \t as it is\r\nBcc: ${ARCHIVE}`,
    });
    assert.deepEqual(
      { returned: result.returned, stdout: result.stdout, stderr: result.stderr },
      { returned: true, stdout: '', stderr: '' },
    );
    const [delivered] = await postfix.received(CUSTOMER);
    const [hidden] = await postfix.received(ARCHIVE);
    const message = withoutTrace(delivered!);
    const match =
      /^From: orders@shop\.example\nDate: ([^\n]+)\nMessage-ID: <[a-z0-9]+\.[0-9a-f]{32}@shop\.example>\n/.exec(
        message,
      );
    assert.ok(match, message.slice(0, 300));
    assert.ok(Math.abs(Date.parse(match[1]!) - Date.now()) < 60_000);
    const rest = message.slice(match[0].length);
    // PHP ends the message with one more line end of its own.
    assert.equal(rest, `To: ${CUSTOMER}\nSubject: Order 1042\nX-Shop:  kept \t as it is\n\n${body}\n`);
    assert.equal(withoutTrace(hidden!), message);
    assert.match(delivered!, /using TLSv1\.[23]|\(version=TLS|ESMTPS/);
  });

  test('a mail that has all headers is not touched', async () => {
    const config = msmtprc('implicit', relay(postfix.implicitPort, ['tls_starttls off']));
    const headers =
      'From: "Shop, Ltd" <orders@shop.example>\nDate: Tue, 24 Nov 2026 06:24:08 +0000\nMessage-ID: <1@shop.example>';
    await phpMail(php.path, sendmailPath(config), { to: CUSTOMER, subject: 'Whole', body: 'text', headers });
    const [delivered] = await postfix.received(CUSTOMER);
    assert.equal(withoutTrace(delivered!), `To: ${CUSTOMER}\nSubject: Whole\n${headers}\n\ntext\n`);
  });

  test('a 465 line without wrappermode is upgraded by STARTTLS, and the log says what to add', async () => {
    const config = msmtprc('plain465', relay(postfix.plainPort));
    const before = log().length;
    const { returned, stderr } = await phpMail(php.path, sendmailPath(config), {
      to: CUSTOMER,
      subject: 's',
      body: 'b',
    });
    assert.deepEqual({ returned, stderr }, { returned: true, stderr: '' });
    const [delivered] = await postfix.received(CUSTOMER);
    assert.match(delivered!, /with ESMTPS/);
    assert.match(
      log().slice(before),
      /answered in plain text; upgraded by STARTTLS.*-o smtpd_tls_wrappermode=yes.*master\.cf/,
    );
  });

  test('no TLS on offer: nothing is sent in clear text, unless "tls off" says so', async () => {
    const required = msmtprc('clear', relay(postfix.clearPort));
    const refused = await phpMail(php.path, sendmailPath(required), { to: CUSTOMER, subject: 's', body: 'b' });
    assert.equal(refused.returned, false);
    assert.match(refused.stderr, /^mailshim: localhost:\d+ offers no STARTTLS, and mail is not sent in clear text/);
    const off = msmtprc('off', [...relay(postfix.clearPort), 'tls off']);
    const sent = await phpMail(php.path, sendmailPath(off), { to: CUSTOMER, subject: 'in clear', body: 'b' });
    assert.equal(sent.returned, true);
    const delivered = await postfix.received(CUSTOMER);
    assert.equal(delivered.length, 1);
    assert.match(delivered[0]!, /Subject: in clear/);
  });

  /** What must hold of every failure: one line on stderr, a log line, the exit code, and false for the shop. */
  interface Trouble {
    name: string;
    config: () => string;
    to?: string;
    code: number;
    exit: string;
    message: RegExp;
  }
  const troubles: Trouble[] = [
    {
      name: 'a certificate of another authority',
      config: () =>
        msmtprc('wrong-ca', [...relay(postfix.implicitPort, ['tls_starttls off']), 'tls_trust_file system']),
      code: 69,
      exit: 'EX_UNAVAILABLE',
      message: /localhost:\d+: the certificate is not signed by an authority that this system trusts .*tls_trust_file/,
    },
    {
      name: 'a certificate for another name',
      config: () =>
        msmtprc('wrong-name', [
          ...relay(postfix.implicitPort, ['tls_starttls off']),
          'tls_host_override mail.shop.example',
        ]),
      code: 69,
      exit: 'EX_UNAVAILABLE',
      message: /the certificate is not for mail\.shop\.example/,
    },
    {
      name: 'the relay is down',
      config: () => msmtprc('down', relay(closedPort)),
      code: 69,
      exit: 'EX_UNAVAILABLE',
      message: /localhost:\d+ refused the connection/,
    },
    {
      name: 'an unknown user',
      config: () => msmtprc('implicit', relay(postfix.implicitPort, ['tls_starttls off'])),
      to: 'nobody@customer.example',
      code: 67,
      exit: 'EX_NOUSER',
      message: /rejected the recipient nobody@customer\.example: 550 5\.1\.1 /,
    },
    {
      name: 'no recipients',
      config: () => msmtprc('implicit', relay(postfix.implicitPort, ['tls_starttls off'])),
      to: '',
      code: 64,
      exit: 'EX_USAGE',
      message: /no recipients/,
    },
    {
      name: 'a directive misspelt in line 8',
      config: () => msmtprc('misspelt', ['hots localhost', ...relay(postfix.implicitPort)]),
      code: 78,
      exit: 'EX_CONFIG',
      message: /misspelt:8: unknown directive "hots"; did you mean "host"\?/,
    },
  ];
  let closedPort = 0;
  before(async () => {
    [closedPort] = (await freePorts(1)) as [number];
  });
  for (const trouble of troubles) {
    test(`${trouble.name}: told on stderr and in the log, code ${trouble.code}, mail() is false`, async () => {
      const config = trouble.config();
      const before = log().length;
      const to = trouble.to ?? CUSTOMER;
      const ran = await runShim(['-C', config, '-t'], { input: `To: ${to}\nSubject: s\n\nb\n` });
      assert.equal(ran.code, trouble.code);
      assert.equal(ran.stdout, '');
      assert.match(ran.stderr, /^mailshim: [^\n]+\n$/);
      assert.match(ran.stderr, trouble.message);
      const written = log().slice(before);
      assert.match(written, trouble.message);
      assert.match(written, new RegExp(`exitcode=${trouble.exit}\\n`));
      const { returned } = await phpMail(php.path, sendmailPath(config), { to, subject: 's', body: 'b' });
      assert.equal(returned, false);
      assert.deepEqual(await postfix.received(CUSTOMER, 0), []);
    });
  }

  test('an unreadable configuration: says for whom and what to do', async () => {
    const config = msmtprc('private', relay(postfix.implicitPort));
    const ran = await runShim(['-C', config, '-t'], { input: `To: ${CUSTOMER}\n\nb\n`, uid: NOBODY, gid: NOBODY });
    assert.equal(ran.code, 74);
    assert.match(
      ran.stderr,
      /^mailshim: [^\n]*\/private: permission denied for uid 65534; let that user read it [^\n]*\n/,
    );
  });

  test('one refused recipient does not keep the mail from the others, but is not passed over', async () => {
    const config = msmtprc('implicit', relay(postfix.implicitPort, ['tls_starttls off']));
    const ran = await runShim(['-C', config, 'nobody@customer.example', CUSTOMER], { input: 'Subject: partly\n\nb\n' });
    assert.equal(ran.code, 67);
    assert.match(
      ran.stderr,
      /refused nobody@customer\.example \(550 5\.1\.1 .*the mail was sent to the other recipients/,
    );
    const [delivered] = await postfix.received(CUSTOMER);
    assert.match(delivered!, /Subject: partly/);
  });

  test('msmtp on the same file: the same mail, the same log line, and the same verdict on failure', {
    skip: msmtp.missing,
  }, async () => {
    const input = `From: orders@shop.example\nDate: Tue, 24 Nov 2026 06:24:08 +0000\nMessage-ID: <2@shop.example>\nTo: ${CUSTOMER}\nSubject: same\n\n.\nbody\n`;
    const both = async (config: string, ...args: string[]): Promise<[Ran, Ran]> => [
      await run(msmtp.path, ['-C', config, ...args], { input }),
      await runShim(['-C', config, ...args], { input }),
    ];
    const before = log().length;
    const good = msmtprc('both', relay(postfix.implicitPort, ['tls_starttls off']));
    const sent = await both(good, '-t', '-i');
    assert.deepEqual(
      sent.map(({ code }) => code),
      [0, 0],
    );
    const delivered = await postfix.received(CUSTOMER, 2);
    assert.equal(withoutTrace(delivered[0]!), withoutTrace(delivered[1]!));
    const lines = log().slice(before).trimEnd().split('\n');
    const general = lines.map((line) =>
      line
        .replace(/^\w{3} \d\d \d\d:\d\d:\d\d /, 'TIME ')
        .replace(/(\d+ bytes )?queued as \w+/, 'queued as ID')
        // msmtp has none.
        .replace(/ messageid=\S+(?= exitcode=)/, ''),
    );
    assert.equal(general.length, 2);
    assert.equal(general[1], general[0]);
    const bad: [string, string[], string][] = [
      ['unknown', relay(postfix.implicitPort, ['tls_starttls off']), 'nobody@customer.example'],
      ['down', relay(closedPort), CUSTOMER],
      ['wrong-ca', [...relay(postfix.implicitPort, ['tls_starttls off']), 'tls_trust_file system'], CUSTOMER],
      ['misspelt', ['hots localhost', ...relay(postfix.implicitPort)], CUSTOMER],
    ];
    for (const [name, lines, to] of bad) {
      const ran = await both(msmtprc(name, lines), to);
      assert.ok(
        ran.every(({ code }) => code !== 0 && code !== null),
        `${name}: ${JSON.stringify(ran)}`,
      );
    }
  });
});
