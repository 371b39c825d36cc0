// The source of a row of an aggregate report: the owner's service, a forwarder, a stranger.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type SourceClass, type SourceRow, sourcesOf, unnamedAddresses } from '../../../shared/reports/sources.ts';

const row = (given: Partial<SourceRow>): SourceRow => ({
  sourceIp: '192.0.2.1',
  messages: 1,
  disposition: 'none',
  dkim: 'fail',
  spf: 'fail',
  envelopeFrom: '',
  dkimResults: [],
  spfDomain: '',
  spfResult: '',
  reasons: [],
  firstDay: 0,
  lastDay: 0,
  ...given,
});

const CASES: readonly [string, Partial<SourceRow>, SourceClass, string][] = [
  [
    'own server',
    { spf: 'pass', dkim: 'pass', spfDomain: 'shop.example', spfResult: 'pass' },
    'yours-aligned',
    '192.0.2.1',
  ],
  [
    'a service with the return path of its own, signing for the domain',
    {
      dkim: 'pass',
      dkimResults: [['shop.example', 's1', 'pass']],
      spfDomain: 'eu-west-1.amazonses.com',
      spfResult: 'pass',
    },
    'yours-aligned',
    'Amazon SES',
  ],
  [
    'a forgotten newsletter service',
    { dkimResults: [['sendgrid.net', 's', 'pass']], spfDomain: 'u1.wl.sendgrid.net', spfResult: 'pass' },
    'yours-unaligned',
    'SendGrid',
  ],
  [
    'forwarded with the sender kept',
    { dkim: 'pass', dkimResults: [['shop.example', 's1', 'pass']], spfDomain: 'shop.example', spfResult: 'fail' },
    'forwarder',
    '192.0.2.1',
  ],
  ['forwarded, as the receiver says', { reasons: [['forwarded', '']] }, 'forwarder', '192.0.2.1'],
  ['forwarded, by ARC', { reasons: [['local_policy', 'arc=pass']] }, 'forwarder', '192.0.2.1'],
  [
    'a list that changed the mail',
    { dkimResults: [['shop.example', 's1', 'fail']], spfDomain: 'lists.example', spfResult: 'pass' },
    'forwarder',
    '192.0.2.1',
  ],
  ['a forger', { spfDomain: 'shop.example', spfResult: 'fail' }, 'stranger', '192.0.2.1'],
  [
    'a forger with a domain of its own',
    { dkimResults: [['evil.example', 'x', 'pass']], spfDomain: 'evil.example', spfResult: 'pass' },
    'stranger',
    '192.0.2.1',
  ],
  // A signature that failed proves nothing.
  [
    'a forger who names a service',
    { dkimResults: [['sendgrid.net', 's', 'fail']], spfResult: 'fail', spfDomain: 'sendgrid.net' },
    'stranger',
    '192.0.2.1',
  ],
  ['a name that only ends alike', { dkimResults: [['evilshop.example', 's1', 'fail']] }, 'stranger', '192.0.2.1'],
];

test('each kind of source', () => {
  for (const [what, given, kind, name] of CASES) {
    const sources = sourcesOf([row(given)], 'shop.example', () => undefined, String);
    assert.deepEqual(
      sources.map((source) => [source.class, source.name]),
      [[kind, name]],
      what,
    );
  }
});

test('an address that passes once is not a stranger when it fails', () => {
  const rows = [row({ spf: 'pass', spfResult: 'pass', spfDomain: 'shop.example' }), row({ messages: 3 })];
  assert.deepEqual(
    sourcesOf(rows, 'shop.example', () => undefined, String).map((source) => [source.class, source.messages]),
    [
      ['yours-unaligned', 3],
      ['yours-aligned', 1],
    ],
  );
});

test('rows of one source are summed up; the name of a host joins machines', () => {
  const rows = [
    row({ sourceIp: '198.51.100.1', messages: 2, firstDay: 5, lastDay: 6, disposition: 'reject' }),
    row({
      sourceIp: '198.51.100.2',
      messages: 7,
      firstDay: 1,
      lastDay: 9,
      reasons: [['other', 'Sender requirement failed: 550-5.7.30']],
    }),
  ];
  const [source, ...others] = sourcesOf(
    rows,
    'shop.example',
    (ip) => `${ip.replaceAll('.', '-')}.dyn.net.example`,
    () => 'net.example',
  );
  assert.deepEqual(others, []);
  assert.deepEqual(source, {
    ...{
      name: 'net.example',
      provider: null,
      class: 'stranger',
    },
    ...{ messages: 9, aligned: 0, quarantined: 0, rejected: 2, spfFailed: 0, firstDay: 1, lastDay: 9 },
    addresses: [
      { ip: '198.51.100.2', messages: 7 },
      { ip: '198.51.100.1', messages: 2 },
    ],
    ...{ dkimDomains: [], spfDomains: [], comments: ['Sender requirement failed: 550-5.7.30'] },
  });
  assert.deepEqual(unnamedAddresses(rows, 'shop.example', 1), ['198.51.100.2']);
});
