import assert from 'node:assert/strict';
import { test } from 'node:test';
import { providerById } from '../../../shared/providers/lookup.ts';
import { type Published, wantedRecords } from '../../../shim/setup/records.ts';
import { characterStrings, quotedStrings, zoneFragment } from '../../../shim/setup/report.ts';

const KEY = `v=DKIM1; k=rsa; p=${'A'.repeat(392)}`;
const wanted = (published: Published, more: object = {}) =>
  wantedRecords({
    domain: 'shop.example',
    relay: 'mail.shop.example',
    ips: ['203.0.113.5', '2001:db8::5'],
    keys: [{ selector: 's1', record: KEY }],
    reportTo: 'postmaster@shop.example',
    tlsReports: false,
    published,
    ...more,
  });
const find = (published: Published, purpose: string) => wanted(published).find((record) => record.purpose === purpose);

test('a domain without mail gets all of it', () => {
  assert.deepEqual(
    wanted({}).map(({ purpose, name, type, action }) => [purpose, name, type, action]),
    [
      ['address', 'mail.shop.example', 'A', 'new'],
      ['address', 'mail.shop.example', 'AAAA', 'new'],
      ['spf', 'shop.example', 'TXT', 'new'],
      ['dkim', 's1._domainkey.shop.example', 'TXT', 'new'],
      ['dmarc', '_dmarc.shop.example', 'TXT', 'new'],
      ['ptr', '5.113.0.203.in-addr.arpa', 'PTR', 'new'],
      ['ptr', '5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa', 'PTR', 'new'],
    ],
  );
});

test('an envelope sender below the domain has an MX and an SPF record of its own', () => {
  const found = (published: Published) =>
    wanted(published, { bounces: 'bounces.shop.example' })
      .filter(({ purpose }) => purpose.startsWith('bounce'))
      .map(({ name, type, value, action }) => [name, type, value, action]);
  const spf = 'v=spf1 ip4:203.0.113.5 ip6:2001:db8::5 -all';
  assert.deepEqual(found({}), [
    ['bounces.shop.example', 'MX', '10 mail.shop.example', 'new'],
    ['bounces.shop.example', 'TXT', spf, 'new'],
  ]);
  // Another host receives already, such as Email Routing.
  const routed = {
    bounceMx: ['route1.mx.cloudflare.net'],
    bounceTexts: ['v=spf1 include:_spf.mx.cloudflare.net ~all'],
  };
  assert.deepEqual(found(routed), [
    [
      'bounces.shop.example',
      'TXT',
      'v=spf1 ip4:203.0.113.5 ip6:2001:db8::5 include:_spf.mx.cloudflare.net ~all',
      'change',
    ],
  ]);
  assert.deepEqual(found({ bounceMx: ['mail.shop.example'], bounceTexts: [spf] }), [
    ['bounces.shop.example', 'TXT', spf, 'there'],
  ]);
});

const spf: [name: string, texts: string[], value: string, action: string][] = [
  ['none', ['google-site-verification=x'], 'v=spf1 ip4:203.0.113.5 ip6:2001:db8::5 ~all', 'new'],
  [
    'a provider is there',
    ['v=spf1 include:_spf.provider.example ~all'],
    'v=spf1 ip4:203.0.113.5 ip6:2001:db8::5 include:_spf.provider.example ~all',
    'change',
  ],
  [
    'all is there',
    ['v=spf1 ip4:203.0.113.5 ip6:2001:db8::5 -all'],
    'v=spf1 ip4:203.0.113.5 ip6:2001:db8::5 -all',
    'there',
  ],
  [
    'two records become one',
    ['v=spf1 include:_spf.provider.example ~all', 'v=spf1 a -all'],
    'v=spf1 ip4:203.0.113.5 ip6:2001:db8::5 include:_spf.provider.example a ~all',
    'change',
  ],
  [
    'two strict records become a strict one',
    ['v=spf1 mx -all', 'v=spf1 a -all'],
    'v=spf1 ip4:203.0.113.5 ip6:2001:db8::5 mx a -all',
    'change',
  ],
  [
    'a redirect stays, beside "all" it becomes an include',
    ['v=spf1 redirect=_spf.yandex.net'],
    'v=spf1 ip4:203.0.113.5 ip6:2001:db8::5 redirect=_spf.yandex.net',
    'change',
  ],
  [
    'a redirect beside "all"',
    ['v=spf1 redirect=_spf.yandex.net ~all'],
    'v=spf1 ip4:203.0.113.5 ip6:2001:db8::5 include:_spf.yandex.net ~all',
    'change',
  ],
];
for (const [name, domainTexts, value, action] of spf) {
  test(`SPF: ${name}`, () => {
    const record = find({ domainTexts }, 'spf');
    assert.deepEqual([record?.value, record?.action], [value, action]);
  });
}

test('what is published stays: MX of a provider, a DMARC policy, the key', () => {
  const published: Published = {
    mx: ['mx.provider.example'],
    dmarcTexts: ['v=DMARC1; p=reject'],
    dkimTexts: { 's1._domainkey.shop.example': [KEY] },
  };
  assert.equal(find(published, 'mx'), undefined);
  assert.deepEqual(
    [find(published, 'dmarc')?.value, find(published, 'dmarc')?.action],
    ['v=DMARC1; p=reject', 'there'],
  );
  assert.equal(find(published, 'dkim')?.action, 'there');
  assert.equal(find({ dkimTexts: { 's1._domainkey.shop.example': ['v=DKIM1; p=other'] } }, 'dkim')?.action, 'change');
});

test('MX names whoever was asked for, never the relay', () => {
  const mx = (published: Published, host?: string) => {
    const record = wanted(published, host === undefined ? {} : { mx: host }).find(({ purpose }) => purpose === 'mx');
    return record === undefined ? undefined : [record.value, record.action];
  };
  assert.equal(mx({}), undefined);
  assert.equal(mx({ mx: [] }), undefined);
  assert.deepEqual(mx({ mx: [] }, 'mx.provider.example'), ['10 mx.provider.example', 'new']);
  assert.deepEqual(mx({ mx: ['mx.provider.example'] }, 'mx.provider.example'), ['10 mx.provider.example', 'there']);
  assert.deepEqual(mx({ mx: ['mx.old.example'] }, 'mx.provider.example'), ['10 mx.provider.example', 'change']);
});

test('addresses and names in reverse DNS that are right need nothing', () => {
  const actions = (published: Published) =>
    wanted(published)
      .filter(({ purpose }) => purpose === 'address' || purpose === 'ptr')
      .map(({ action }) => action);
  assert.deepEqual(actions({ addresses: ['203.0.113.5'], names: { '203.0.113.5': ['mail.shop.example'] } }), [
    'there',
    'new',
    'there',
    'new',
  ]);
  assert.deepEqual(actions({ names: { '203.0.113.5': ['vps5.host.example'] } }), ['new', 'new', 'change', 'new']);
});

test('a relay of another domain has its address there', () => {
  assert.equal(
    wanted({}, { relay: 'mail.host.example' }).some(({ purpose }) => purpose === 'address'),
    false,
  );
});

test('the mailboxes of a provider go on sending, and nobody is refused by a first record', () => {
  const rows: [mx: string[], value: string][] = [
    [['smtp.google.com'], 'v=spf1 ip4:203.0.113.5 ip6:2001:db8::5 include:_spf.google.com ~all'],
    [
      ['shop-example.mail.protection.outlook.com'],
      'v=spf1 ip4:203.0.113.5 ip6:2001:db8::5 include:spf.protection.outlook.com ~all',
    ],
    [['mx.yandex.net'], 'v=spf1 ip4:203.0.113.5 ip6:2001:db8::5 include:_spf.yandex.net ~all'],
    [['emx.mail.ru'], 'v=spf1 ip4:203.0.113.5 ip6:2001:db8::5 include:_spf.mail.ru ~all'],
    [['mx.shop.example'], 'v=spf1 ip4:203.0.113.5 ip6:2001:db8::5 ~all'],
  ];
  for (const [mx, value] of rows) assert.equal(find({ mx, domainTexts: [] }, 'spf')?.value, value);
});

test('a PTR is asked for only with a name that leads to the address', () => {
  const ptr = (published: Published, relay: string) =>
    wanted(published, { relay }).flatMap(({ purpose, name }) => (purpose === 'ptr' ? [name] : []));
  assert.equal(ptr({}, 'mail.shop.example').length, 2);
  assert.deepEqual(ptr({}, 'mail.host.example'), []);
  assert.deepEqual(ptr({ addresses: ['203.0.113.9'] }, 'mail.host.example'), []);
  assert.deepEqual(ptr({ addresses: ['203.0.113.5'] }, 'mail.host.example'), ['5.113.0.203.in-addr.arpa']);
});

test('through a provider: its include where its documentation has one, and nothing in a zone of others', () => {
  const rows: [id: string, domain: string, texts: string[], spf: string | undefined][] = [
    ['google', 'shop.example', [], 'v=spf1 include:_spf.google.com ~all'],
    ['google', 'shop.example', ['v=spf1 ip4:192.0.2.1 -all'], 'v=spf1 ip4:192.0.2.1 include:_spf.google.com -all'],
    ['google', 'shop.example', ['v=spf1 include:_spf.google.com ~all'], 'v=spf1 include:_spf.google.com ~all'],
    ['google', 'shop.example', ['v=spf1 redirect=_spf.google.com'], 'v=spf1 redirect=_spf.google.com'],
    ['mailgun', 'shop.example', [], 'v=spf1 include:mailgun.org ~all'],
    ['cloudflare', 'shop.example', [], undefined],
    ['ses', 'shop.example', [], undefined],
    ['zoho', 'shop.example', [], undefined],
    ['google', 'gmail.com', [], undefined],
  ];
  for (const [id, domain, domainTexts, value] of rows) {
    const provider = providerById(id)!;
    const relay = provider.submission!.hosts[0]!;
    const records = wanted({ domainTexts }, { provider, relay, domain, ips: [], keys: [] });
    assert.equal(records.find(({ purpose }) => purpose === 'spf')?.value, value, `${id} ${domainTexts.join()}`);
    assert.deepEqual(
      records.filter(({ name }) => name !== 'shop.example' && !name.endsWith('.shop.example')),
      [],
    );
    assert.deepEqual(
      records.map(({ purpose }) => purpose).filter((purpose) => purpose !== 'spf'),
      domain === 'gmail.com' ? [] : ['dmarc'],
    );
  }
});

test('long texts are cut at 255 octets, quotes and backslashes are escaped', () => {
  assert.deepEqual(
    characterStrings('a'.repeat(600)).map((part) => part.length),
    [255, 255, 90],
  );
  assert.equal(quotedStrings('a"b\\c'), '"a\\"b\\\\c"');
});

test('the zone fragment leaves out published records, and has those of other zones as comments', () => {
  const text = zoneFragment(
    wanted({ domainTexts: ['v=spf1 a -all'], dmarcTexts: ['v=DMARC1; p=none'] }),
    'shop.example',
  );
  assert.doesNotMatch(text, /_dmarc/);
  assert.match(text, /^; replaces the SPF record that is published:\n@\t3600\tIN\tTXT\t"v=spf1 /m);
  assert.match(
    text,
    /^; in the zone of the hosting provider: 5\.113\.0\.203\.in-addr\.arpa\.\tIN\tPTR\tmail\.shop\.example\.$/m,
  );
});
