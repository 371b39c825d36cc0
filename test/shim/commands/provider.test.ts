// Mail through a provider: what the pre-flight, `mailshim test`, the doctor and the log make of a relay that is in the table.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { after, before, beforeEach, describe, test } from 'node:test';
import { testKey } from '../../shared/dkim/fixtures.ts';
import { type RunningServer, respondFrom, startNameServer } from '../../support/dns-server.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { runShim } from '../../support/program.ts';
import { type SmtpSink, startSmtpSink } from '../../support/smtp-sink.ts';
import { startSocksProxy } from '../../support/socks.ts';
import { waitFor } from '../../support/wait.ts';
import { type Zone, zoneResolver } from '../../support/zone.ts';

const KEY = (await testKey('rsa2048')).record;

/** As the providers publish it: the submission hosts have addresses that no SPF record names. */
const PROVIDERS: Zone = {
  'smtp.gmail.com': { A: ['142.250.110.109'] },
  '_spf.google.com': { TXT: ['v=spf1 ip4:209.85.128.0/17 ~all'] },
  'email-smtp.eu-west-1.amazonaws.com': { A: ['52.30.1.9'] },
  'amazonses.com': { TXT: ['v=spf1 ip4:54.240.0.0/18 -all'] },
  'smtp.office365.com': { A: ['52.97.200.2'] },
  'spf.protection.outlook.com': { TXT: ['v=spf1 ip4:40.92.0.0/15 ip4:40.107.0.0/16 -all'] },
  'smtp.mailgun.org': { A: ['34.160.2.8'] },
  'mailgun.org': { TXT: ['v=spf1 ip4:159.135.224.0/20 ~all'] },
  'smtp.mx.cloudflare.net': { A: ['104.16.0.9'] },
  'smtp.yandex.ru': { A: ['77.88.21.158'] },
  '_spf.yandex.net': { TXT: ['v=spf1 ip4:178.154.239.0/24 ~all'] },
  'smtp.mail.ru': { A: ['94.100.180.160'] },
  '_spf.mail.ru': { TXT: ['v=spf1 ip4:94.100.176.0/20 ~all'] },
};
/** A shop set up as each provider's documentation says. */
const shop = (spf: string, selector: string): Zone => ({
  ...PROVIDERS,
  'shop.example': { TXT: [spf], MX: ['10 mx.shop.example'], A: ['203.0.113.80'] },
  'mx.shop.example': { A: ['203.0.113.81'] },
  '_dmarc.shop.example': { TXT: ['v=DMARC1; p=reject; rua=mailto:dmarc@shop.example'] },
  [`${selector}._domainkey.shop.example`]: { TXT: [KEY] },
});
const RIGHT: [host: string, zone: Zone, lines: string[]][] = [
  ['smtp.gmail.com', shop('v=spf1 include:_spf.google.com -all', 'google'), []],
  ['email-smtp.eu-west-1.amazonaws.com', shop('v=spf1 include:amazonses.com -all', 'ses1'), []],
  [
    'email-smtp.eu-west-1.amazonaws.com',
    shop('v=spf1 -all', 'ses1'),
    ['dkim_domain shop.example', 'dkim_selector ses1'],
  ],
  ['smtp.office365.com', shop('v=spf1 include:spf.protection.outlook.com -all', 'selector1'), []],
  // As docs/tutorial.md has them: the provider signs, by the selector of its own.
  [
    'smtp.yandex.ru',
    shop('v=spf1 include:_spf.yandex.net ~all', 'mail'),
    ['sender_rewrite always', 'dkim_domain shop.example', 'dkim_selector mail'],
  ],
  [
    'smtp.mail.ru',
    shop('v=spf1 include:_spf.mail.ru ~all', 'mailru'),
    ['sender_rewrite always', 'dkim_domain shop.example', 'dkim_selector mailru'],
  ],
  ['smtp.mailgun.org', shop('v=spf1 include:mailgun.org ~all', 'k1'), ['dkim_domain shop.example']],
  ['smtp.mx.cloudflare.net', shop('v=spf1 -all', 'cf-bounce'), ['dkim_domain shop.example', 'dkim_selector cf-bounce']],
];

describe('a provider as the relay', () => {
  const folder = temporaryFolder();
  let reply = 'OK: queued as SINK1';
  let sink: SmtpSink;
  let proxy: RunningServer;
  let names: RunningServer;
  let zone: Zone = {};
  let run = 0;
  before(async () => {
    sink = await startSmtpSink({
      onData(stream, _session, done) {
        stream.resume();
        stream.on('end', () => done(null, reply));
      },
    });
    proxy = await startSocksProxy(sink.port);
    names = await startNameServer((message) => respondFrom(zoneResolver(zone))(message));
    folder.write('ca.pem', sink.ca);
  });
  after(async () => {
    await proxy.stop();
    await sink.stop();
    await names.stop();
    folder.remove();
  });
  beforeEach(() => {
    begin();
    reply = 'OK: queued as SINK1';
  });

  /** A home of its own for what follows. */
  const begin = () => {
    run++;
    mkdirSync(folder.join(`home-${run}`));
  };
  /** Configured for a relay of that name, which the proxy leads to the sink. */
  const configured = (host: string, lines: readonly string[] = []) =>
    folder.write(
      `home-${run}/.mailshimrc`,
      `${[
        'account default',
        `host ${host}`,
        'port 587',
        'tls on',
        'tls_starttls on',
        'tls_host_override localhost',
        `tls_trust_file ${folder.join('ca.pem')}`,
        'proxy_host 127.0.0.1',
        `proxy_port ${proxy.port}`,
        'from orders@shop.example',
        `logfile ${folder.join(`log-${run}`)}`,
        'preflight_cache off',
        `dns_server 127.0.0.1:${names.port}`,
        ...lines,
      ].join('\n')}\n`,
    );
  const shim = (...words: string[]) =>
    runShim(words, {
      env: { HOME: folder.join(`home-${run}`) },
      input: 'From: Shop <orders@shop.example>\nTo: a@x.example\n\nb\n',
    });
  const log = () => (existsSync(folder.join(`log-${run}`)) ? readFileSync(folder.join(`log-${run}`), 'utf8') : '');

  mkdirSync(folder.join('root/etc'), { recursive: true });
  folder.write('root/etc/passwd', `me:x:${process.getuid!()}:${process.getgid!()}::/:/bin/sh\n`);
  async function doctor() {
    const { stdout } = await shim('doctor', '--json', '--root', folder.join('root'), '--user', 'me');
    const { links } = JSON.parse(stdout) as {
      links: { area: string; id: string; level: string; says: string; remedy?: string }[];
    };
    return links;
  }

  for (const [host, right, lines] of RIGHT) {
    test(`preflight enforce never refuses what is set up right: ${host} ${lines.join(', ')}`, async () => {
      zone = right;
      configured(host, ['preflight enforce', 'delivery direct', 'spool off', ...lines]);
      const { code, stderr } = await shim('-t');
      assert.deepEqual([code, stderr], [0, ''], log());
      assert.doesNotMatch(log(), /preflight=misaligned/);
      assert.match(log(), /preflight=\w+ reason='/);
    });

    test(`the doctor asks for nothing there: ${host} ${lines.join(', ')}`, async () => {
      zone = right;
      configured(host, ['preflight off', `spool ${folder.join('spool')}`, ...lines]);
      const links = await doctor();
      const wrong = links.filter(({ level }) => level === 'failure' || level === 'warning');
      assert.deepEqual(wrong, []);
      assert.deepEqual(
        links.filter(({ area }) => area === 'relay').map(({ id }) => id),
        ['relay.tls', 'relay.sender'],
      );
    });

    test(`mailshim test takes no points for a signature that comes later: ${host} ${lines.join(', ')}`, async () => {
      zone = right;
      configured(host, lines);
      const { code, stdout } = await shim('test', '--min-score', '10');
      assert.equal(code, 0, stdout);
      assert.doesNotMatch(stdout, /not signed|reverse DNS|142\.250|52\.30|52\.97|34\.160|104\.16/);
    });
  }

  test('where PHP is set up too, all is well at a provider', async () => {
    const [host, right, lines] = RIGHT.find(([name]) => name === 'smtp.yandex.ru')!;
    zone = right;
    configured(host, ['preflight off', `spool ${folder.join('spool')}`, ...lines]);
    for (const [file, text, mode] of [
      ['etc/php/8.2/cli/php.ini', 'sendmail_path = "/usr/local/bin/mailshim --lock -t -i"\n', 0o644],
      ['usr/local/bin/mailshim', '#!/bin/sh\n', 0o755],
    ] as const) {
      mkdirSync(folder.join(`other/${file}/..`), { recursive: true });
      folder.write(`other/${file}`, text, mode);
    }
    folder.write('other/etc/passwd', `me:x:${process.getuid!()}:${process.getgid!()}::/:/bin/sh\n`);
    const { stdout } = await shim('doctor', '--root', folder.join('other'), '--user', 'me');
    assert.match(stdout, /\nAll is well\.\n$/);
  });

  const REFUSALS: [host: string, reply: string, remedy: RegExp][] = [
    ['smtp.gmail.com', '534 5.7.9 Application-specific password required.', /myaccount\.google\.com\/apppasswords/],
    ['smtp.gmail.com', '535 5.7.8 Username and Password not accepted.', /myaccount\.google\.com\/apppasswords/],
    ['smtp.office365.com', '535 5.7.139 Authentication unsuccessful, basic authentication is disabled.', /OAuth/],
    [
      'smtp.yandex.ru',
      '535 5.7.8 Error: authentication failed: This user does not have access rights to this service',
      /Mail clients/,
    ],
    ['smtp.yandex.ru', '535 5.7.8 Error: authentication failed: Invalid user or password', /id\.yandex\.ru/],
    [
      'smtp.mail.ru',
      '535 5.7.0 NEOBHODIM parol prilozheniya https://help.mail.ru/mail/security/protection/external',
      /external applications/,
    ],
    ['email-smtp.eu-west-1.amazonaws.com', '535 Authentication Credentials Invalid', /Create SMTP credentials/],
    ['smtp.mailgun.org', '535 Authentication failed', /SMTP credentials/],
  ];
  for (const [host, said, remedy] of REFUSALS)
    test(`a login that ${host} refuses (${said.slice(0, 40)}) gets the remedy of that provider`, async () => {
      const refusing = await startSmtpSink({
        login: { user: 'me', password: 'right' },
        onAuth: (_auth, _session, done) =>
          done(Object.assign(new Error(said.replace(/^\d+ /, '')), { responseCode: Number(said.slice(0, 3)) })),
      });
      const way = await startSocksProxy(refusing.port);
      try {
        zone = PROVIDERS;
        const ca = folder.write('refusing.pem', refusing.ca);
        folder.write(
          `home-${run}/.mailshimrc`,
          `account default\nhost ${host}\nport 587\ntls on\ntls_starttls on\ntls_host_override localhost\ntls_trust_file ${ca}\nproxy_host 127.0.0.1\nproxy_port ${way.port}\nfrom orders@shop.example\nauth plain\nuser me\npassword wrong\npreflight off\ndelivery direct\nspool off\ndns_server 127.0.0.1:${names.port}\n`,
        );
        const links = await doctor();
        const found = links.filter(({ area, level }) => area === 'relay' && level === 'failure');
        assert.deepEqual(
          found.map(({ id }) => id),
          ['relay.login-refused'],
        );
        assert.match(found[0]!.remedy!, remedy);
        assert.doesNotMatch(found[0]!.remedy!, /saslpasswd2|postconf/);
        assert.match((await shim('-t')).stderr, remedy);
      } finally {
        await way.stop();
        await refusing.stop();
      }
    });

  test('a relay of one’s own that signs, without its selector', async () => {
    zone = {
      ...shop('v=spf1 ip4:203.0.113.25 -all', 'mail2026'),
      'mail.shop.example': { A: ['203.0.113.99'] },
    };
    configured('mail.shop.example', [
      'preflight enforce',
      'delivery direct',
      'spool off',
      'sending_ip 203.0.113.99',
      'dkim_domain shop.example',
    ]);
    const known = await shim('-t');
    assert.deepEqual([known.code, known.stderr], [0, ''], log());
    assert.match(log(), /preflight=unknown reason='.*the relay signs for shop\.example, add dkim_selector/);
    begin();
    configured('mail.shop.example', [
      'preflight enforce',
      'delivery direct',
      'spool off',
      'sending_ip 203.0.113.99',
      'dkim_domain other.example',
    ]);
    assert.equal((await shim('-t')).code, 77);
  });

  test('who signs nothing and has no relay that does still loses points for it', async () => {
    zone = { ...shop('v=spf1 ip4:203.0.113.25 -all', 'x'), 'mail.shop.example': { A: ['203.0.113.25'] } };
    configured('mail.shop.example', ['sending_ip 203.0.113.25']);
    const unsigned = await shim('test', '--min-score', '10');
    assert.equal(unsigned.code, 1);
    assert.match(unsigned.stdout, /\[dkim\.message-unsigned\]/);
    begin();
    configured('mail.shop.example', ['sending_ip 203.0.113.25', 'dkim_domain shop.example']);
    assert.doesNotMatch((await shim('test', '--min-score', '10')).stdout, /\[dkim\.message-unsigned\]/);
  });

  test('a provider’s 250 for a mail that it drops is told: in the log, on stderr, by status', async () => {
    zone = RIGHT[5]![1];
    const lines = ['preflight off', 'delivery direct', `spool ${folder.join('spool')}`];
    configured('smtp.mx.cloudflare.net', lines);
    reply = '2.0.0 Ok <0194a2f0@shop.example>';
    const sent = await shim('-t');
    assert.deepEqual([sent.code, sent.stderr], [0, '']);
    assert.doesNotMatch(log(), /unconfirmed/);
    reply = '2.0.0 Ok';
    const dropped = await shim('-t');
    assert.equal(dropped.code, 0);
    assert.match(
      dropped.stderr,
      /^mailshim: Cloudflare Email Sending accepted the mail without a message id: it was probably /,
    );
    assert.match(log(), /exitcode=EX_OK\n.*mailshim: unconfirmed: Cloudflare Email Sending accepted/);
    const status = await shim('status');
    assert.equal(status.code, 1);
    assert.match(status.stdout, /^WARNING: \d+ s ago Cloudflare Email Sending accepted the mail without a message id/);
    assert.match(status.stdout, /^unconfirmed {3}1, the last \d+ s ago$/m);
  });

  test('the same of a mail that went through the queue, with its id', async () => {
    zone = RIGHT[5]![1];
    configured('smtp.mx.cloudflare.net', ['preflight off', 'delivery queue', `spool ${folder.join('queue')}`]);
    reply = '2.0.0 Ok';
    assert.equal((await shim('-t')).code, 0);
    assert.equal((await shim('queue', 'run')).code, 0);
    await waitFor(() => /unconfirmed: Cloudflare/.test(log()), log);
    const { lastUnconfirmed, unconfirmedTotal, level } = JSON.parse((await shim('status', '--json')).stdout);
    assert.equal(unconfirmedTotal, 1);
    assert.match(lastUnconfirmed.id, /^[0-9A-Z]{10,}$/);
    assert.equal(level, 'warning');
  });
});
