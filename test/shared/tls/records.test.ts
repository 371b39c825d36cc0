// TLS-RPT, DANE, CAA: the records and what they come to (RFC 8460, RFC 7672, RFC 8659).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { textOf } from '../../../shared/findings/catalog.ts';
import { caaFindings, daneFindings, tlsRptFindings } from '../../../shared/findings/tls.rules.ts';
import { checkCaa, MAX_CAA_NAMES } from '../../../shared/tls/caa.ts';
import { checkDane, MAX_TLSA_HOSTS, tlsaFault } from '../../../shared/tls/dane.ts';
import { checkTlsRpt, correctedTlsRpt, parseTlsRpt } from '../../../shared/tls/tls-rpt.ts';
import { type Zone, zoneResolver } from '../../support/zone.ts';

const ids = (found: readonly { id: string }[]) => found.map(({ id }) => id);

test('RFC 8460 section 3: the record', () => {
  const table: [string, string | null][] = [
    ['v=TLSRPTv1;rua=mailto:reports@shop.example', null],
    ['v=TLSRPTv1; rua=https://reports.example/v1/tlsrpt', null],
    ['v=TLSRPTv1; rua=mailto:a@shop.example,https://reports.example/;', null],
    ['v=TLSRPTv1; x=y; rua=mailto:a@shop.example', null],
    ['v=TLSRPTv1; rua=reports@shop.example', 'bad-rua'],
    ['v=TLSRPTv1; rua=http://reports.example/', 'bad-rua'],
    ['v=TLSRPTv1; rua=mailto:a@shop.example , mailto:b@shop.example', null],
    ['v=TLSRPTv1; rua=mailto:a@shop.example; rua=https://reports.example/', null],
    ['v=TLSRPTv1; rua=mailto:a@shop.example; rua=nonsense', 'bad-rua'],
    ['v=TLSRPTv1; rua=nonsense; rua=mailto:a@shop.example', 'bad-rua'],
    ['v=TLSRPTv1; x=a=b; rua=mailto:a@shop.example', 'syntax'],
    ['v=TLSRPTv1; x=a b; rua=mailto:a@shop.example', 'syntax'],
    ['v=TLSRPTv1; x=; rua=mailto:a@shop.example', 'syntax'],
    ['v=TLSRPTv1; x =y; rua=mailto:a@shop.example', 'syntax'],
    ['v=TLSRPTv1; rua = mailto:a@shop.example', 'syntax'],
    ['v=TLSRPTv1;; rua=mailto:a@shop.example', 'syntax'],
    [`v=TLSRPTv1; ${'x'.repeat(33)}=y; rua=mailto:a@shop.example`, 'syntax'],
    ['v=TLSRPTv1; rua=mailto:a@shop.example mailto:b@shop.example', 'bad-rua'],
    ['v=TLSRPTv1; rua=mailto:a@shop.example!10m', 'bad-rua'],
    ['v=TLSRPTv1; rua=mailto:a@b@shop.example', 'bad-rua'],
    ['v=TLSRPTv1; rua=mailto://a@shop.example', 'bad-rua'],
    ['v=TLSRPTv1; rua=https:reports.example', 'bad-rua'],
    ['v=TLSRPTv1; rua=', 'bad-rua'],
    ['v=TLSRPTv1;', 'missing-rua'],
    ['v=TLSRPTv1; nothing', 'syntax'],
    ['v=tlsrptv1; rua=mailto:a@shop.example', 'version'],
    ['v=TLSRPTv2; rua=mailto:a@shop.example', 'version'],
    ['', 'version'],
  ];
  assert.deepEqual(
    table.map(([text]) => [text, parseTlsRpt(text).problem]),
    table,
  );
});

test('TLS-RPT: none, one, several, not well-formed, no answer', async () => {
  const good = 'v=TLSRPTv1; rua=mailto:a@shop.example';
  const own = 'v=TLSRPTv1; rua=mailto:tls-reports@shop.example';
  const at = (...texts: string[]): Zone => ({ '_smtp._tls.shop.example': { TXT: texts } });
  const table: [Zone, string, string[], string[], string?][] = [
    [{}, 'none', ['mail.shop.example'], ['tls-rpt.none'], own],
    // The reports are about mail to the domain.
    [{}, 'none', [], []],
    [{}, 'none', ['.'], []],
    [at(good, 'other'), 'valid', [], ['tls-rpt.valid']],
    [at(good, good), 'invalid', [], ['tls-rpt.invalid'], good],
    [at(good, 'v=TLSRPTv1; rua=https://r.example/'), 'invalid', [], ['tls-rpt.invalid'], `${good},https://r.example/`],
    [at('v=TLSRPT1; rua=mailto:a@shop.example'), 'invalid', [], ['tls-rpt.invalid'], good],
    [at(`"${good}"`), 'invalid', [], ['tls-rpt.invalid'], good],
    [
      at(`${good}; rua=mailto:b@shop.example`),
      'valid',
      [],
      ['tls-rpt.valid', 'tls-rpt.several-rua'],
      `${good},mailto:b@shop.example`,
    ],
    [at('v=TLSRPTv1; rua='), 'invalid', ['mail.shop.example'], ['tls-rpt.invalid'], own],
    [at('v=TLSRPTv1; rua='), 'invalid', [], ['tls-rpt.invalid']],
    [{ '_smtp._tls.shop.example': { fail: 'timeout' } }, 'unknown', ['mail.shop.example'], ['tls.unknown']],
  ];
  for (const [zone, result, mxHosts, findings, record] of table) {
    const outcome = await checkTlsRpt('shop.example', zoneResolver(zone));
    const found = tlsRptFindings(outcome, mxHosts);
    assert.deepEqual([outcome.result, ids(found)], [result, findings]);
    const shown = found.flatMap((one) => textOf(one, 'en').record ?? []);
    assert.deepEqual(
      shown.map(({ value }) => value),
      record === undefined ? [] : [record],
    );
    for (const { name, value } of shown) {
      const after = tlsRptFindings(
        await checkTlsRpt('shop.example', zoneResolver({ [name]: { TXT: [value] } })),
        mxHosts,
      );
      assert.deepEqual(ids(after), ['tls-rpt.valid']);
    }
  }
});

test('the corrected record keeps each address, or there is none', () => {
  const table: [string, string | null][] = [
    ['v=TLSRPTv1; rua=a@shop.example', 'v=TLSRPTv1; rua=mailto:a@shop.example'],
    [
      'v=TLSRPTv1; rua=mailto:a@shop.example;mailto:b@shop.example',
      'v=TLSRPTv1; rua=mailto:a@shop.example,mailto:b@shop.example',
    ],
    ['v=TLSRPTv1 rua=mailto: a@shop.example', 'v=TLSRPTv1; rua=mailto:a@shop.example'],
    ['v=TLSRPTv1; rua=a@shop.example b@shop.example', 'v=TLSRPTv1; rua=mailto:a@shop.example,mailto:b@shop.example'],
    ['v=TLSRPTv1; x=a b; RUA = mailto:a@shop.example', 'v=TLSRPTv1; rua=mailto:a@shop.example'],
    ['v=TLSRPTv1; rua=http://reports.example/', ''],
    ['v=TLSRPTv1; rua=mailto:a@shop.example,postmaster', ''],
    ['v=TLSRPTv1; ruf=mailto:a@shop.example', ''],
    ['v=TLSRPTv1;', null],
  ];
  assert.deepEqual(
    table.map(([text]) => [text, correctedTlsRpt([text])]),
    table,
  );
});

const sha256 = 'ab'.repeat(32);
test('RFC 7672 section 3.1: which TLSA records a mail host can use', () => {
  const table: [string, string | null][] = [
    [`3 1 1 ${sha256}`, null],
    [`2 0 2 ${'ab'.repeat(64)}`, null],
    ['3 0 0 3082', null],
    [`1 1 1 ${sha256}`, 'usage'],
    [`0 1 1 ${sha256}`, 'usage'],
    [`3 2 1 ${sha256}`, 'selector'],
    [`3 1 3 ${sha256}`, 'matching-type'],
    [`3 1 1 ${sha256.slice(2)}`, 'length'],
    [`3 1 2 ${sha256}`, 'length'],
    ['3 1 0', 'length'],
  ];
  for (const [text, fault] of table) {
    const [usage, selector, matchingType] = text.split(' ').map(Number) as [number, number, number];
    assert.equal(tlsaFault({ usage, selector, matchingType, certificate: text.split(' ')[3] ?? '' }), fault, text);
  }
});

test('RFC 7672 section 2.2: without DNSSEC there is no DANE', async () => {
  const tlsa = [`3 1 1 ${sha256}`];
  const table: [Zone, string[], boolean, string, string[]][] = [
    [{ '_25._tcp.a.example': { TLSA: tlsa, authenticated: true } }, ['a.example'], true, 'usable', ['dane.usable']],
    [
      { '_25._tcp.a.example': { TLSA: tlsa, authenticated: true } },
      ['a.example'],
      false,
      'unsigned',
      ['dane.unsigned'],
    ],
    [{ '_25._tcp.a.example': { TLSA: tlsa } }, ['a.example'], true, 'unsigned', ['dane.unsigned']],
    [
      { '_25._tcp.a.example': { TLSA: ['1 1 1 ab'], authenticated: true } },
      ['a.example'],
      true,
      'unusable',
      ['dane.unusable'],
    ],
    [
      { '_25._tcp.a.example': { TLSA: tlsa, authenticated: true } },
      ['a.example', 'b.example'],
      true,
      'mixed',
      ['dane.usable', 'dane.mixed'],
    ],
    [{}, ['a.example'], true, 'none', []],
    [{ '_25._tcp.a.example': { fail: 'servfail' } }, ['a.example'], true, 'unknown', ['tls.unknown']],
    [{}, [], true, 'none', []],
  ];
  for (const [zone, hosts, signed, result, findings] of table) {
    const outcome = await checkDane(hosts, signed, zoneResolver(zone));
    assert.deepEqual([outcome.result, ids(daneFindings(outcome))], [result, findings]);
  }
});

test('RFC 7505: a null MX names no host to look up', async () => {
  const resolver = zoneResolver({});
  assert.deepEqual((await checkDane(['.', ''], true, resolver)).hosts, []);
  assert.deepEqual(resolver.asked, []);
});

test('a hundred mail hosts cost no more TLSA questions than the limit', async () => {
  const resolver = zoneResolver({});
  await checkDane(
    Array.from({ length: 100 }, (_, index) => `h${index}.example`),
    true,
    resolver,
  );
  assert.equal(resolver.asked.length, MAX_TLSA_HOSTS);
});

test('RFC 8659 section 3: the records closest to the domain', async () => {
  const zone: Zone = {
    'shop.example': {
      CAA: ['0 issue "letsencrypt.org"', '0 issue "Other.example; account=1"', '0 iodef "mailto:a@b.example"'],
    },
    'closed.example': { CAA: ['0 issue ";"'] },
    'wild.example': { CAA: ['0 issuewild "x.example"'] },
    'odd.example': { CAA: ['128 future "x"'] },
    'silent.example': { fail: 'servfail' },
  };
  const table: [string, string, string[], string[]][] = [
    ['www.shop.example', 'found', ['letsencrypt.org', 'other.example'], ['dns.caa']],
    ['closed.example', 'found', [], ['dns.caa']],
    ['wild.example', 'none', [], []],
    ['odd.example', 'found', [], ['dns.caa']],
    ['none.example', 'none', [], []],
    ['silent.example', 'unknown', [], ['tls.unknown']],
  ];
  for (const [domain, result, issuers, findings] of table) {
    const outcome = await checkCaa(domain, zoneResolver(zone));
    assert.deepEqual(
      [domain, outcome.result, outcome.issuers, ids(caaFindings(outcome))],
      [domain, result, issuers, findings],
    );
  }
  const resolver = zoneResolver({});
  await checkCaa('a.b.c.d.e.f.example', resolver);
  assert.equal(resolver.asked.length, MAX_CAA_NAMES);
});

test('the parser accepts any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      parseTlsRpt(text);
      parseTlsRpt(`v=TLSRPTv1;${text}`);
      parseTlsRpt(`v=TLSRPTv1;rua=${text}`);
      const corrected = correctedTlsRpt([`v=TLSRPTv1;rua=${text}`, text]);
      if (corrected !== null && corrected !== '') assert.equal(parseTlsRpt(corrected).problem, null, corrected);
    }),
    { numRuns: 1000 },
  );
});
