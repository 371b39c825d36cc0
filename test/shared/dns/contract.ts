// The contract of every resolver: one suite, run against each backend.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Resolver } from '../../../shared/dns/types.ts';
import type { Zone } from '../../support/zone.ts';

const LONG = 'v=spf1 '.padEnd(400, 'x');

/** The zone the suite asks about; a backend serves it, and may leave out `failures` where it cannot be made to fail. */
export const contractZone: Zone = {
  'shop.example': {
    A: ['192.0.2.1', '192.0.2.2'],
    AAAA: ['2001:db8::1'],
    MX: ['10 mx1.shop.example', '20 mx2.shop.example'],
    TXT: ['v=spf1 mx -all', LONG],
    NS: ['ns1.shop.example', 'ns2.shop.example'],
    CAA: ['0 issue "ca.example"', '128 iodef "mailto:security@shop.example"'],
  },
  'ns1.shop.example': { A: ['192.0.2.11'] },
  'ns2.shop.example': { A: ['192.0.2.12'] },
  'bytes.shop.example': { TXT: [['first ', 'second'], ['\xd0\xbf\xd1\x80']] },
  'alias.shop.example': { CNAME: ['alias2.shop.example'] },
  'alias2.shop.example': { CNAME: ['shop.example'] },
  'nowhere.shop.example': { CNAME: ['missing.shop.example'] },
  'below.empty.shop.example': { A: ['192.0.2.3'] },
  '_25._tcp.mx1.shop.example': { TLSA: ['3 1 1 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff'] },
  '1.2.0.192.in-addr.arpa': { PTR: ['mail.shop.example'] },
};

export const failingZone: Zone = {
  'servfail.example': { fail: 'servfail' },
  'refused.example': { fail: 'refused' },
  'silent.example': { fail: 'timeout' },
};

export interface Backend {
  name: string;
  resolver: () => Resolver;
  /** False where CNAMEs and TTLs of failures cannot be told. */
  failures: boolean;
}

export function resolverContract({ name, resolver, failures }: Backend): void {
  const ask: Resolver['query'] = (question, type) => resolver().query(question, type);

  test(`${name}: gives all records of a type, raw`, async () => {
    const answer = await ask('shop.example', 'A');
    assert.equal(answer.kind, 'ok');
    assert.deepEqual([...(answer.kind === 'ok' ? answer.records : [])].sort(), ['192.0.2.1', '192.0.2.2']);
    const ipv6 = await ask('shop.example', 'AAAA');
    assert.deepEqual(ipv6.kind === 'ok' && ipv6.records, ['2001:db8::1']);
  });

  test(`${name}: MX, NS, PTR, CAA and TLSA are read into their parts`, async () => {
    const mx = await ask('shop.example', 'MX');
    assert.deepEqual(mx.kind === 'ok' && [...mx.records].sort((a, b) => a.preference - b.preference), [
      { preference: 10, exchange: 'mx1.shop.example' },
      { preference: 20, exchange: 'mx2.shop.example' },
    ]);
    const ns = await ask('shop.example', 'NS');
    assert.deepEqual(ns.kind === 'ok' && [...ns.records].sort(), ['ns1.shop.example', 'ns2.shop.example']);
    const ptr = await ask('1.2.0.192.in-addr.arpa', 'PTR');
    assert.deepEqual(ptr.kind === 'ok' && ptr.records, ['mail.shop.example']);
    const caa = await ask('shop.example', 'CAA');
    assert.deepEqual(caa.kind === 'ok' && [...caa.records].sort((a, b) => a.tag.localeCompare(b.tag)), [
      { critical: true, tag: 'iodef', value: 'mailto:security@shop.example' },
      { critical: false, tag: 'issue', value: 'ca.example' },
    ]);
    const tlsa = await ask('_25._tcp.mx1.shop.example', 'TLSA');
    const certificate = '00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff';
    assert.deepEqual(tlsa.kind === 'ok' && tlsa.records, [{ usage: 3, selector: 1, matchingType: 1, certificate }]);
  });

  test(`${name}: TXT keeps records and their strings apart, one character for each byte`, async () => {
    const spf = await ask('shop.example', 'TXT');
    const texts = spf.kind === 'ok' ? spf.records.map((strings) => strings.join('')).sort() : [];
    assert.deepEqual(texts, ['v=spf1 mx -all', LONG]);
    const bytes = await ask('bytes.shop.example', 'TXT');
    assert.deepEqual(bytes.kind === 'ok' && [...bytes.records].sort((a, b) => b.length - a.length), [
      ['first ', 'second'],
      ['\xd0\xbf\xd1\x80'],
    ]);
  });

  test(`${name}: follows aliases and names them`, async () => {
    const answer = await ask('alias.shop.example', 'MX');
    assert.deepEqual(answer.kind === 'ok' && answer.aliases, ['alias2.shop.example', 'shop.example']);
    assert.equal(answer.kind === 'ok' && answer.records.length, 2);
    const broken = await ask('nowhere.shop.example', 'A');
    assert.equal(broken.kind, 'nxdomain');
  });

  test(`${name}: keeps "no such name" and "no such record" apart (RFC 2308)`, async () => {
    assert.equal((await ask('missing.shop.example', 'A')).kind, 'nxdomain');
    assert.equal((await ask('alias.missing.shop.example', 'TXT')).kind, 'nxdomain');
    assert.equal((await ask('shop.example', 'PTR')).kind, 'nodata');
    // An empty non-terminal exists (RFC 8020).
    assert.equal((await ask('empty.shop.example', 'A')).kind, 'nodata');
  });

  test(`${name}: accepts names in any case and with a trailing dot`, async () => {
    const answer = await ask('SHOP.Example.', 'MX');
    assert.equal(answer.kind === 'ok' && answer.records.length, 2);
  });

  test(`${name}: tells the time to live in seconds, also of negative answers`, async () => {
    const answers = [
      await ask('shop.example', 'A'),
      await ask('shop.example', 'PTR'),
      await ask('missing.shop.example', 'A'),
    ];
    assert.deepEqual(
      answers.map((answer) => answer.kind !== 'error' && answer.ttl),
      [300, 300, 300],
    );
  });

  test(`${name}: a name that cannot be queried is an error, not a throw (RFC 1035 section 2.3.4)`, async () => {
    for (const bad of ['', '.', 'a..example', `${'a'.repeat(64)}.example`, `${'a.'.repeat(127)}example`]) {
      const answer = await ask(bad, 'A');
      assert.equal(answer.kind === 'error' && answer.reason, 'badname', JSON.stringify(bad));
    }
  });

  test(`${name}: failures are errors with their reason`, {
    skip: failures ? false : 'this backend cannot be made to fail',
  }, async () => {
    const reasons: Record<string, string> = {};
    for (const failing of Object.keys(failingZone)) {
      const answer = await ask(failing, 'TXT');
      reasons[failing] = answer.kind === 'error' ? answer.reason : answer.kind;
    }
    assert.deepEqual(reasons, {
      'servfail.example': 'servfail',
      'refused.example': 'refused',
      'silent.example': 'timeout',
    });
  });
}
