// Seeded mistakes in the relay that `mailshim relay postfix` writes: the audit names each, and nothing else.
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { relayCommand } from '../../../shim/commands/relay.ts';
import { EX } from '../../../shim/exit.ts';
import { audit, auditText, catalog, fixOf, textOf } from '../../../shim/relay/audit.ts';
import { parseConfiguration } from '../../../shim/relay/configuration.ts';
import { type RelayOptions, readOptions } from '../../../shim/relay/options.ts';
import { LOGIN_SETTINGS, WANTED_SERVICES, wantedSettings } from '../../../shim/relay/settings.ts';
import { createAuthority } from '../../support/certificates.ts';
import { temporaryFolder } from '../../support/folder.ts';

const NOW = new Date();
const DAY = 86_400_000;
const inDays = (days: number) => new Date(NOW.getTime() + days * DAY);
const HOST = 'mail.shop.example';
const folder = temporaryFolder('mailshim-audit-');
after(() => folder.remove());
const authority = createAuthority('Test authority');
const own = authority.issue({ names: [HOST] });
const certificate = folder.write('fullchain.pem', own.cert + authority.ca, 0o644);
const key = folder.write('privkey.pem', own.key, 0o600);

function optionsOf(words: Parameters<typeof readOptions>[0]): RelayOptions {
  const read = readOptions({ hostname: HOST, domain: ['shop.example'], certificate, key, ...words });
  assert.ok('options' in read, 'problem' in read ? read.problem.text : '');
  return read.options;
}

interface Texts {
  main: string;
  master: string;
}
const LOOPBACK = '127.0.0.0/8 [::1]/128';
const REJECT = 'permit_mynetworks, reject';
const BY_ADDRESS = {
  ...{ networks: `${LOOPBACK} 203.0.113.5/32 [2001:db8::5]/128`, mydomain: 'shop.example' },
  ...{ client: REJECT, relay: REJECT, login: 'no' },
};
const BY_LOGIN = {
  ...{ networks: LOOPBACK, mydomain: 'shop.example' },
  ...{ client: '', relay: 'permit_sasl_authenticated, reject', login: 'yes' },
};
const BY_BOTH = { ...BY_ADDRESS, relay: BY_LOGIN.relay, login: 'yes' };

/** `senders`: what the script works out on a relay that has no other shop. */
function textsOf(options: RelayOptions, senders: Readonly<Record<string, string>> = BY_ADDRESS): Texts {
  const login = senders.login === 'yes';
  const services = WANTED_SERVICES.filter(({ name, line }) => line !== undefined && name === 'submissions/inet');
  return {
    main: [...wantedSettings(options), ...(login ? LOGIN_SETTINGS : [])]
      .map(({ name, value, why, from }) => `# ${why}\n${name} = ${from === 'script' ? senders[value]! : value}\n`)
      .join(''),
    master: ['# service type …', 'qmgr unix n - n 300 1 qmgr', ...services.map(({ line }) => line!), '']
      .join('\n')
      .replaceAll('$login', senders.login!)
      .replaceAll(' -o ', '\n  -o '),
  };
}
const byAddress = textsOf(optionsOf({ allow: ['203.0.113.5,2001:db8::5'] }), BY_ADDRESS);
const byLogin = textsOf(optionsOf({ saslUser: ['shop'] }), BY_LOGIN);

const FILES = {
  read(path: string) {
    const read = relayFiles.get(path);
    return read === undefined ? ({ ok: false, why: 'no such file' } as const) : ({ ok: true, ...read } as const);
  },
};
const relayFiles = new Map<string, { text: string; mode: number }>([
  [certificate, { text: own.cert + authority.ca, mode: 0o100644 }],
  [key, { text: own.key, mode: 0o100600 }],
]);

function findingsOf({ main, master }: Texts, domains: readonly string[] = []) {
  const configuration = parseConfiguration({ name: 'main.cf', text: main }, { name: 'master.cf', text: master });
  return audit(configuration, { files: FILES, now: NOW, domains });
}
const idsOf = (texts: Texts, domains: readonly string[] = []) => findingsOf(texts, domains).map(({ id }) => id);

/** Sets a parameter of main.cf where it is, or adds it. */
function withMain(texts: Texts, name: string, value: string): Texts {
  const line = new RegExp(`^${name} =.*(?:\n(?:#.*\n)?[ \t].*)*$`, 'm');
  const main = line.test(texts.main)
    ? texts.main.replace(line, () => `${name} = ${value}`)
    : `${texts.main}${name} = ${value}\n`;
  return { ...texts, main };
}
const withoutMain = (texts: Texts, name: string): Texts => ({
  ...texts,
  main: texts.main.replace(new RegExp(`^${name} =.*\n`, 'm'), ''),
});
const withMaster = (texts: Texts, from: string | RegExp, to: string): Texts => {
  const master = texts.master.replace(from, to);
  assert.notEqual(master, texts.master);
  return { ...texts, master };
};
const addMaster = (texts: Texts, lines: string): Texts => ({ ...texts, master: `${texts.master}${lines}\n` });
const addMain = (texts: Texts, lines: string): Texts => ({ ...texts, main: `${texts.main}${lines}\n` });
/** The certificate is another file. */
function withCertificate(name: string, text: string, keyText = own.key, mode = 0o100600): Texts {
  relayFiles.set(`/c/${name}`, { text, mode: 0o100644 });
  relayFiles.set(`/k/${name}`, { text: keyText, mode });
  return withMain(withMain(byAddress, 'smtpd_tls_cert_file', `/c/${name}`), 'smtpd_tls_key_file', `/k/${name}`);
}
const issue = (names: string[], from: number, until: number) =>
  authority.issue({ names, notBefore: inDays(from), notAfter: inDays(until) });
const expired = issue([HOST], -90, -1);
const soon = issue([HOST], -80, 5.5);
const future = issue([HOST], 2, 90);
const other = authority.issue({ names: ['other.example'] });

const SUBMISSION = 'submission inet n - n - - smtpd';
type Row = [what: string, texts: Texts, ...ids: (keyof typeof catalog)[]];
const rows: Row[] = [
  ['nothing, by address', byAddress],
  ['nothing, by login', byLogin],
  ['nothing, with both', textsOf(optionsOf({ allow: ['203.0.113.5'], saslUser: ['shop'] }), BY_BOTH)],
  ['nothing, IPv4 only and DANE', textsOf(optionsOf({ allow: ['203.0.113.5'], ipv4Only: true, dane: true }))],

  ['a parameter twice', addMain(byAddress, 'myhostname = mail.shop.example'), 'duplicate-parameter'],
  ['a parameter indented', addMain(byAddress, 'biff = no\n smtpd_helo_required = yes'), 'indented-parameter'],
  [
    'a comment between a line and what continues it',
    addMain(byAddress, 'debug_peer_list =\n# nobody\n  203.0.113.9'),
    'debug',
  ],
  [
    'a list not indented',
    addMain(byAddress, 'smtpd_data_restrictions =\nreject_unauth_pipelining'),
    'line-without-equals',
  ],
  ['typographic quotes', addMain(byAddress, 'mail_name = “Shop”'), 'odd-character'],
  [
    'a no-break space',
    withMaster(byAddress, '-o smtpd_sasl_auth_enable', '-o\u00a0smtpd_sasl_auth_enable'),
    'odd-character',
  ],
  ['quotes', addMain(byAddress, 'mail_name = "Shop"'), 'quoted-value'],
  ['a comment behind a value', withMain(byAddress, 'message_size_limit', '52428800 # 50 MB'), 'comment-after-value'],
  [
    'an unknown parameter',
    addMain(byAddress, 'postconf: warning: /etc/postfix/main.cf: unused parameter: smtpd_tls_certfile=/c'),
    'unused-parameter',
  ],
  [
    'spaces around = in master.cf',
    withMaster(byAddress, 'syslog_name=postfix/submissions', 'syslog_name = postfix/submissions'),
    'option-spaces',
  ],
  ['a space before = in master.cf', withMaster(byAddress, 'syslog_name=', 'syslog_name ='), 'option-spaces'],
  ['a space after = in master.cf', withMaster(byAddress, 'syslog_name=', 'syslog_name= '), 'option-spaces'],
  ['an option not indented', withMaster(byAddress, '  -o syslog_name', '-o syslog_name'), 'option-not-indented'],
  ['a service with a field too few', addMaster(byAddress, 'flush unix n - 1000? 0 flush'), 'service-fields'],

  ['the whole Internet', withMain(byAddress, 'mynetworks', '127.0.0.0/8 0.0.0.0/0'), 'mynetworks-world'],
  ['the whole Internet by IPv6', withMain(byAddress, 'mynetworks', '127.0.0.0/8 [::]/0'), 'mynetworks-world'],
  [
    'half of the Internet',
    withMain(byAddress, 'mynetworks', '0.0.0.0/1 128.0.0.0/1'),
    'mynetworks-world',
    'mynetworks-world',
  ],
  ['a whole provider', withMain(byAddress, 'mynetworks', '127.0.0.0/8 95.216.0.0/16'), 'mynetworks-wide'],
  ['a private network', withMain(byAddress, 'mynetworks', '127.0.0.0/8 10.0.0.0/8')],
  ['bits behind the prefix', withMain(byAddress, 'mynetworks', '127.0.0.0/8 203.0.113.5/24'), 'mynetworks-host-bits'],
  [
    'permit before reject',
    withMain(byAddress, 'smtpd_relay_restrictions', 'permit_mynetworks, permit, reject'),
    'permit-everyone',
  ],
  [
    'any certificate will do',
    withMain(byAddress, 'smtpd_relay_restrictions', 'permit_tls_all_clientcerts, reject'),
    'permit-everyone',
  ],
  [
    'a sender that anybody can forge',
    withMain(byAddress, 'smtpd_relay_restrictions', 'check_sender_access hash:/etc/postfix/senders, reject'),
    'permit-forgeable',
  ],
  ['nothing rejects', withMain(byAddress, 'smtpd_relay_restrictions', 'permit_mynetworks'), 'no-relay-reject'],
  ['no restrictions at all', withMain(byAddress, 'smtpd_relay_restrictions', ''), 'no-relay-reject'],
  [
    'rejected by the other list',
    withMain(
      withMain(byAddress, 'smtpd_relay_restrictions', ''),
      'smtpd_recipient_restrictions',
      'permit_mynetworks, reject_unauth_destination',
    ),
  ],
  [
    'an open service in master.cf',
    withMaster(byAddress, '  -o syslog', '  -o smtpd_relay_restrictions=permit\n  -o syslog'),
    'permit-everyone',
  ],
  [
    'another restriction in braces',
    withMaster(byAddress, '  -o syslog', '  -o { smtpd_relay_restrictions = permit_mynetworks, reject }\n  -o syslog'),
  ],
  ['relaying to a top-level domain', withMain(byAddress, 'relay_domains', 'com'), 'relay-domains-wild'],
  ['relaying to everything', withMain(byAddress, 'relay_domains', 'static:ALL'), 'relay-domains-wild'],
  // Postfix knows no star: it means nothing there.
  ['a star in relay_domains', withMain(byAddress, 'relay_domains', '*')],
  ['SMTP smuggling', withMain(byAddress, 'smtpd_forbid_bare_newline', 'no'), 'bare-newline'],
  ['an old default', withoutMain(byAddress, 'smtpd_forbid_bare_newline'), 'bare-newline'],
  [
    'a default of Postfix 3.10',
    addMain(withoutMain(byAddress, 'smtpd_forbid_bare_newline'), 'compatibility_level = 3.10'),
  ],
  ['VRFY', withMain(byAddress, 'disable_vrfy_command', 'no'), 'vrfy'],
  ['limits that exempt the shop', withoutMain(byAddress, 'smtpd_client_event_limit_exceptions'), 'rate-limit-exempt'],
  [
    'no limits',
    ['message', 'recipient', 'connection'].reduce(
      (texts, what) => withMain(texts, `smtpd_client_${what}_rate_limit`, '0'),
      byAddress,
    ),
    'rate-limit-none',
  ],

  [
    'passwords without TLS',
    addMaster(
      withMain(byLogin, 'smtpd_tls_auth_only', 'no'),
      'smtp inet n - n - - smtpd\n  -o smtpd_tls_security_level=may\n  -o smtpd_sasl_auth_enable=yes',
    ),
    'sasl-without-tls',
  ],
  ['anonymous logins', withMain(byLogin, 'smtpd_sasl_tls_security_options', ''), 'sasl-anonymous'],
  [
    'a login that lets nobody in',
    withMain(byLogin, 'smtpd_relay_restrictions', 'permit_mynetworks, reject'),
    'sasl-without-permit',
  ],
  ['a login in the chroot', withMaster(byLogin, 'submissions inet n - n', 'submissions inet n - y'), 'sasl-in-chroot'],

  ['nothing on 465', withMaster(byAddress, /submissions inet[\s\S]*/, `${SUBMISSION}\n`), 'no-465'],
  [
    '465 without wrapper mode',
    withMaster(byAddress, '  -o smtpd_tls_wrappermode=yes\n', ''),
    '465-without-wrappermode',
  ],
  ['465 with wrapper mode off', withMaster(byAddress, 'wrappermode=yes', 'wrappermode=no'), '465-without-wrappermode'],
  [
    'smtps by its old name',
    withMaster(byAddress, /submissions inet n - n - - smtpd[\s\S]*/, 'smtps inet n - n - - smtpd\n'),
    '465-without-wrappermode',
  ],
  [
    'wrapper mode on 587',
    addMaster(byAddress, `${SUBMISSION}\n  -o smtpd_tls_wrappermode=yes`),
    'wrappermode-elsewhere',
  ],
  [
    'wrapper mode on 25',
    addMaster(byAddress, 'smtp inet n - n - - smtpd -o smtpd_tls_wrappermode=yes'),
    'wrappermode-elsewhere',
  ],
  ['wrapper mode everywhere', addMain(byAddress, 'smtpd_tls_wrappermode = yes'), 'wrappermode-global'],
  [
    '587 in plain text',
    addMaster(byAddress, `${SUBMISSION}\n  -o smtpd_tls_security_level=none`),
    'submission-without-tls',
  ],
  [
    '587 with TLS if the client likes',
    addMaster(byAddress, `${SUBMISSION}\n  -o smtpd_tls_security_level=may`),
    'submission-without-tls',
  ],
  ['587 with TLS', addMaster(byAddress, SUBMISSION)],
  ['465 twice', addMaster(byAddress, 'smtps inet n - n - - smtpd -o smtpd_tls_wrappermode=yes'), 'duplicate-listener'],
  [
    '465 on two addresses',
    addMaster(
      withMaster(byAddress, 'submissions inet', '192.0.2.1:465 inet'),
      '192.0.2.2:465 inet n - n - - smtpd -o smtpd_tls_wrappermode=yes',
    ),
  ],
  ['TLS 1.0', withMain(byAddress, 'smtpd_tls_mandatory_protocols', '!SSLv2, !SSLv3'), 'old-tls'],
  ['SSLv3 by name', withMain(byAddress, 'smtpd_tls_mandatory_protocols', 'SSLv3, TLSv1.2'), 'old-tls'],
  ['at least TLS 1.1', withMain(byAddress, 'smtpd_tls_mandatory_protocols', '>=TLSv1.1'), 'old-tls'],
  ['at least TLS 1.2', withMain(byAddress, 'smtpd_tls_mandatory_protocols', '>=TLSv1.2')],
  ['a switch of old', addMain(byAddress, 'smtpd_use_tls = yes'), 'obsolete-tls'],
  ['no TLS outward', withMain(byAddress, 'smtp_tls_security_level', ''), 'outbound-tls-off'],
  ['TLS outward or nothing', withMain(byAddress, 'smtp_tls_security_level', 'encrypt'), 'outbound-tls-forced'],
  ['DANE without DNSSEC', withMain(byAddress, 'smtp_tls_security_level', 'dane'), 'dane-without-dnssec'],

  ['no certificate', withMain(byAddress, 'smtpd_tls_cert_file', ''), 'no-certificate'],
  [
    'a certificate that is not there',
    withMain(byAddress, 'smtpd_tls_cert_file', '/nowhere.pem'),
    'certificate-unreadable',
  ],
  ['a key that is not there', withMain(byAddress, 'smtpd_tls_key_file', '/nowhere.pem'), 'certificate-unreadable'],
  ['no certificate in the file', withCertificate('text', 'hello'), 'certificate-invalid'],
  ['no key in the file', withMain(byAddress, 'smtpd_tls_key_file', certificate), 'no-key'],
  [
    'a chain beside a certificate',
    withMain(byAddress, 'smtpd_tls_chain_files', `${key}, ${certificate}`),
    'chain-files-win',
  ],
  [
    'an expired certificate',
    withCertificate('expired', expired.cert + authority.ca, expired.key),
    'certificate-expired',
  ],
  [
    'a certificate about to expire',
    withCertificate('soon', soon.cert + authority.ca, soon.key),
    'certificate-expires-soon',
  ],
  [
    'a certificate of the future',
    withCertificate('future', future.cert + authority.ca, future.key),
    'certificate-not-yet-valid',
  ],
  [
    'a certificate for another name',
    withCertificate('other', other.cert + authority.ca, other.key),
    'certificate-name',
  ],
  ['a certificate without its chain', withCertificate('leaf', own.cert), 'certificate-without-chain'],
  ['a key of another certificate', withCertificate('swapped', own.cert + authority.ca, other.key), 'key-mismatch'],
  [
    'a key that everybody can read',
    withCertificate('open', own.cert + authority.ca, own.key, 0o100644),
    'key-readable',
  ],

  ['no name', withoutMain(byAddress, 'myhostname'), 'hostname-unset'],
  ['localhost', withMain(byAddress, 'myhostname', 'localhost'), 'hostname-local'],
  ['localdomain', withMain(byAddress, 'myhostname', 'relay.localdomain'), 'hostname-local'],
  ['a name without a domain', withMain(byAddress, 'myhostname', 'mail'), 'hostname-not-fqdn'],
  ['a greeting by another name', withMain(byAddress, 'smtpd_banner', 'mx.old.example ESMTP'), 'banner-name'],
  ['EHLO by another name', addMain(byAddress, 'smtp_helo_name = old.example'), 'helo-name'],
  ['mail as root@localhost', withMain(byAddress, 'myorigin', 'localhost'), 'myorigin-local'],
  ['mail as root@myhost', withMain(byAddress, 'myorigin', 'myhost'), 'myorigin-local'],
  ['a file of Debian', withMain(byAddress, 'myorigin', '/etc/mailname')],
  [
    'mail to the own domain stays here',
    withMain(byAddress, 'mydestination', '$myhostname, $mydomain, localhost'),
    'own-domain-local',
  ],
  [
    'the same by the default of mydomain',
    withMain(withoutMain(byAddress, 'mydomain'), 'mydestination', 'shop.example'),
    'own-domain-local',
  ],
  [
    'the same by aliases that lead nowhere',
    addMain(byAddress, 'virtual_alias_domains = shop.example\nvirtual_alias_maps = hash:/etc/postfix/virtual'),
    'own-domain-local',
  ],
  ['mailboxes of the own domain', addMain(byAddress, 'virtual_mailbox_domains = shop.example'), 'own-domain-local'],
  ['only the machine itself', withMain(byAddress, 'inet_interfaces', 'loopback-only'), 'loopback-only'],
  ['only the machine itself, by address', withMain(byAddress, 'inet_interfaces', '127.0.0.1, [::1]'), 'loopback-only'],
  ['IPv6 without a thought for PTR', withoutMain(byAddress, 'smtp_address_preference'), 'ipv6-without-ptr'],

  ['a relay behind the relay', withMain(byAddress, 'relayhost', '[smtp.old.example]:587'), 'relayhost'],
  ['a password in main.cf', addMain(byAddress, 'smtp_sasl_password_maps = static:shop:secret'), 'password-in-main'],
  ['small mails only', withMain(byAddress, 'message_size_limit', '5000000'), 'message-size'],
  ['mailboxes smaller than mails', withMain(byAddress, 'mailbox_size_limit', '51200000'), 'mailbox-limit'],
  [
    'a filter',
    withMain(addMaster(byAddress, 'scan unix - - n - 10 smtp'), 'content_filter', 'scan:[127.0.0.1]:10024'),
    'content-filter',
  ],
  [
    'a filter that is gone',
    withMain(byAddress, 'content_filter', 'smtp-amavis:[127.0.0.1]:10024'),
    'content-filter-missing',
  ],
  ['soft bounces', withMain(byAddress, 'soft_bounce', 'yes'), 'soft-bounce'],
  ['a copy of everything', addMain(byAddress, 'always_bcc = admin@shop.example'), 'always-bcc'],
  ['debugging', addMain(byAddress, 'debug_peer_list = 203.0.113.5'), 'debug'],
  ['smtpd -v', withMaster(byAddress, '- - smtpd', '- - smtpd -v'), 'debug'],
  ['no DNS', addMain(byAddress, 'disable_dns_lookups = yes'), 'dns-off'],
];

describe('seeded mistakes', () => {
  for (const [what, texts, ...ids] of rows)
    test(what, () => {
      assert.deepEqual(idsOf(texts), ids);
    });

  test('a certificate that signs itself', () => {
    const self = createAuthority(HOST);
    assert.deepEqual(idsOf(withCertificate('self', self.ca)).sort(), ['certificate-self-signed', 'key-mismatch']);
  });

  test('every finding has its mistake, a text in both languages, and a line to write', () => {
    const seeded = new Set(rows.flatMap(([, , ...ids]) => ids));
    const missing = Object.keys(catalog).filter((id) => !seeded.has(id as never) && id !== 'certificate-self-signed');
    assert.deepEqual(missing, []);
    for (const [what, texts] of rows)
      for (const found of findingsOf(texts)) {
        assert.match(textOf(found, 'ru'), /[а-я]/, what);
        assert.doesNotMatch(
          textOf(found, 'en') + textOf(found, 'ru') + fixOf(found).join(),
          /undefined|\[object/,
          what,
        );
        assert.match(fixOf(found)[0]!, /^(?:main\.cf|master\.cf|run): +\S/, what);
      }
  });

  test('mail that is received to be sent on does not stay', () => {
    const added = [
      'mailshim_forwards = inline:{ { @shop.example = owner@provider.example } }',
      'virtual_alias_domains = shop.example',
      'virtual_alias_maps = $mailshim_forwards',
    ];
    assert.deepEqual(idsOf(addMain(byAddress, added.join('\n'))), []);
  });

  test('an open network is taken out, and the other shops stay', () => {
    const found = findingsOf(
      withMain(byAddress, 'mynetworks', '127.0.0.0/8 0.0.0.0/0, 203.0.113.5/32 hash:/etc/shops'),
    );
    assert.deepEqual(found.map(fixOf), [['main.cf: mynetworks = 127.0.0.0/8 203.0.113.5/32 hash:/etc/shops']]);
  });

  test('domains of the shop besides mydomain', () => {
    const texts = withMain(byAddress, 'mydestination', 'second.example');
    assert.deepEqual([idsOf(texts), idsOf(texts, ['second.example'])], [[], ['own-domain-local']]);
  });

  test('file and line are those of what is wrong', () => {
    const main = addMain(byAddress, 'relayhost = old.example');
    const last = main.main.split('\n').length - 1;
    const of = (texts: Texts, id: string) => findingsOf(texts).find((entry) => entry.id === id)!;
    assert.deepEqual([of(main, 'relayhost').file, of(main, 'relayhost').line], ['main.cf', last]);
    assert.equal(of(main, 'duplicate-parameter').args.first, byAddress.main.split('\n').indexOf('relayhost = ') + 1);
    const plain = withMaster(byAddress, 'wrappermode=yes', 'wrappermode=no');
    assert.deepEqual(
      [of(plain, '465-without-wrappermode').file, of(plain, '465-without-wrappermode').line],
      ['master.cf', 5],
    );
  });

  test('the worst comes first', () => {
    const texts = withMain(withMain(byAddress, 'soft_bounce', 'yes'), 'mynetworks', '0.0.0.0/0');
    assert.deepEqual(idsOf(texts), ['mynetworks-world', 'soft-bounce']);
    assert.match(
      auditText(findingsOf(texts), 'ru'),
      /^ОПАСНО {2}main\.cf:\d+ {2}\[mynetworks-world\]\n {2}Открытый релей/,
    );
  });

  test('what the fix says mends it', () => {
    for (const [what, texts, ...ids] of rows) {
      if (ids.length !== 1) continue;
      const lines = fixOf(findingsOf(texts)[0]!);
      // Where a person has to choose, or a file has to change, there is nothing to apply.
      if (!lines.every((line) => /^main\.cf: \w+ =[^…()]*$/.test(line)) || /^(no-|certificate|key)/.test(ids[0]!))
        continue;
      const mended = lines.reduce((before, line) => {
        const [, name, value] = /^main\.cf: (\w+) = ?(.*)$/.exec(line)!;
        return withMain(before, name!, value!);
      }, texts);
      const left = idsOf(mended);
      assert.ok(!left.includes(ids[0]!) || ids[0] === 'obsolete-tls', `${what}: ${lines.join(' | ')}`);
    }
  });
});

describe('the command', () => {
  const run = (...words: string[]) => relayCommand(['audit', ...words], NOW);
  const place = (name: string, texts: Texts) => {
    const path = folder.join(name);
    mkdirSync(path);
    folder.write(`${name}/main.cf`, texts.main);
    folder.write(`${name}/master.cf`, texts.master);
    return path;
  };

  test('a folder: 0 without findings, 1 with them', () => {
    const clean = run(place('clean', byAddress));
    assert.deepEqual([clean.code, clean.complaints], [EX.OK, []], clean.stdout);
    const path = place('bad', withMain(byAddress, 'soft_bounce', 'yes'));
    const bad = run(path, '--json', '--lang', 'ru');
    assert.equal(bad.code, EX.FINDINGS);
    const { findings } = JSON.parse(bad.stdout) as { findings: Record<string, unknown>[] };
    assert.deepEqual(
      findings.map(({ id, severity, file, fix }) => ({ id, severity, file, fix })),
      [{ id: 'soft-bounce', severity: 'warning', file: `${path}/main.cf`, fix: ['main.cf: soft_bounce = no'] }],
    );
    assert.match(String(findings[0]!.text), /soft_bounce, он нужен/);
  });

  test('the mode of a key is read from the file', () => {
    chmodSync(key, 0o604);
    const found = run(place('modes', byAddress), '--json');
    chmodSync(key, 0o600);
    assert.match(found.stdout, /"id": "key-readable"[\s\S]*"mode": "0604"/);
  });

  test('what cannot be read is an error with its name', () => {
    assert.throws(() => run('/nonexistent'), {
      id: 'relay-setup.unreadable',
      code: EX.NOINPUT,
      message: 'relay audit: /nonexistent/main.cf: no such file',
    });
    assert.throws(
      () => run('a', 'b'),
      /^ExitError: relay audit: too many arguments.* see mailshim relay audit --help$/,
    );
    assert.throws(() => run('--lang', 'de'), /relay audit: .*de.*en, ru/);
  });
});

test('docs/relay.md has every finding as the code says it', () => {
  const file = fileURLToPath(new URL('../../../docs/relay.md', import.meta.url));
  const all = [...rows.map(([, texts]) => texts), withCertificate('self', createAuthority(HOST).ca)].flatMap((texts) =>
    findingsOf(texts),
  );
  const table = [
    '| Finding | | Example |',
    '|---|---|---|',
    ...Object.entries(catalog).map(([id, { severity }]) => {
      const found = all.find((entry) => entry.id === id)!;
      const text = textOf(found, 'en')
        .replaceAll(folder.path, '/etc/ssl/relay')
        .replace(/\d{4}-\d\d-\d\d/g, 'DATE');
      return `| \`${id}\` | ${severity} | ${text.replaceAll('|', '\\|')} |`;
    }),
  ].join('\n');
  const block = /(<!-- findings: begin -->\n)([\s\S]*?)\n?(<!-- findings: end -->)/;
  if (process.env.UPDATE_DOCS === '1')
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace(block, (_, begin: string, __, end: string) => `${begin}${table}\n${end}`),
    );
  assert.equal(block.exec(readFileSync(file, 'utf8'))?.[2], table);
});
