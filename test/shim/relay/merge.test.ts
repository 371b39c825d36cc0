// What a relay has and what is wanted, joined by the script: a dry run over folders with a main.cf, by Debian's postconf and no running Postfix.
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { type RelayAnswers, readOptions } from '../../../shim/relay/options.ts';
import { relayScript } from '../../../shim/relay/script.ts';
import { shopsOf } from '../../../shim/relay/shops.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { needs } from '../../support/peers.ts';
import { run } from '../../support/program.ts';
import '../../support/hermetic.ts';

const folder = temporaryFolder('mailshim-merge-');
after(() => folder.remove());
const DEBIAN = '/usr/share/postfix';
const ADDRESS = '203.0.113.5';
const NEW = { domain: ['shop2.example'], allow: ['203.0.113.66'] };
const REJECT = 'permit_mynetworks, reject';
const MADE = [
  'local_transport = error:5.1.1 this machine has no mailboxes',
  'myhostname = mail.shop.example',
  'mydomain = shop.example',
];
const byAddress = (networks: string, ...more: string[]) => [
  ...MADE,
  `mynetworks = ${networks}`,
  `smtpd_client_restrictions = ${REJECT}`,
  `smtpd_relay_restrictions = ${REJECT}`,
  ...more,
];
const byLogin = [
  ...MADE,
  'smtpd_client_restrictions =',
  'smtpd_relay_restrictions = permit_sasl_authenticated, reject',
];
const byBoth = [
  ...MADE,
  `mynetworks = 127.0.0.0/8 ${ADDRESS}/32`,
  `smtpd_client_restrictions = ${REJECT}`,
  'smtpd_relay_restrictions = permit_sasl_authenticated, reject',
];

let count = 0;
/** Parameters as they would be, with `shops` for the comments; or what the script says where it refuses. */
async function joinedBy(
  before: readonly string[],
  words: RelayAnswers,
): Promise<{ refused: string } | Map<string, string>> {
  const etc = folder.join(`relay${++count}`);
  mkdirSync(etc);
  copyFileSync(join(DEBIAN, 'master.cf.dist'), join(etc, 'master.cf'));
  const main = `compatibility_level = 3.6\n${before.join('\n')}\n`;
  writeFileSync(join(etc, 'main.cf'), main);
  // Postfix waits for a second before it reads a file that is being written.
  utimesSync(join(etc, 'main.cf'), 1, 1);
  const read = readOptions({ hostname: 'mail.shop.example', ...words });
  assert.ok('options' in read, 'problem' in read ? read.problem.text : '');
  // What is compared with the live files at the end, printed.
  const script = relayScript(read.options, { dryRun: true }).replace(
    /^ {2}diff -u .*$/m,
    '  [ $file = master.cf ] || cat "$new/$file"',
  );
  const ran = await run('sh', ['-s'], { input: script, env: { PATH: process.env.PATH ?? '', MAIL_CONFIG: etc } });
  assert.equal(readFileSync(join(etc, 'main.cf'), 'utf8'), main);
  if (ran.code !== 0) return { refused: ran.stderr };
  const values = new Map([...ran.stdout.matchAll(/^(\w+) = ?(.*)$/gm)].map(([, name, value]) => [name!, value!]));
  return values.set('shops', [...ran.stdout.matchAll(/^# mailshim shop: (.*)$/gm)].map(([, line]) => line).join('; '));
}

const skip = needs('postconf', 'postfix').missing || needs('saslpasswd2', 'sasl2-bin').missing;

const kept: [what: string, before: string[], words: RelayAnswers, expected: Record<string, string>][] = [
  [
    'a fresh Postfix of Debian',
    [
      'mynetworks = 127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128',
      'smtpd_relay_restrictions = permit_mynetworks permit_sasl_authenticated defer_unauth_destination',
      'myhostname = vm7',
    ],
    { domain: ['shop.example'], allow: [ADDRESS] },
    {
      mynetworks: '127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128 203.0.113.5/32',
      smtpd_relay_restrictions: REJECT,
      myhostname: 'mail.shop.example',
      mydomain: 'shop.example',
      shops: 'shop.example 203.0.113.5/32',
    },
  ],
  [
    'a second shop, by a relay of before that names none',
    byAddress(`127.0.0.0/8 [::1]/128 ${ADDRESS}/32`),
    NEW,
    {
      mynetworks: '127.0.0.0/8 [::1]/128 203.0.113.5/32 203.0.113.66/32',
      mydomain: 'shop.example',
      shops: 'shop2.example 203.0.113.66/32',
    },
  ],
  [
    'its name as another parameter has it',
    byAddress('127.0.0.0/8').map((line) => line.replace('= mail.shop.example', '= Mail.$mydomain')),
    NEW,
    { myhostname: 'mail.shop.example' },
  ],
  [
    'an address in another form is the same',
    byAddress('127.0.0.0/8 203.0.113.66, [2001:DB8::5]'),
    { domain: ['shop2.example'], allow: ['203.0.113.66', '2001:db8::5'] },
    { mynetworks: '[::1]/128 127.0.0.0/8 203.0.113.66 [2001:DB8::5]' },
  ],
  [
    'this machine itself is there already',
    byAddress(`127.0.0.0/8 [::1]/128 ${ADDRESS}/32`),
    { domain: ['shop2.example'], allow: ['127.0.0.1', '::1', '127.0.0.0/8'] },
    { mynetworks: '127.0.0.0/8 [::1]/128 203.0.113.5/32', shops: 'shop2.example' },
  ],
  [
    'files, tables, exclusions and parameters by hand, in their order',
    byAddress(
      '127.0.0.0/8, !203.0.113.9 /etc/hosts hash:/etc/shops\n  cidr:/etc/s.cidr $mine inline:{ {a b = c}, d=e }',
      'mine = 192.0.2.1',
    ),
    NEW,
    {
      mynetworks:
        '[::1]/128 127.0.0.0/8 !203.0.113.9 /etc/hosts hash:/etc/shops cidr:/etc/s.cidr $mine inline:{ {a b = c}, d=e } 203.0.113.66/32',
    },
  ],
  [
    'private networks by hand',
    byAddress('127.0.0.0/8 10.0.0.0/8 192.168.0.0/16 [fd00::]/8'),
    NEW,
    { mynetworks: '[::1]/128 127.0.0.0/8 10.0.0.0/8 192.168.0.0/16 [fd00::]/8 203.0.113.66/32' },
  ],
  [
    'limits, certificate and addresses that were chosen for this machine',
    byAddress(
      `127.0.0.0/8 ${ADDRESS}`,
      'inet_protocols = ipv4',
      'smtpd_tls_cert_file = /etc/ssl/own.pem',
      'smtpd_tls_key_file = /etc/ssl/own.key',
      'smtpd_client_message_rate_limit = 900',
      'smtpd_client_recipient_rate_limit = 0',
    ),
    NEW,
    {
      inet_protocols: 'ipv4',
      smtpd_tls_cert_file: '/etc/ssl/own.pem',
      smtpd_tls_key_file: '/etc/ssl/own.key',
      smtpd_client_message_rate_limit: '900',
      smtpd_client_recipient_rate_limit: '600',
    },
  ],
  [
    'a login beside an address',
    byAddress(`127.0.0.0/8 ${ADDRESS}`),
    { domain: ['shop2.example'], saslUser: ['two'] },
    {
      smtpd_client_restrictions: '',
      smtpd_relay_restrictions: 'permit_mynetworks, permit_sasl_authenticated, reject',
      shops: 'shop2.example login:two',
    },
  ],
  [
    'an address beside a login',
    byLogin,
    NEW,
    {
      smtpd_client_restrictions: '',
      smtpd_relay_restrictions: 'permit_mynetworks, permit_sasl_authenticated, reject',
      smtpd_sasl_type: 'cyrus',
    },
  ],
  [
    'one more with both',
    byBoth,
    { ...NEW, saslUser: ['two'] },
    {
      mynetworks: '[::1]/128 127.0.0.0/8 203.0.113.5/32 203.0.113.66/32',
      smtpd_client_restrictions: REJECT,
      smtpd_relay_restrictions: 'permit_sasl_authenticated, reject',
    },
  ],
  [
    'an address that two shops have stays with the other',
    byAddress(
      `127.0.0.0/8 ${ADDRESS}/32`,
      `# mailshim shop: a.example ${ADDRESS}/32`,
      `# mailshim shop: b.example ${ADDRESS}/32 192.0.2.7/32`,
    ),
    { remove: ['b.example'] },
    { mynetworks: '[::1]/128 127.0.0.0/8 203.0.113.5/32', shops: 'a.example 203.0.113.5/32' },
  ],
  [
    'a shop that moves to another address',
    byAddress(`127.0.0.0/8 ${ADDRESS}/32 203.0.113.66/32`, '# mailshim shop: shop2.example 203.0.113.66/32'),
    { domain: ['shop2.example'], allow: ['203.0.113.67'], remove: ['203.0.113.66'] },
    {
      mynetworks: '[::1]/128 127.0.0.0/8 203.0.113.5/32 203.0.113.67/32',
      shops: 'shop2.example 203.0.113.67/32',
    },
  ],
  [
    'an open network that is taken away by name',
    byAddress(`127.0.0.0/8 0.0.0.0/0 ${ADDRESS}`),
    { ...NEW, remove: ['0.0.0.0/0'] },
    { mynetworks: '[::1]/128 127.0.0.0/8 203.0.113.5 203.0.113.66/32' },
  ],
  [
    '--replace',
    byAddress('127.0.0.0/8 0.0.0.0/0 hash:/etc/shops', `# mailshim shop: a.example ${ADDRESS}/32`),
    { ...NEW, replace: true },
    {
      mynetworks: '127.0.0.0/8 [::1]/128 203.0.113.66/32',
      mydomain: 'shop2.example',
      shops: 'shop2.example 203.0.113.66/32',
    },
  ],
  [
    'forwards beside those by hand',
    byAddress('127.0.0.0/8', 'virtual_alias_maps = hash:/etc/postfix/virtual'),
    { domain: ['shop.example'], allow: [ADDRESS], receiveAt: ['owner@provider.example'] },
    {
      virtual_alias_maps: 'hash:/etc/postfix/virtual $mailshim_forwards',
      virtual_alias_domains: '$mailshim_receives',
      mailshim_receives: 'shop.example',
      mailshim_forwards: 'inline:{ { @shop.example = owner@provider.example } }',
      shops: 'shop.example 203.0.113.5/32 to:@shop.example=owner@provider.example',
    },
  ],
];
describe('what stays', { skip }, () => {
  for (const [what, before, words, expected] of kept)
    test(what, async () => {
      const found = await joinedBy(before, words);
      assert.ok(found instanceof Map, 'refused' in found ? found.refused : '');
      assert.deepEqual(Object.fromEntries(Object.keys(expected).map((name) => [name, found.get(name)])), expected);
    });
});

const shown: [what: string, before: string[], words: RelayAnswers, shows: string][] = [
  ['an open relay', byAddress('127.0.0.0/8 0.0.0.0/0'), NEW, '--remove 0.0.0.0/0'],
  ['a provider’s network', byAddress('127.0.0.0/8 95.216.0.0/16'), NEW, 'mynetworks: 95.216.0.0/16'],
  ['everything', byAddress('static:OK'), NEW, 'mynetworks: static:OK'],
  ['an IPv6 network of a provider', byAddress('[2001:db8::]/32'), NEW, 'mynetworks: [2001:db8::]/32'],
  [
    'another host name',
    byAddress('127.0.0.0/8'),
    { ...NEW, hostname: 'relay.example' },
    'myhostname: mail.shop.example',
  ],
  [
    'a table of clients',
    [...MADE, 'smtpd_client_restrictions = check_client_access hash:/etc/postfix/clients, reject'],
    NEW,
    'check_client_access hash:/etc/postfix/clients',
  ],
  [
    'logins by other means, where the new shop logs in',
    ['smtpd_sasl_auth_enable = yes', 'smtpd_sasl_type = dovecot'],
    { domain: ['shop2.example'], saslUser: ['two'] },
    'smtpd_sasl_auth_enable: logins',
  ],
  [
    'logins by other means',
    ['smtpd_sasl_auth_enable = yes', 'smtpd_sasl_type = dovecot'],
    NEW,
    'smtpd_sasl_auth_enable: logins',
  ],
  ['an address alone beside both', byBoth, NEW, '--allow and --sasl-user'],
  ['both beside an address', byAddress('127.0.0.0/8'), { ...NEW, saslUser: ['two'] }, 'either --allow or --sasl-user'],
  [
    'a network that is not there',
    byAddress(`127.0.0.0/8 ${ADDRESS}`),
    { remove: ['203.0.113.6'] },
    '--remove 203.0.113.6/32',
  ],
  [
    'a Postfix that is no relay',
    ['mynetworks = 127.0.0.0/8 192.0.2.1'],
    { remove: ['192.0.2.1'] },
    'was not set up by',
  ],
  [
    'mail that would loop',
    byAddress('127.0.0.0/8', '# mailshim shop: a.example to:@a.example=x@provider.example'),
    { domain: ['b.example'], receiveAt: ['x@a.example'] },
    'would loop',
  ],
];
describe('what is refused, and changes nothing', { skip }, () => {
  for (const [what, before, words, shows] of shown)
    test(what, async () => {
      const found = await joinedBy(before, words);
      assert.ok(!(found instanceof Map), 'it was taken');
      assert.ok(found.refused.includes(shows), found.refused);
    });
});

test('shops are read from main.cf, and the rest has no domain', () => {
  const main = [
    '# mailshim shop: a.example 203.0.113.5/32 [2001:db8::5]/128 login:a to:@a.example=x@provider.example',
    '# mailshim shop: ',
    'mynetworks = …',
  ].join('\n');
  const networks = ['127.0.0.0/8', '[::1]/128', '203.0.113.5', '[2001:DB8::5]', '192.0.2.1', 'hash:/etc/x'];
  assert.deepEqual(shopsOf(main, networks, ['a', 'b']), [
    {
      domain: 'a.example',
      allow: ['203.0.113.5/32', '[2001:db8::5]/128'],
      logins: ['a'],
      receive: [{ address: '@a.example', mailbox: 'x@provider.example' }],
    },
    { domain: null, allow: ['192.0.2.1', 'hash:/etc/x'], logins: ['b'], receive: [] },
  ]);
});
