// From DMARC setups to findings, and the record that each proposes.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { enforcementOf, noStronger } from '../../../shared/dmarc/enforcement.ts';
import { evaluateDmarc } from '../../../shared/dmarc/evaluate.ts';
import { inspectDmarc } from '../../../shared/dmarc/inspect.ts';
import { parseDmarc } from '../../../shared/dmarc/parse.ts';
import { registrableDomain } from '../../../shared/dmarc/public-suffix.ts';
import { deadDestinations } from '../../../shared/dmarc/report-hosts.ts';
import { type Finding, textOf } from '../../../shared/findings/catalog.ts';
import {
  dmarcDestinationFindings,
  dmarcMessageFindings,
  dmarcRecordFindings,
} from '../../../shared/findings/dmarc.rules.ts';
import { deductions } from '../../../shared/findings/score.ts';
import { type Zone, zoneResolver } from '../../support/zone.ts';

const MX = { 'shop.example': { MX: ['10 mail.shop.example'] } };
/** A domain with a mail server and these records. */
const at = (...texts: string[]): Zone => ({ ...MX, '_dmarc.shop.example': { TXT: texts } });
const found = async (zone: Zone, domain = 'shop.example') => {
  const resolver = zoneResolver(zone);
  const inspection = await inspectDmarc(domain, resolver);
  const destinations = [...inspection.aggregateDestinations, ...inspection.failureDestinations];
  const dead = await deadDestinations(destinations, resolver);
  return [...dmarcRecordFindings(inspection), ...dmarcDestinationFindings(inspection, dead)];
};
const cost = (findings: Finding[]) => deductions(findings).reduce((sum, one) => sum + one, 0);
const recordIn = (one: Finding) => textOf(one, 'en').record;
/** The zone with a record in place of all TXT records at its name. */
const published = (zone: Zone, { name, value }: { name: string; value: string }): Zone => ({
  ...zone,
  [name]: { ...zone[name], TXT: [value] },
});

/** What holds for each record that is shown: publishing it ends the finding, brings no other, and asks for no more. */
async function proven(zone: Zone, one: Finding, domain?: string): Promise<void> {
  const record = recordIn(one);
  if (record === undefined) return;
  assert.ok(record.name.endsWith('shop.example') || record.name === '_dmarc.shop.test', record.name);
  const parsed = parseDmarc(record.value);
  assert.equal(parsed.valid, true);
  assert.deepEqual(
    parsed.problems.filter(({ id }) => id !== 'report-scheme'),
    [],
    record.value,
  );
  const before = await found(zone, domain);
  const after = await found(published(zone, record), domain);
  assert.ok(!after.some(({ id }) => id === one.id), `${one.id}: ${record.value}`);
  for (const { id } of after) {
    // Where a record below the policy is ignored, its report addresses were not queried.
    if (one.id === 'dmarc.ignored-record' && id.startsWith('dmarc.rua-')) continue;
    const costs = cost(after.filter((other) => other.id === id)) > 0;
    assert.ok(!costs || before.some((other) => other.id === id), `new: ${id} after ${record.value}`);
  }
  const texts = zone[record.name]?.TXT ?? [];
  if (texts.length === 1) {
    const inForce = parseDmarc(String(texts[0]));
    if (inForce.valid) assert.ok(noStronger(enforcementOf(parsed), enforcementOf(inForce)), record.value);
  }
}

const RUA = 'rua=mailto:a@shop.example';

describe('findings of a domain', () => {
  const cases: [name: string, zone: Zone, ids: string[], points: number, domain?: string][] = [
    ['all well', at(`v=DMARC1; p=quarantine; ${RUA}`), ['dmarc.policy'], 0],
    ['reject earns nothing more', at(`v=DMARC1; p=reject; ${RUA}`), ['dmarc.policy'], 0],
    ['only watching', at(`v=DMARC1; p=none; ${RUA}`), ['dmarc.policy', 'dmarc.monitoring'], 0],
    ['nothing', MX, ['dmarc.none'], 1.5],
    ['nothing, and no mail', {}, ['dmarc.none'], 1.5],
    ['nothing for a subdomain', MX, ['dmarc.none'], 1.5, 'www.shop.example'],
    ['inherited', at(`v=DMARC1; p=reject; ${RUA}`), ['dmarc.policy'], 0, 'www.shop.example'],
    ['several', at('v=DMARC1; p=none', 'v=DMARC1; p=reject'), ['dmarc.several'], 1.5],
    ['small letters', at('v=dmarc1; p=none'), ['dmarc.unusable'], 1.5],
    ['quotation marks', at('"v=DMARC1; p=none"'), ['dmarc.unusable'], 1.5],
    ['commas', at(`v=DMARC1, p=none, ${RUA}`), ['dmarc.unusable'], 1.5],
    ['a tag twice', at('v=DMARC1; p=none; p=reject'), ['dmarc.unusable'], 1.5],
    ['no policy and no reports', at('v=DMARC1'), ['dmarc.no-effect'], 1.5],
    ['a wrong policy with reports', at(`v=DMARC1; p=block; ${RUA}`), ['dmarc.read-as-none'], 0],
    ['another name for p', at(`v=DMARC1; policy=reject; ${RUA}`), ['dmarc.read-as-none', 'dmarc.untidy'], 0],
    [
      'at the domain itself',
      { 'shop.example': { ...MX['shop.example'], TXT: ['v=DMARC1; p=none'] } },
      ['dmarc.misplaced'],
      1.5,
    ],
    ['no reports', at('v=DMARC1; p=reject'), ['dmarc.policy', 'dmarc.rua-none'], 0.1],
    [
      'no reports, and no mail server for them',
      { '_dmarc.shop.example': { TXT: ['v=DMARC1; p=reject'] } },
      ['dmarc.policy', 'dmarc.rua-elsewhere'],
      0,
    ],
    [
      'a report address without mailto',
      at('v=DMARC1; p=reject; rua=a@shop.example'),
      ['dmarc.policy', 'dmarc.rua-invalid'],
      0.1,
    ],
    [
      'a semicolon between two addresses',
      at(`v=DMARC1; p=reject; ${RUA};mailto:b@shop.example`),
      ['dmarc.policy', 'dmarc.rua-invalid'],
      0.1,
    ],
    [
      'a blank between two addresses',
      at(`v=DMARC1; p=reject; ${RUA} mailto:b@shop.example`),
      ['dmarc.policy', 'dmarc.rua-invalid'],
      0.1,
    ],
    [
      'reports to a web address alone',
      at('v=DMARC1; p=reject; rua=https://r.test/'),
      ['dmarc.policy', 'dmarc.rua-scheme'],
      0,
    ],
    ['reports to a web address as well', at(`v=DMARC1; p=reject; ${RUA},https://r.test/`), ['dmarc.policy'], 0],
    [
      'reports elsewhere',
      { ...at('v=DMARC1; p=reject; rua=mailto:a@reports.test'), 'reports.test': { MX: ['10 mx.reports.test'] } },
      ['dmarc.policy', 'dmarc.rua-refused'],
      0.25,
    ],
    [
      'reports elsewhere, written wrong',
      { ...at('v=DMARC1; p=reject; rua=a@reports.test'), 'reports.test': { MX: ['10 mx.reports.test'] } },
      ['dmarc.policy', 'dmarc.rua-invalid', 'dmarc.rua-refused'],
      0.35,
    ],
    [
      'reports to a free mailbox',
      { ...at('v=DMARC1; p=reject; rua=mailto:shop@gmail.com'), 'gmail.com': { MX: ['5 smtp.google.com'] } },
      ['dmarc.policy', 'dmarc.rua-free-mailbox'],
      0.25,
    ],
    [
      'reports to a domain that is gone',
      at('v=DMARC1; p=reject; rua=mailto:a@gone.test'),
      ['dmarc.policy', 'dmarc.rua-no-mail'],
      0,
    ],
    [
      'reports to a domain with the null MX',
      { ...at('v=DMARC1; p=reject; rua=mailto:a@r.test'), 'r.test': { MX: ['0 .'] } },
      ['dmarc.policy', 'dmarc.rua-no-mail'],
      0,
    ],
    [
      'reports to a host without MX',
      {
        ...at('v=DMARC1; p=reject; rua=mailto:a@r.test'),
        'r.test': { AAAA: ['2001:db8::25'] },
        'shop.example._report._dmarc.r.test': { TXT: ['v=DMARC1'] },
      },
      ['dmarc.policy'],
      0,
    ],
    [
      'no answer about the mail server of the reports',
      { ...at('v=DMARC1; p=reject; rua=mailto:a@www.shop.example'), 'www.shop.example': { fail: { MX: 'timeout' } } },
      ['dmarc.policy'],
      0,
    ],
    [
      'reports to the domain, which has no mail server',
      { '_dmarc.shop.example': { TXT: [`v=DMARC1; p=reject; ${RUA}`] }, 'shop.example': { TXT: ['x'] } },
      ['dmarc.policy', 'dmarc.rua-no-mail'],
      0,
    ],
    [
      'removed and odd parts',
      at(`v=DMARC1; P=reject; pct=50; x=1; adkim=strict; ${RUA}!10m`),
      ['dmarc.policy', 'dmarc.removed-tags', 'dmarc.untidy'],
      0,
    ],
    ['a share of the mail', at(`v=DMARC1; p=quarantine; pct=10; ${RUA}`), ['dmarc.policy', 'dmarc.removed-tags'], 0],
    [
      'a share of it, said to both',
      at(`v=DMARC1; p=quarantine; t=y; pct=10; ${RUA}`),
      ['dmarc.policy', 'dmarc.testing'],
      0,
    ],
    ['on trial', at(`v=DMARC1; p=reject; t=y; ${RUA}`), ['dmarc.policy', 'dmarc.testing'], 0],
    ['sp in front of p', at(`v=DMARC1; sp=reject; p=reject; ${RUA}`), ['dmarc.policy', 'dmarc.policy-order'], 0],
    ['rua in front of p', at(`v=DMARC1; ${RUA}; p=reject`), ['dmarc.policy', 'dmarc.policy-order'], 0],
    ['fo says two things', at(`v=DMARC1; p=reject; fo=0:1; ${RUA}`), ['dmarc.policy', 'dmarc.untidy'], 0],
    ['fo says one thing twice', at(`v=DMARC1; p=reject; fo=d:d; ${RUA}`), ['dmarc.policy', 'dmarc.untidy'], 0],
    ['fo of more than one', at(`v=DMARC1; p=reject; fo=1:d:s; ${RUA}`), ['dmarc.policy'], 0],
    ['subdomains open', at(`v=DMARC1; p=reject; sp=none; ${RUA}`), ['dmarc.policy', 'dmarc.subdomains-open'], 0],
    [
      'subdomains open, seen from one',
      at(`v=DMARC1; p=reject; sp=none; ${RUA}`),
      ['dmarc.policy', 'dmarc.subdomains-open'],
      0,
      'www.shop.example',
    ],
    [
      'sp of a subdomain, which speaks for nothing',
      {
        ...at(`v=DMARC1; p=reject; ${RUA}`),
        '_dmarc.news.shop.example': { TXT: [`v=DMARC1; p=reject; sp=none; ${RUA}`] },
      },
      ['dmarc.policy', 'dmarc.sp-unused'],
      0,
      'news.shop.example',
    ],
    [
      'sp of a subdomain that is an organization of its own',
      {
        ...at(`v=DMARC1; p=reject; ${RUA}`),
        'lab.shop.example': { MX: ['10 mail.shop.example'] },
        '_dmarc.lab.shop.example': { TXT: ['v=DMARC1; p=reject; sp=none; psd=n; rua=mailto:a@lab.shop.example'] },
      },
      ['dmarc.policy', 'dmarc.subdomains-open', 'dmarc.suffix-list'],
      0,
      'lab.shop.example',
    ],
    [
      'a discarded record above which another applies',
      { ...at(`v=DMARC1; p=reject; ${RUA}`), '_dmarc.www.shop.example': { TXT: ['v=DMARC1 p=none'] } },
      ['dmarc.ignored-record', 'dmarc.policy'],
      0.25,
      'www.shop.example',
    ],
    [
      'only the suffix has one',
      { ...MX, '_dmarc.example': { TXT: ['v=DMARC1; p=reject; psd=y'] } },
      ['dmarc.suffix-only'],
      0,
    ],
    ['no answer', { '_dmarc.shop.example': { fail: 'servfail' } }, ['dmarc.unknown'], 0],
    [
      'no answer about a destination',
      {
        ...at('v=DMARC1; p=reject; rua=mailto:a@r.test'),
        'r.test': { MX: ['10 mx.r.test'] },
        'shop.example._report._dmarc.r.test': { fail: 'timeout' },
      },
      ['dmarc.policy', 'dmarc.unknown'],
      0,
    ],
    [
      'the list draws another border',
      {
        'www.shop.example': { MX: ['10 mail.shop.example'] },
        '_dmarc.www.shop.example': { TXT: ['v=DMARC1; p=reject; rua=mailto:a@www.shop.example'] },
      },
      ['dmarc.policy', 'dmarc.suffix-list'],
      0,
      'www.shop.example',
    ],
  ];
  for (const [name, zone, ids, points, domain] of cases) {
    test(name, async () => {
      const findings = await found(zone, domain);
      assert.deepEqual(
        findings.map(({ id }) => id),
        ids,
      );
      assert.equal(cost(findings), points);
      for (const one of findings) {
        const [english, russian] = [textOf(one, 'en'), textOf(one, 'ru')];
        assert.match(russian.title, /[а-я]/);
        assert.deepEqual(english.record, russian.record);
        assert.ok(!/undefined|\[object/.test(JSON.stringify([english, russian])), JSON.stringify(english));
        await proven(zone, one, domain);
        // Without its record a finding still says what to do.
        if ('record' in one.args && one.args.record !== '') {
          const bare = textOf({ ...one, args: { ...one.args, record: '' } } as Finding, 'en');
          assert.ok(
            bare.record === undefined && bare.fix !== undefined && !/this (?:one|record)\./.test(bare.fix),
            bare.fix,
          );
        }
      }
    });
  }

  const records: [name: string, zone: Zone, id: string, value: string, domain?: string][] = [
    ['a first record', MX, 'dmarc.none', 'v=DMARC1; p=none; rua=mailto:dmarc@shop.example', 'www.shop.example'],
    ['a first record without mail', {}, 'dmarc.none', 'v=DMARC1; p=none'],
    ['a first record with the null MX', { 'shop.example': { MX: ['0 .'] } }, 'dmarc.none', 'v=DMARC1; p=none'],
    ['a first record, mail unknown', { 'shop.example': { fail: { MX: 'timeout' } } }, 'dmarc.none', 'v=DMARC1; p=none'],
    [
      'a web address alone',
      at('v=DMARC1; p=reject; rua=https://r.test/'),
      'dmarc.rua-scheme',
      'v=DMARC1; p=reject; rua=https://r.test/,mailto:dmarc@shop.example',
    ],
    [
      'below another record',
      { ...at(`v=DMARC1; p=reject; ${RUA}`), '_dmarc.www.shop.example': { TXT: ['v=DMARC1 p=quarantine'] } },
      'dmarc.ignored-record',
      'v=DMARC1; p=quarantine; rua=mailto:a@shop.example',
      'www.shop.example',
    ],
  ];
  for (const [name, zone, id, value, domain] of records) {
    test(`the record: ${name}`, async () => {
      const one = (await found(zone, domain)).find((other) => other.id === id);
      assert.equal(one && recordIn(one)?.value, value);
      await proven(zone, one!, domain);
    });
  }

  test('what lies in the zone of another is named and not proposed', async () => {
    for (const address of ['a@reports.test', 'shop@mail.ru']) {
      const findings = await found({
        ...at(`v=DMARC1; p=reject; rua=mailto:${address}; ruf=mailto:${address}`),
        'reports.test': { MX: ['10 mx.reports.test'] },
        'mail.ru': { MX: ['10 mxs.mail.ru'] },
      });
      const refused = findings.filter(({ id }) => /refused|free-mailbox/.test(id));
      assert.equal(refused.length, 1);
      assert.equal(recordIn(refused[0]!), undefined);
    }
  });
  test('a finding that was stored before still has its text', () => {
    for (const [id, args] of [
      ['dmarc.unusable', { domain: 'shop.example', problem: 'several', found: 'x', record: 'v=DMARC1; p=none' }],
      ['dmarc.monitoring', { domain: 'shop.example', record: 'v=DMARC1; p=quarantine' }],
      ['dmarc.removed-tags', { domain: 'shop.example', tags: ['pct=5'], record: '' }],
      ['dmarc.testing', { domain: 'shop.example', published: 'reject', policy: 'none' }],
    ] as const)
      assert.doesNotMatch(JSON.stringify(textOf({ id, args } as never, 'ru')), /undefined/);
  });
});

test('over 1500 zones, each record that is shown ends its finding and brings none that costs', async (context) => {
  const policy = fc.constantFrom('none', 'quarantine', 'reject', 'block');
  const tag = fc.oneof(
    fc.tuple(fc.constantFrom('sp', 'np', 'p'), policy),
    fc.tuple(
      fc.constantFrom('rua', 'ruf'),
      fc.constantFrom(
        'mailto:a@shop.example',
        'a@shop.example',
        'mailto:a@r.test;b@shop.example',
        'https://r.test/',
        'c@gmail.com',
      ),
    ),
    fc.tuple(fc.constantFrom('pct', 't', 'ri', 'fo', 'adkim'), fc.constantFrom('0', '10', 'y', '1:1', 'strict', 's')),
  );
  const text = fc
    .tuple(
      fc.constantFrom('v=DMARC1', 'v=DMARC1', 'v=dmarc1', '"v=DMARC1'),
      fc.option(policy),
      fc.array(tag, { maxLength: 3 }),
    )
    .map(([version, p, tags]) =>
      [version, ...(p === null ? [] : [`p=${p}`]), ...tags.map(([key, value]) => `${key}=${value}`)].join('; '),
    );
  const counts = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(
      fc.array(text, { maxLength: 2 }),
      fc.option(text),
      fc.constantFrom('shop.example', 'www.shop.example'),
      fc.boolean(),
      async (texts, below, domain, mail) => {
        const zone: Zone = {
          ...(mail ? { ...MX, 'www.shop.example': { MX: ['10 mail.shop.example'] } } : {}),
          'r.test': { MX: ['10 mx.r.test'] },
          'gmail.com': { MX: ['5 smtp.google.com'] },
          '_dmarc.shop.example': { TXT: texts },
          ...(below === null ? {} : { '_dmarc.www.shop.example': { TXT: [below] } }),
        };
        for (const one of await found(zone, domain)) {
          if (!('record' in one.args)) continue;
          const kind = one.args.record === '' ? 'no record' : 'proven';
          counts.set(kind, (counts.get(kind) ?? 0) + 1);
          await proven(zone, one, domain);
        }
      },
    ),
    { numRuns: 1500, seed: 9989 },
  );
  context.diagnostic(JSON.stringify(Object.fromEntries(counts)));
  assert.ok((counts.get('proven') ?? 0) > 1000);
});

describe('findings of a message', () => {
  const record = at('v=DMARC1; p=reject');
  const alone: Zone = { '_dmarc.mail.shop.example': { TXT: ['v=DMARC1; p=reject'] } };
  const cases: [name: string, zone: Zone, headerFrom: string, dkim: string, ids: string[]][] = [
    ['passes', record, 'shop.example', 'shop.example', ['dmarc.message-pass']],
    ['fails', record, 'shop.example', 'esp.test', ['dmarc.message-fail']],
    ['no policy', {}, 'shop.example', 'shop.example', []],
    ['no answer', { '_dmarc.shop.example': { fail: 'timeout' } }, 'shop.example', 'shop.example', ['dmarc.unknown']],
    [
      'passes by the suffix list alone',
      alone,
      'mail.shop.example',
      'shop.example',
      ['dmarc.message-fail', 'dmarc.message-suffix-list'],
    ],
  ];
  for (const [name, zone, headerFrom, domain, ids] of cases) {
    test(name, async () => {
      const input = { headerFrom, dkim: [{ domain, result: 'pass' }] };
      const findings = dmarcMessageFindings(await evaluateDmarc(input, zoneResolver(zone), { registrableDomain }));
      assert.deepEqual(
        findings.map(({ id }) => id),
        ids,
      );
      for (const one of findings) assert.match(textOf(one, 'ru').title, /[а-я]/);
    });
  }
});
