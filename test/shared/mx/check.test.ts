// Where mail goes (RFC 5321 section 5.1, RFC 7505), against a zone in memory.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { textOf } from '../../../shared/findings/catalog.ts';
import { mxFindings } from '../../../shared/findings/host.rules.ts';
import { deductions } from '../../../shared/findings/score.ts';
import { checkMx, MAX_MX_HOSTS, type MxOutcome, type MxProblemId, meantRecords } from '../../../shared/mx/check.ts';
import { type Zone, zoneResolver } from '../../support/zone.ts';

const domain = 'shop.example';
const host: Zone = { 'mail.shop.example': { A: ['192.0.2.7'] } };

interface Case {
  what: string;
  zone: Zone;
  domain?: string;
  result: MxOutcome['result'];
  canReceive: boolean | null;
  exists?: boolean | null;
  problems: MxProblemId[];
  findings: string[];
}
const cases: Case[] = [
  {
    what: 'one host',
    zone: { ...host, [domain]: { MX: ['10 mail.shop.example'] } },
    result: 'mx',
    canReceive: true,
    problems: [],
    findings: ['mx.hosts'],
  },
  {
    what: 'a host with IPv6 alone',
    zone: { [domain]: { MX: ['10 mail.shop.example'] }, 'mail.shop.example': { AAAA: ['2001:db8::7'] } },
    result: 'mx',
    canReceive: true,
    problems: [],
    findings: ['mx.hosts'],
  },
  {
    what: 'RFC 2181 section 10.3: an alias as exchange',
    zone: { ...host, [domain]: { MX: ['10 mx.shop.example'] }, 'mx.shop.example': { CNAME: ['mail.shop.example'] } },
    result: 'mx',
    canReceive: true,
    problems: ['alias'],
    findings: ['mx.hosts', 'mx.alias'],
  },
  {
    what: 'an IP address as exchange',
    zone: { [domain]: { MX: ['10 192.0.2.7'] } },
    result: 'mx',
    canReceive: false,
    problems: ['address-literal'],
    findings: ['mx.unreachable', 'mx.address'],
  },
  {
    what: 'an exchange with an underscore',
    zone: { ...host, [domain]: { MX: ['10 my_mail.shop.example', '20 mail.shop.example'] } },
    result: 'mx',
    canReceive: true,
    problems: ['bad-name'],
    findings: ['mx.hosts', 'mx.bad-name'],
  },
  {
    what: 'RFC 7505 section 3: null MX',
    zone: { [domain]: { MX: ['0 .'] } },
    result: 'null',
    canReceive: false,
    problems: ['null-mx'],
    findings: ['mx.null'],
  },
  {
    what: 'RFC 7505 section 3: null MX beside another',
    zone: { ...host, [domain]: { MX: ['0 .', '10 mail.shop.example'] } },
    result: 'mx',
    canReceive: true,
    problems: ['null-mx-not-alone'],
    findings: ['mx.hosts', 'mx.null-not-alone'],
  },
  {
    what: 'RFC 5321 section 5.1: without MX the domain itself',
    zone: { [domain]: { A: ['192.0.2.7'] } },
    result: 'implicit',
    canReceive: true,
    problems: ['implicit'],
    findings: ['mx.implicit'],
  },
  {
    what: 'neither MX nor address',
    zone: { [domain]: { TXT: ['v=spf1 -all'] } },
    result: 'none',
    canReceive: false,
    problems: ['no-host'],
    findings: ['mx.none'],
  },
  {
    what: 'no such domain',
    zone: {},
    result: 'none',
    canReceive: false,
    exists: false,
    problems: ['no-host'],
    findings: [],
  },
  {
    what: 'RFC 6604 section 3: an alias whose target is gone exists itself',
    zone: { [domain]: { CNAME: ['gone.example'] } },
    result: 'none',
    canReceive: false,
    problems: ['no-host'],
    findings: ['mx.none'],
  },
  {
    what: 'an exchange that does not resolve, beside one that does',
    zone: { ...host, [domain]: { MX: ['10 gone.shop.example', '20 mail.shop.example'] } },
    result: 'mx',
    canReceive: true,
    problems: ['no-address'],
    findings: ['mx.hosts', 'mx.no-address'],
  },
  {
    what: 'a private address',
    zone: { [domain]: { MX: ['10 mail.shop.example'] }, 'mail.shop.example': { A: ['192.168.1.5'] } },
    result: 'mx',
    canReceive: false,
    problems: ['unreachable-address'],
    findings: ['mx.unreachable', 'mx.private'],
  },
  {
    what: 'the same exchange twice',
    zone: { ...host, [domain]: { MX: ['10 mail.shop.example', '20 MAIL.shop.example.'] } },
    result: 'mx',
    canReceive: true,
    problems: ['duplicate'],
    findings: ['mx.hosts', 'mx.duplicate'],
  },
  {
    what: 'no answer to MX',
    zone: { [domain]: { fail: { MX: 'servfail' } } },
    result: 'unknown',
    canReceive: null,
    exists: null,
    problems: ['no-answer'],
    findings: ['mx.unknown'],
  },
  {
    what: 'no answer about the only host: not known, and no failure',
    zone: { [domain]: { MX: ['10 mail.shop.example'] }, 'mail.shop.example': { fail: 'timeout' } },
    result: 'mx',
    canReceive: null,
    problems: ['no-answer', 'no-answer'],
    findings: ['mx.unknown', 'mx.unknown'],
  },
  {
    what: 'a mail host published as TXT',
    zone: { [domain]: { TXT: ['10 mail.shop.example', 'v=spf1 -all'] } },
    result: 'none',
    canReceive: false,
    problems: ['no-host', 'in-txt'],
    findings: ['mx.none', 'mx.in-txt'],
  },
  {
    what: "a mail host's address published as TXT",
    zone: { [domain]: { MX: ['10 mail.shop.example'] }, 'mail.shop.example': { TXT: ['192.0.2.7'] } },
    result: 'mx',
    canReceive: false,
    problems: ['no-address', 'in-txt'],
    findings: ['mx.unreachable', 'mx.no-address', 'mx.in-txt'],
  },
  {
    what: 'a domain in U-labels',
    zone: { ...host, 'xn--bcher-kva.example': { MX: ['10 mail.shop.example'] } },
    domain: 'bücher.example',
    result: 'mx',
    canReceive: true,
    problems: [],
    findings: ['mx.hosts'],
  },
  {
    what: 'an address instead of a domain',
    zone: {},
    domain: '192.0.2.7',
    result: 'none',
    canReceive: false,
    exists: null,
    problems: ['bad-domain'],
    findings: [],
  },
];

for (const { what, zone, domain: asked = domain, result, canReceive, exists = true, problems, findings } of cases) {
  test(what, async () => {
    const outcome = await checkMx(asked, zoneResolver(zone));
    assert.deepEqual(
      { result: outcome.result, canReceive: outcome.canReceive, exists: outcome.exists },
      { result, canReceive, exists },
    );
    assert.deepEqual(
      outcome.problems.map(({ id }) => id),
      problems,
    );
    const found = mxFindings(outcome);
    assert.deepEqual(
      found.map(({ id }) => id),
      findings,
    );
    for (const one of found)
      assert.doesNotMatch(JSON.stringify([textOf(one, 'en'), textOf(one, 'ru')]), /undefined|null,/);
    assert.equal(outcome.ttl === 0, outcome.unknown.length > 0 || problems.includes('bad-domain'));
  });
}

test('hosts are sorted by preference, then by name', async () => {
  const outcome = await checkMx(
    domain,
    zoneResolver({ [domain]: { MX: ['20 a.example', '10 c.example', '10 b.example'] } }),
  );
  assert.deepEqual(
    outcome.hosts.map(({ name }) => name),
    ['b.example', 'c.example', 'a.example'],
  );
});

test('the record proposed is the one that was meant in TXT', async () => {
  const zone: Zone = { [domain]: { TXT: ['MX 5 post.shop.example.'] }, 'post.shop.example': { A: ['192.0.2.7'] } };
  const outcome = await checkMx(domain, zoneResolver(zone));
  assert.deepEqual(textOf(mxFindings(outcome)[0]!, 'en').record, {
    name: domain,
    type: 'MX',
    value: '5 post.shop.example.',
  });
});

test('a domain that cannot receive costs once, with any fault of its hosts; faulty hosts cost once together', async () => {
  const zone: Zone = { [domain]: { MX: ['10 a.shop.example', '20 192.0.2.7'] }, 'a.shop.example': { A: ['10.0.0.1'] } };
  const deaf = mxFindings(await checkMx(domain, zoneResolver(zone)));
  assert.deepEqual(deductions(deaf), [1, 0, 0]);
  zone[domain] = { MX: ['10 a.shop.example', '20 192.0.2.7', '30 mail.shop.example'] };
  const faulty = mxFindings(await checkMx(domain, zoneResolver({ ...zone, ...host })));
  assert.deepEqual(deductions(faulty), [0, 0.25, 0]);
});

test('a hundred exchanges cost no more than the limit', async () => {
  const records = Array.from({ length: 100 }, (_, index) => `${index} h${index}.example`);
  const resolver = zoneResolver({ [domain]: { MX: records } });
  const outcome = await checkMx(domain, resolver);
  assert.equal(resolver.asked.length, 2 + 2 * MAX_MX_HOSTS);
  assert.equal(outcome.canReceive, null);
  assert.equal(outcome.hosts.at(-1)!.status, 'not-asked');
});

test('when no host can be looked up, a few findings report it, not twenty', async () => {
  const names = Array.from({ length: 10 }, (_, index) => `h${index}.shop.example`);
  const silent = Object.fromEntries(names.map((name) => [name, { fail: 'timeout' as const }]));
  const zone = { [domain]: { MX: names.map((name) => `10 ${name}`) }, ...silent };
  const outcome = await checkMx(domain, zoneResolver(zone));
  assert.deepEqual([outcome.canReceive, outcome.unknown.length], [null, 20]);
  const found = mxFindings(outcome);
  assert.ok(found.length > 0 && found.length <= 5);
  assert.ok(found.every(({ id }) => id === 'mx.unknown'));
});

test('TXT records that were meant as others', () => {
  const table: [string, string | null][] = [
    ['10 mail.shop.example', 'MX 10 mail.shop.example.'],
    ['MX 20 mail.shop.example.', 'MX 20 mail.shop.example.'],
    ['mx: mail.shop.example', 'MX 10 mail.shop.example.'],
    ['IN MX 10 mail.shop.example', 'MX 10 mail.shop.example.'],
    ['"10 mail.shop.example"', 'MX 10 mail.shop.example.'],
    ['mail.shop.example', 'MX 10 mail.shop.example.'],
    ['192.0.2.7', 'A 192.0.2.7'],
    ['2001:DB8::7', 'AAAA 2001:db8::7'],
    ['shop.example', null],
    ['www.shop.example', null],
    ['v=spf1 mx -all', null],
    ['google-site-verification=mail.shop.example', null],
    ['10', null],
    ['mailru-domain: abcdef', null],
    ['', null],
  ];
  assert.deepEqual(
    table.map(([text]) => [text, meantRecords(domain, [text]).map(({ type, value }) => `${type} ${value}`)[0] ?? null]),
    table,
  );
});

test('there is an outcome for any input and records', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: 'binary' }),
      fc.array(fc.string({ unit: 'binary' }), { maxLength: 4 }),
      async (input, texts) => {
        const resolver = {
          query: async (_: string, type: string) => ({
            kind: 'ok',
            records:
              type === 'MX'
                ? texts.map((exchange, preference) => ({ preference, exchange }))
                : type === 'TXT'
                  ? [texts]
                  : texts,
            ttl: 1,
            aliases: [],
            authenticated: false,
          }),
        };
        for (const name of [input, domain]) {
          const outcome = await checkMx(name, resolver as never);
          for (const one of mxFindings(outcome)) textOf(one, 'en');
        }
      },
    ),
    { numRuns: 300 },
  );
});
