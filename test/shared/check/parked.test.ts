// Domains that send no mail: nothing that only a sender needs costs points there, and what completes them is named.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkDomain } from '../../../shared/check/domain.ts';
import { DOMAIN_PARTS, type DomainRequest } from '../../../shared/check/section.ts';
import { definitionOf, type Finding, textOf } from '../../../shared/findings/catalog.ts';
import { ordinary } from '../../support/ordinary.ts';
import { type Zone, zoneResolver } from '../../support/zone.ts';

const domain = 'shop.example';
const check = (zone: Zone, request: Partial<DomainRequest> = {}) =>
  checkDomain(
    { domain, parts: DOMAIN_PARTS, ...request },
    { resolver: zoneResolver(zone), now: new Date('2026-11-24T09:00:00Z'), clock: () => 0 },
  );
const costing = (findings: readonly Finding[]) =>
  findings.filter((found) => definitionOf(found).points > 0).map(({ id }) => id);

const spf = 'v=spf1 -all';
const reject = { '_dmarc.shop.example': { TXT: ['v=DMARC1; p=reject'] } };
const parked: Zone = { [domain]: { TXT: [spf], MX: ['0 .'], NS: ['ns1.dns.example'] }, ...reject };
const revoked = { TXT: ['v=DKIM1; p='] };
/** The answers of "*._domainkey". */
const wildcard = Object.fromEntries(
  ['mailshim-no-such-selector', 'default', 'mail', 'dkim', 'selector1', 'selector2', 's1', 's2', 'k1', 'google'].map(
    (selector) => [`${selector}._domainkey.${domain}`, revoked],
  ),
);

interface Case {
  what: string;
  zone: Zone;
  request?: Partial<DomainRequest>;
  /** The finding about the domain as a whole, and what it names. */
  says: [string, ...string[]] | null;
  record?: string;
  costs: string[];
}
const cases: Case[] = [
  { what: 'all is said', zone: parked, says: ['check.parked'], costs: [] },
  {
    what: 'all is said, keys are revoked by a wildcard',
    zone: { ...parked, ...wildcard },
    says: ['check.parked'],
    costs: [],
  },
  {
    what: 'all is said, one key is revoked',
    zone: { ...parked, 'mail._domainkey.shop.example': revoked },
    says: ['check.parked'],
    costs: [],
  },
  {
    what: 'all is said, and there is a web site',
    zone: { ...parked, [domain]: { ...parked[domain], A: ['203.0.113.80'] } },
    says: ['check.parked'],
    costs: [],
  },
  {
    what: 'a subdomain that the organizational domain protects',
    zone: { ...parked, 'static.shop.example': { TXT: [spf], MX: ['0 .'] } },
    request: { domain: 'static.shop.example' },
    says: ['check.parked'],
    costs: [],
  },
  {
    what: 'no null MX',
    zone: { [domain]: { TXT: [spf] }, ...reject },
    says: ['check.parked-partly', 'null-mx'],
    record: '0 .',
    costs: [],
  },
  {
    what: 'no null MX, and a web server that may take mail',
    zone: { [domain]: { TXT: [spf], A: ['203.0.113.80'] }, ...reject },
    says: ['check.parked-partly', 'null-mx'],
    costs: [],
  },
  {
    what: 'SPF alone',
    zone: { [domain]: { TXT: [spf] } },
    says: ['check.parked-partly', 'null-mx', 'dmarc'],
    costs: [],
  },
  {
    what: 'no DMARC',
    zone: { [domain]: { TXT: [spf], MX: ['0 .'] } },
    says: ['check.parked-partly', 'dmarc'],
    costs: [],
  },
  {
    what: 'a policy that is only tried',
    zone: { ...parked, '_dmarc.shop.example': { TXT: ['v=DMARC1; p=reject; t=y; rua=mailto:d@shop.example'] } },
    says: ['check.parked-partly', 'dmarc'],
    costs: [],
  },
  {
    what: 'DNS does not answer about DMARC',
    zone: { ...parked, '_dmarc.shop.example': { fail: 'timeout' } },
    says: null,
    costs: [],
  },
  {
    what: 'the user says that an address sends',
    zone: parked,
    request: { ips: ['203.0.113.25'] },
    says: null,
    costs: ['alignment.none', 'ptr.none', 'spf.fail', 'dkim.absent', 'mx.null'],
  },
  {
    what: 'the user says that mail is signed',
    zone: parked,
    request: { selectors: ['mail'] },
    says: null,
    costs: ['dkim.key-missing', 'mx.null'],
  },
  {
    what: 'a key that can sign: mail may pass by DKIM',
    zone: { ...parked, 'mail._domainkey.shop.example': ordinary['mail._domainkey.shop.example']! },
    says: null,
    costs: ['dkim.key-ed25519-only', 'mx.null'],
  },
  {
    what: 'a domain that takes mail',
    zone: {
      [domain]: { TXT: [spf], MX: ['10 mail.shop.example'] },
      'mail.shop.example': { A: ['192.0.2.7'] },
      ...reject,
    },
    says: null,
    costs: ['dkim.absent', 'dmarc.rua-none'],
  },
  {
    what: 'SPF that lets a server send',
    zone: {
      [domain]: { TXT: ['v=spf1 include:_spf.provider.example -all'], MX: ['0 .'] },
      '_spf.provider.example': { TXT: ['v=spf1 ip4:192.0.2.7 -all'] },
      ...reject,
    },
    says: null,
    costs: ['dkim.absent', 'mx.null'],
  },
  {
    what: 'SPF that only softens',
    zone: { [domain]: { TXT: ['v=spf1 ~all'], MX: ['0 .'] }, ...reject },
    says: null,
    costs: ['dkim.absent', 'mx.null'],
  },
];

for (const { what, zone, request, says, record, costs } of cases) {
  test(what, async () => {
    const { findings, score } = await check(zone, request);
    const whole = findings.find(({ id }) => id.startsWith('check.parked'));
    const missing = (whole?.args as { missing?: string[] } | undefined)?.missing ?? [];
    assert.deepEqual(whole === undefined ? null : [whole.id, ...missing], says);
    assert.deepEqual(costing(findings).sort(), [...costs].sort());
    if (whole === undefined) return;
    assert.equal(textOf(whole, 'en').record?.value, record);
    assert.deepEqual(textOf(whole, 'ru').record, textOf(whole, 'en').record);
    if (says![0] === 'check.parked') assert.deepEqual([score.value, score.low, score.coverage], [10, 10, 1]);
    if (record === undefined) return;
    const after = (await check({ ...zone, [domain]: { ...zone[domain], MX: [record] } }, request)).findings;
    assert.ok(!after.some(({ id }) => id === whole.id));
    assert.deepEqual(
      costing(after).filter((id) => !costs.includes(id)),
      [],
    );
  });
}

test('while no mail server is reachable, there is no finding about transport security', async () => {
  const zone: Zone = { [domain]: { MX: ['10 mx.yandex.net.shop.example'] }, 'mx.yandex.net': { A: ['192.0.2.7'] } };
  const about = async (records: Zone) =>
    (await check(records)).findings.map(({ id }) => id).filter((id) => /^(?:mta-sts|tls-rpt)/.test(id));
  assert.deepEqual(await about(zone), []);
  assert.deepEqual(await about({ ...zone, [domain]: { MX: ['10 mx.yandex.net'] } }), ['mta-sts.none', 'tls-rpt.none']);
});

test('one part alone is evaluated without the others', async () => {
  const { findings } = await check(parked, { parts: ['mx'] });
  assert.deepEqual(costing(findings), ['mx.null']);
});
