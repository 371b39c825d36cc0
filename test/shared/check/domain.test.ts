// The check of a domain: what it costs in DNS, what hostile zones can make of it, and how the sections become one score.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkAddress } from '../../../shared/check/address.ts';
import { checkDomain } from '../../../shared/check/domain.ts';
import { DOMAIN_PARTS, type DomainRequest } from '../../../shared/check/section.ts';
import type { Answer, RecordData, RecordType, Resolver } from '../../../shared/dns/types.ts';
import { textOf } from '../../../shared/findings/catalog.ts';
import { reportText } from '../../../shared/report/text.ts';
import { seeded } from '../../support/fault-spool.ts';
import { ordinary, RELAY, secured } from '../../support/ordinary.ts';
import { type Zone, zoneResolver } from '../../support/zone.ts';

const NOW = new Date('2026-11-24T09:00:00Z');
const check = (request: Partial<DomainRequest>, resolver: Resolver, budget = {}) =>
  checkDomain(
    { domain: 'shop.example', ips: [RELAY], parts: DOMAIN_PARTS, ...request },
    { resolver, now: NOW, clock: () => 0, budget },
  );

test('an ordinary domain is checked within the free plan of a Worker, every query sent once', async () => {
  const resolver = zoneResolver(ordinary);
  const report = await check({}, resolver);
  assert.ok(report.queries.sent <= 45, `${report.queries.sent} questions`);
  assert.equal(
    report.queries.unasked,
    0,
    JSON.stringify(report.queries.trace.filter(({ outcome }) => outcome === 'budget')),
  );
  assert.equal(new Set(resolver.asked).size, resolver.asked.length);
  assert.equal(report.facts.spf?.outcomes[0]?.result, 'pass');
  assert.equal(report.facts.spf?.inspection.worstCase.lookups, 7);
});

/** Counts how often in a row DNS has to be waited for: every question waits for the next round, all of a round are answered together. */
async function roundsOf(start: (resolver: Resolver) => Promise<unknown>): Promise<number> {
  const zone = zoneResolver(ordinary);
  let waiting: (() => void)[] = [];
  const resolver: Resolver = {
    async query<T extends RecordType>(name: string, type: T): Promise<Answer<RecordData[T]>> {
      await new Promise<void>((resolve) => waiting.push(resolve));
      return zone.query(name, type);
    },
  };
  let ended = false;
  const end = start(resolver).then(() => {
    ended = true;
  });
  let rounds = 0;
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  for (await settle(); !ended; await settle()) {
    if (waiting.length === 0) continue;
    rounds++;
    for (const answer of waiting.splice(0)) answer();
  }
  waiting = [];
  await end;
  return rounds;
}

test('a full check with three levels of includes waits for DNS fewer than eight times, six questions at once', async (t) => {
  const rounds = await roundsOf((resolver) => check({}, resolver));
  t.diagnostic(`full check: ${rounds} round trips on the critical path`);
  assert.ok(rounds < 8, `${rounds} rounds`);
});

test('queries that decide about delivery are sent first', async () => {
  const resolver = zoneResolver(ordinary);
  await check({}, resolver);
  const place = (question: string) => resolver.asked.indexOf(question);
  for (const important of ['TXT shop.example', 'TXT _dmarc.shop.example', 'PTR 25.113.0.203.in-addr.arpa']) {
    assert.ok(place(important) < place('TXT _mta-sts.shop.example'), important);
    assert.ok(place(important) < place('TXT _smtp._tls.shop.example'), important);
  }
});

test('with a small budget the important parts are known, and the others are unknown, never failed', async () => {
  const report = await check({}, zoneResolver(ordinary), { maxQueries: 20 });
  assert.equal(report.queries.sent, 20);
  const ids = report.findings.map(({ id }) => id);
  assert.ok(ids.includes('check.unasked'));
  assert.equal(report.facts.spf?.outcomes[0]?.result, 'pass');
  for (const negative of ['mta-sts.none', 'tls-rpt.none', 'dmarc.none', 'mx.none', 'ptr.none'])
    assert.ok(!ids.includes(negative as never), negative);
});

test('with no answer at all nothing is known and nothing costs points', async () => {
  const silent: Resolver = { query: async () => ({ kind: 'error', reason: 'timeout', detail: 'no answer' }) };
  const report = await check({}, silent);
  assert.deepEqual({ ...report.score, low: 0 }, { value: 10, low: 0, coverage: 0, refused: false });
  assert.equal(report.ttl, 0);
  for (const found of report.findings) assert.ok(textOf(found, 'en').title.length > 0);
});

test('one root cause costs once: no SPF record and no key is "nothing authenticates the From domain"', async () => {
  const bare: Zone = {
    'shop.example': { A: ['203.0.113.80'], MX: ['10 mail.shop.example'] },
    'mail.shop.example': { A: [RELAY] },
    '25.113.0.203.in-addr.arpa': { PTR: ['mail.shop.example'] },
  };
  const report = await check({}, zoneResolver(bare));
  const ids = report.findings.map(({ id }) => id);
  assert.ok(ids.includes('alignment.none') && ids.includes('spf.none') && ids.includes('dkim.absent'), ids.join());
  assert.equal(report.score.value, 3);
  assert.equal(report.score.refused, true);
});

test('without a given sender, the address of SPF is checked, and the report has a finding for it', async () => {
  const zone = (spf: string): Zone => ({ ...ordinary, 'shop.example': { ...ordinary['shop.example'], TXT: [spf] } });
  for (const [spf, ips] of [
    [`v=spf1 ip4:${RELAY} include:_spf.news.example -all`, [RELAY]],
    // The MX host is another's: it receives, and sends from elsewhere.
    ['v=spf1 ip4:198.51.100.0/24 mx -all', []],
    ['v=spf1 a:out.news.example -all', ['198.51.100.77']],
    ['v=spf1 include:_spf.news.example -all', []],
    ['v=spf1 -ip4:192.0.2.1 -all', []],
    ['v=spf1 foo ip4:192.0.2.1 -all', []],
  ] as const) {
    const report = await check({ ips: [] }, zoneResolver(zone(spf)));
    assert.deepEqual(report.subject.ips, ips, spf);
    const ids = report.findings.map(({ id }) => id);
    assert.equal(ids.includes('check.assumed-ip'), ips.length > 0, spf);
    assert.equal(ids.includes('check.no-sending-ip'), ips.length === 0, spf);
  }
});

test('everything right is a ten', async () => {
  const right: Zone = {
    ...ordinary,
    'shop.example': { ...ordinary['shop.example'], TXT: [`v=spf1 ip4:${RELAY} -all`] },
    's1._domainkey.shop.example': {
      TXT: [`v=DKIM1; k=rsa; p=${RSA_2048}`],
    },
  };
  const report = await check({ selectors: ['s1'], helo: 'mail.shop.example' }, zoneResolver(right));
  assert.equal(
    report.score.value,
    10,
    JSON.stringify(report.findings.filter((found) => textOf(found, 'en').fix !== undefined)),
  );
  assert.equal(report.score.coverage, 1);
});

test('a report is plain JSON, and every text of it renders in both languages', async () => {
  const report = await check({ helo: 'localhost' }, zoneResolver(ordinary));
  assert.deepEqual(JSON.parse(JSON.stringify(report)), report);
  for (const language of ['en', 'ru'] as const) {
    const text = reportText(report, language);
    assert.doesNotMatch(text, /undefined|\[object/);
    for (const line of text.split('\n')) if (!/TXT|https?:|\[/.test(line)) assert.ok([...line].length <= 80, line);
  }
});

// --- hostile zones: bounded questions, no throw -------------------------------------------------------------------

const hostile: Record<string, (name: string, type: RecordType) => Answer<unknown>> = {
  'endless includes': (name, type) =>
    type === 'TXT' ? ok([[`v=spf1 include:a.${name.slice(-200)} include:b.${name.slice(-200)} -all`]]) : nothing,
  'ten mail servers of ten addresses': (name, type) => {
    if (type === 'MX')
      return ok(Array.from({ length: 10 }, (_, i) => ({ preference: i, exchange: `mx${i}.${name}`.slice(-253) })));
    if (type === 'A') return ok(Array.from({ length: 10 }, (_, i) => `198.51.100.${i}`));
    return type === 'TXT' ? ok([['v=spf1 mx mx:a.example mx:b.example -all']]) : nothing;
  },
  '64 KB of TXT': (_, type) =>
    type === 'TXT' ? ok([Array.from({ length: 257 }, () => 'v=spf1 ; p='.padEnd(255, ' x=%{'))]) : nothing,
  'a thousand TXT records': (_, type) =>
    type === 'TXT' ? ok(Array.from({ length: 1000 }, () => ['v=DMARC1; p=none'])) : nothing,
  'records of bytes': (_, type) =>
    type === 'TXT' ? ok([[String.fromCharCode(...Array.from({ length: 255 }, (__, i) => i))]]) : nothing,
  'every name an alias': (name, type) => ({
    ...(type === 'TXT' ? ok([['v=spf1 redirect=shop.example']]) : nothing),
    aliases: Array.from({ length: 12 }, () => name),
  }),
  'names that are none': (_, type) =>
    type === 'PTR' || type === 'NS' || type === 'CNAME'
      ? ok(['', '.', 'a..b', 'x'.repeat(300), '\u0000'])
      : type === 'MX'
        ? ok([
            { preference: -1, exchange: '' },
            { preference: 1e9, exchange: '..' },
          ])
        : type === 'A'
          ? ok(['999.1.1.1', ''])
          : nothing,
};
const received = { ttl: 1, aliases: [], authenticated: false };
const nothing: Answer<never> = { kind: 'nodata', ...received };
function ok(records: readonly unknown[]): Answer<unknown> {
  return { kind: 'ok', records, ...received };
}

for (const [what, answer] of Object.entries(hostile)) {
  test(`hostile zone: ${what}`, async () => {
    let asked = 0;
    const resolver: Resolver = {
      query: async <T extends RecordType>(name: string, type: T) => {
        asked++;
        return answer(name, type) as Answer<RecordData[T]>;
      },
    };
    const report = await check({ ips: [RELAY, '2001:db8::25'] }, resolver);
    assert.ok(asked <= 45, `${asked} questions`);
    assert.equal(asked, report.queries.sent);
    const stored = JSON.stringify(report.findings);
    assert.ok(stored.length < 60_000, `${stored.length} characters of findings`);
    for (const found of report.findings) assert.ok(textOf(found, 'ru').title.length > 0);
    assert.ok(reportText(report, 'en').length > 0);
    const address = await checkAddress(
      { ip: RELAY, helo: 'mail.shop.example' },
      { resolver, now: NOW, clock: () => 0 },
    );
    assert.ok(address.queries.sent <= 45);
  });
}

const RSA_2048 =
  'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA0X6fcrkW81mmwBpLRntrWUVOpkM7IF/EmX/uAbq6K9TtsmSW6GvlR4charzZO7BtMR/zC9EMqm09vMtVpNMRq6xBYIn4S55laCGlbMJ1pNF0xwMRi+1fT1OehVFfC3eliScAblIzuiux6bFEErtfOnkuwNZvLcFH10ik773mBzQa2Q9oLVdreuD3xeIhGzxyPt71oifQRWR9Bciu5sOQbCa9pMh/o/5B9XI1MHiGVzaXgBsb1U3lKQc79rezOLCRNx+9rvClwY/CONNfwV4rn72hlz9Laq06E4kGp9JDVwG1eFbSwI1qxikfBtRR9q1Qg95QiGqh28nElOYpwNYOsQIDAQAB';

/** Answers in an order of its own: of the questions that wait, a random one is next. */
function shuffled(zone: Zone, random: () => number): Resolver {
  const resolver = zoneResolver(zone);
  const waiting: (() => void)[] = [];
  const next = () => waiting.splice(Math.floor(random() * waiting.length), 1)[0]?.();
  return {
    async query<T extends RecordType>(name: string, type: T): Promise<Answer<RecordData[T]>> {
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
        setImmediate(next);
      });
      return resolver.query(name, type);
    },
  };
}

const broken: Zone = {
  ...secured,
  'shop.example': {
    ...secured['shop.example'],
    TXT: ['v=spf1 include:none.example include:two.example include:deep.example a:void1.example mx:void2.example -all'],
    MX: ['10 mx1.provider.example', '10 mx2.provider.example', '10 nowhere.example'],
  },
  'two.example': { TXT: ['v=spf1 -all', 'v=spf1 ~all'] },
  'deep.example': {
    TXT: ['v=spf1 include:gone.example include:bad.example include:shop.example a:void3.example ~all'],
  },
  'bad.example': { TXT: ['v=spf1 ip4:999 -all'] },
  's1._domainkey.shop.example': { TXT: ['v=DKIM1; p='] },
  'google._domainkey.shop.example': { TXT: ['v=DKIM1; k=rsa; p=AAAA'] },
};
for (const [name, zone] of Object.entries({ ordinary, secured, broken })) {
  test(`the report on a shop (${name}) is the same for any order of the answers`, async () => {
    const told = async (resolver: Resolver) => {
      const { score, findings, facts } = await check({}, resolver);
      return JSON.stringify({ score, findings, facts });
    };
    const expected = await told(zoneResolver(zone));
    for (let seed = 1; seed <= 20; seed++) assert.equal(await told(shuffled(zone, seeded(seed))), expected, `${seed}`);
  });
}
