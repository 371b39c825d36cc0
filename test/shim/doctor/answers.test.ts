// A lookup or an answer that did not come is never shown as a success: the links that rest on one, with nobody answering.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { publicKeyOf } from '../../../shared/dkim/private-key.ts';
import type { Resolver } from '../../../shared/dns/types.ts';
import { loginRemedies } from '../../../shared/providers/login.ts';
import { explain } from '../../../shim/doctor/catalogue.ts';
import { checkDns, checkKeys } from '../../../shim/doctor/dns.ts';
import type { Result } from '../../../shim/doctor/result.ts';
import { strangersAnswer } from '../../../shim/doctor/session.ts';
import { testKey } from '../../shared/dkim/fixtures.ts';
import { accountFrom } from '../../support/account.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { type Zone, zoneResolver } from '../../support/zone.ts';

const folder = temporaryFolder();
after(() => folder.remove());
const [own, other] = [await testKey('rsa2048'), await testKey('rsa1024')];
const record = ((key) => (key.ok ? key.record : ''))(await publicKeyOf(own.pem));
const account = accountFrom(
  `host mail.shop.example\nfrom a@shop.example\ndkim_domain shop.example\ndkim_selector one two\ndkim_key ${folder.write('one.pem', own.pem)} ${folder.write('two.pem', own.pem)}\n`,
);
const silent: Resolver = {
  query: async (name) => ({ kind: 'error', reason: 'timeout', detail: `no answer for ${name}` }),
};
const brief = (results: readonly Result[]) =>
  results.map((each) => [each.id, each.level, 'args' in each ? (each.args as { names?: string; name?: string }) : {}]);

const ONE = 'one._domainkey.shop.example';
const TWO = 'two._domainkey.shop.example';
const keys: [what: string, zone: Zone, expected: [id: string, level: string, name: string][]][] = [
  ['both there', { [ONE]: { TXT: [record] }, [TWO]: { TXT: [record] } }, [['dns.keys', 'ok', `${ONE}, ${TWO}`]]],
  [
    'one not answered',
    { [ONE]: { TXT: [record] }, [TWO]: { fail: 'servfail' } },
    [
      ['dns.keys', 'ok', ONE],
      ['dns.keys-unknown', 'skipped', TWO],
    ],
  ],
  [
    'none answered',
    { [ONE]: { fail: 'timeout' }, [TWO]: { fail: 'servfail' } },
    [['dns.keys-unknown', 'skipped', `${ONE}, ${TWO}`]],
  ],
  ['one missing', { [ONE]: { TXT: [record] } }, [['dns.key-missing', 'failure', TWO]]],
  [
    'at a name that the panel doubled',
    { [`${ONE}.shop.example`]: { TXT: [record] }, [TWO]: { TXT: [record] } },
    [['dns.key-misplaced', 'failure', ONE]],
  ],
  ['cut off', { [ONE]: { TXT: [record.slice(0, 255)] }, [TWO]: { TXT: [record] } }, [['dns.key-cut', 'failure', ONE]]],
  ['in quotes', { [ONE]: { TXT: [`"${record}"`] }, [TWO]: { TXT: [record] } }, [['dns.key-quoted', 'failure', ONE]]],
  [
    'in several quoted strings that became one',
    { [ONE]: { TXT: [`"${record.slice(0, 200)}" "${record.slice(200)}"`] }, [TWO]: { TXT: [record] } },
    [['dns.key-quoted', 'failure', ONE]],
  ],
  ['another', { [ONE]: { TXT: [other.record] }, [TWO]: { TXT: [record] } }, [['dns.key-other', 'failure', ONE]]],
  ['revoked', { [ONE]: { TXT: ['v=DKIM1; p='] }, [TWO]: { TXT: [record] } }, [['dns.key-other', 'failure', ONE]]],
  ['no key', { [ONE]: { TXT: ['v=DKIM1; p=x!'] }, [TWO]: { TXT: [record] } }, [['dns.key-other', 'failure', ONE]]],
];
for (const [what, zone, expected] of keys) {
  test(`keys: ${what}`, async () => {
    const found = brief(await checkKeys({ account, resolver: zoneResolver(zone) }));
    assert.deepEqual(
      found.map(([id, level, args]) => [
        id,
        level,
        (args as { names?: string }).names ?? (args as { name?: string }).name,
      ]),
      expected,
    );
  });
}

test('DNS that answers nothing makes no link green', async () => {
  const context = {
    account,
    resolver: silent,
    seen: {},
    environment: { now: () => new Date(0) },
  } as unknown as Parameters<typeof checkDns>[0];
  const results = await checkDns(context);
  assert.ok(results.length > 2);
  assert.deepEqual(
    results.filter(({ level }) => level !== 'skipped').map(({ id, level }) => [id, level]),
    [],
  );
});

test('mailboxes at a provider: its DNS is not looked at, and another relay cannot send for them', async () => {
  const rows: [host: string, id: string, level: string][] = [
    ['smtp.gmail.com', 'dns.mailbox', 'skipped'],
    ['mail.shop.example', 'dns.mailbox-elsewhere', 'failure'],
    ['smtp.mailgun.org', 'dns.mailbox-elsewhere', 'failure'],
  ];
  for (const [host, id, level] of rows) {
    const context = { account: accountFrom(`host ${host}\nfrom shop@gmail.com\n`), resolver: silent, seen: {} };
    const results = await checkDns(context as unknown as Parameters<typeof checkDns>[0]);
    assert.deepEqual(
      results.map((each) => [each.id, each.level]),
      [[id, level]],
    );
  }
});

test('at a provider the remedy is its own, in both languages', () => {
  const reply = '535-5.7.8 Username and Password not accepted.';
  for (const lang of ['en', 'ru'] as const) {
    const [login] = loginRemedies({ id: 'google' }).slice(-1);
    const remedy = (id: string, args: Record<string, string>) =>
      explain({ id, level: 'failure', args: { where: 'x', from: 'a@shop.example', user: 'me', ...args } }, lang)
        .remedy ?? '';
    assert.equal(remedy('relay.login-refused', { reply, provider: 'google' }), login![lang]);
    assert.match(remedy('relay.login-refused', { reply, provider: '' }), /saslpasswd2/);
    for (const id of ['closed', 'silent', 'no-login', 'sender-refused', 'not-allowed']) {
      const text = remedy(`relay.${id}`, { offered: '', reply, provider: 'google' });
      assert.match(text, /Google Workspace/, id);
      assert.doesNotMatch(text, /postfix|smtpd_|mailshim relay/, id);
    }
  }
});

test('what a relay says to strangers', () => {
  const rows: [code: number, line: string, answer: ReturnType<typeof strangersAnswer>][] = [
    [250, '2.1.5 Ok', 'taken'],
    [554, '5.7.1 <x@y.example>: Relay access denied', 'refused'],
    [530, '5.7.0 Authentication required', 'refused'],
    [454, '4.7.1 <x@y.example>: Relay access denied', 'refused'],
    [450, '4.7.1 Client host rejected', 'refused'],
    [421, '4.3.2 All server ports are busy', 'unknown'],
    [451, '4.3.0 Temporary lookup failure', 'unknown'],
    [354, 'go on', 'unknown'],
  ];
  for (const [code, line, answer] of rows)
    assert.equal(strangersAnswer({ code, text: `${code} ${line}` }), answer, `${code} ${line}`);
  assert.equal(strangersAnswer(undefined), 'unknown');
});

test('an address of the relay that changed is one finding, and only where DNS fits the new one', async () => {
  const zone = (ip: string): Zone => ({
    'shop.example': { TXT: [`v=spf1 ip4:${ip} -all`], MX: ['10 mx.provider.example'] },
    'mx.provider.example': { A: ['198.51.100.53'] },
    'mail.shop.example': { A: [ip] },
    [`${ip.split('.').reverse().join('.')}.in-addr.arpa`]: { PTR: ['mail.shop.example'] },
    '_dmarc.shop.example': { TXT: ['v=DMARC1; p=none; rua=mailto:d@shop.example'] },
  });
  const wrong = async (published: string, given: string) => {
    const context = {
      account: accountFrom(`host mail.shop.example\nfrom a@shop.example\nsending_ip ${given}\n`),
      resolver: zoneResolver(zone(published)),
      seen: { address: '203.0.113.25' },
      environment: { now: () => new Date(0) },
    } as unknown as Parameters<typeof checkDns>[0];
    const results = await checkDns(context);
    return results.flatMap((each) => (each.level !== 'failure' ? [] : ['finding' in each ? each.finding.id : each.id]));
  };
  assert.ok((await wrong('203.0.113.25', '203.0.113.25')).every((id) => !/spf|ptr|sending/.test(id)));
  const stale = await wrong('203.0.113.25', '203.0.113.9');
  assert.deepEqual(
    stale.filter((id) => /spf|ptr|sending/.test(id)),
    ['dns.sending-ip'],
  );
  // The relay may well send from another address.
  assert.ok((await wrong('203.0.113.9', '203.0.113.9')).every((id) => !/spf|ptr|sending/.test(id)));
});
