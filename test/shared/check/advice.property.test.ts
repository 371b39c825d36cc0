// Every record that is shown is proven, over generated zones: it is published, and the zone is checked again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkDomain } from '../../../shared/check/domain.ts';
import { DOMAIN_PARTS } from '../../../shared/check/section.ts';
import { enforcementOf, NO_ENFORCEMENT, noStronger } from '../../../shared/dmarc/enforcement.ts';
import { parseDmarc } from '../../../shared/dmarc/parse.ts';
import { type Finding, textOf } from '../../../shared/findings/catalog.ts';
import type { DnsRecord } from '../../../shared/findings/define.ts';
import { deductions } from '../../../shared/findings/score.ts';
import { providerOfMx } from '../../../shared/providers/lookup.ts';
import { PROVIDERS } from '../../../shared/providers/table.ts';
import { checkHost } from '../../../shared/spf/check-host.ts';
import { inspectSpf } from '../../../shared/spf/inspect.ts';
import { parseSpfRecord } from '../../../shared/spf/parse.ts';
import { type GeneratedShop, generatedShop, SHOP } from '../../support/generated-shops.ts';
import { sendingAddressOf } from '../../support/provider-zones.ts';
import { type Zone, zoneResolver } from '../../support/zone.ts';

const NOW = new Date('2026-11-30T09:00:00Z');
/** Zones by one seed; `MAILSHIM_ZONES=20000` looks at more. */
const ZONES = Number(process.env.MAILSHIM_ZONES ?? 2000);
const SEED = 20261130;

const check = ({ zone, ips, selectors }: GeneratedShop) =>
  checkDomain(
    { domain: SHOP, ips, selectors, parts: DOMAIN_PARTS },
    { resolver: zoneResolver(zone), now: NOW, clock: () => 0, budget: { maxQueries: 400 } },
  );

/** The zone with the record in it, as a person would publish it who reads the finding. */
function published(zone: Zone, { name, type, value, replaces }: DnsRecord): Zone {
  const own = zone[name] ?? {};
  const put = (records: readonly string[]): Zone => ({
    ...zone,
    [name]: { ...own, CNAME: [], [type]: records } as Zone[string],
  });
  if (type === 'TXT' && value.startsWith('v=spf1')) {
    const others = (own.TXT ?? []).filter((text) => !/^["\s]*v\s*=\s*spf/i.test(String(text)));
    return put([...(others as string[]), value]);
  }
  if (type === 'CNAME') return { ...zone, [name]: { CNAME: [value] } };
  if (type === 'A' || type === 'AAAA') return put([...((own[type] ?? []) as string[]), value]);
  if (type !== 'MX') return put([value]);
  const host = (text: string) => text.split(' ')[1]!.replace(/\.$/, '');
  const kept = ((own.MX ?? []) as string[]).filter((text) => !['', host(value), replaces].includes(host(text)));
  return put(host(value) === '' ? [value] : [...kept, value]);
}

const textsAt = (zone: Zone, name: string) => ((zone[name]?.TXT ?? []) as string[]).map(String);
const count = (findings: readonly Finding[], id: string) => findings.filter((found) => found.id === id).length;
/** What takes points off: of several findings with one cause, the one that costs most. */
const costing = (findings: readonly Finding[]) => {
  const costs = deductions(findings);
  return findings.filter((_, index) => costs[index]! > 0);
};

async function resultFor(ip: string, zone: Zone): Promise<string> {
  return (await checkHost({ ip, helo: SHOP, mailFrom: `a@${SHOP}` }, zoneResolver(zone))).result;
}

/** Networks behind the includes of the generated zones that are no provider's. */
const INCLUDED: Record<string, string> = { own: '192.0.2.70', deep: '192.0.2.77', many: '192.0.2.200' };

/** Addresses that send today: given, of each address term, of each include, of each provider named by SPF or MX. */
function sendersOf({ zone, ips }: GeneratedShop): { ip: string; mustKeep: boolean }[] {
  const texts = textsAt(zone, SHOP).filter((text) => /spf/i.test(text));
  const networks = texts.flatMap((text) =>
    parseSpfRecord(text).terms.flatMap((term) =>
      term.kind === 'mechanism' && term.network !== undefined ? [term.network.text] : [],
    ),
  );
  const included = Object.entries(INCLUDED).flatMap(([name, ip]) =>
    texts.some((text) => text.toLowerCase().includes(`include:${name}.example`)) ? [ip] : [],
  );
  const hosts = ((zone[SHOP]?.MX ?? []) as string[]).map((text) => text.split(' ')[1]!);
  const documented = PROVIDERS.filter(({ spf }) => spf?.include !== undefined && spf.names.length > 0);
  const byMx = documented.filter(
    (provider) => provider.kind === 'mailbox' && hosts.some((host) => providerOfMx(host) === provider),
  );
  const bySpf = documented.filter(({ spf }) => texts.some((text) => text.includes(spf!.include!)));
  return [
    ...[...ips, ...networks, ...included, ...bySpf.map(({ id }) => sendingAddressOf(id))].map((ip) => ({
      ip,
      mustKeep: false,
    })),
    ...byMx.map(({ id }) => ({ ip: sendingAddressOf(id), mustKeep: true })),
  ];
}

/** Mail of a mailbox provider must not fare worse than without a record; of others what passed must pass. */
function isLost(was: string, is: string, mustKeep: boolean): boolean {
  if (was === 'pass') return is !== 'pass';
  return mustKeep && (is === 'fail' || is === 'softfail') && was !== is && was !== 'fail';
}

/** What is wrong with showing this record; undefined where it holds all that is promised. */
async function broken(
  shop: GeneratedShop,
  before: readonly Finding[],
  proposing: readonly Finding[],
  record: DnsRecord,
): Promise<string | undefined> {
  const zone = published(shop.zone, record);
  const after = (await check({ ...shop, zone })).findings;
  const left = proposing.find(({ id }) => count(after, id) > count(before, id) - count(proposing, id));
  if (left !== undefined) return `(a) ${left.id} is still there`;
  const worse = costing(after).find((one) => count(after, one.id) > count(before, one.id));
  if (worse !== undefined) return `(a) new: ${worse.id} ${JSON.stringify(worse.args)}`;
  if (!`.${record.name}`.endsWith(`.${SHOP}`)) return `(d) ${record.name}`;
  if (record.type === 'TXT' && record.value.startsWith('v=spf1')) {
    const parsed = parseSpfRecord(record.value);
    const { worstCase } = await inspectSpf(SHOP, zoneResolver(zone));
    if (parsed.problems.length > 0 || worstCase.lookups > 10 || worstCase.voidLookups > 2) return `(c) ${record.value}`;
    const texts = textsAt(shop.zone, SHOP);
    if (/-all\b/.test(record.value) && !texts.some((text) => /-all\b/.test(text)) && !/redirect=/.test(texts.join()))
      return '(e) -all';
    if (!texts.some((text) => /spf/i.test(text)) && !record.value.endsWith('~all')) return `(f) ${record.value}`;
    for (const { ip, mustKeep } of sendersOf(shop)) {
      const [was, is] = [await resultFor(ip, shop.zone), await resultFor(ip, zone)];
      // By "+all" everyone passes, and that is what the finding is about.
      if (isLost(was, is, mustKeep) && count(before, 'spf.plus-all') === 0) return `(b) ${ip}: ${was} → ${is}`;
    }
  }
  if (record.name === `_dmarc.${SHOP}`) {
    const valid = textsAt(shop.zone, record.name)
      .map(parseDmarc)
      .filter((one) => one.valid);
    const today = valid.length === 1 ? enforcementOf(valid[0]!) : NO_ENFORCEMENT;
    if (!noStronger(enforcementOf(parseDmarc(record.value)), today)) return `(e) ${record.value}`;
  }
  return undefined;
}

const described = ({ ips, zone }: GeneratedShop) =>
  [ips, zone[SHOP], zone[`_dmarc.${SHOP}`]].map((one) => JSON.stringify(one));

test('records shown over generated zones satisfy (a) to (f)', async (t) => {
  const proven = new Map<string, number>();
  const withheld = new Map<string, number>();
  const bump = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
  const shops = fc.sample(generatedShop, { numRuns: ZONES, seed: SEED });
  const wrong: string[] = [];
  for (const shop of shops) {
    const { findings } = await check(shop);
    const records = new Map<string, { record: DnsRecord; proposing: Finding[] }>();
    for (const found of findings) {
      if (found.withheld !== undefined) bump(withheld, `${found.withheld.reason} ${found.id}`);
      const { record } = textOf(found, 'en');
      if (record === undefined) continue;
      bump(proven, found.id);
      assert.equal(found.proven, true, found.id);
      const key = `${record.name} ${record.type} ${record.value}`;
      const known = records.get(key) ?? { record, proposing: [] };
      known.proposing.push(found);
      records.set(key, known);
    }
    for (const [key, { record, proposing }] of records) {
      const why = await broken(shop, findings, proposing, record);
      if (why !== undefined)
        wrong.push([proposing.map(({ id }) => id).join(), why, key, ...described(shop)].join('\n  '));
    }
  }
  const told = (counts: Map<string, number>) =>
    [...counts]
      .sort(([, a], [, b]) => b - a)
      .map(([key, n]) => `${key}: ${n}`)
      .join(', ');
  const total = (counts: Map<string, number>) => [...counts.values()].reduce((sum, n) => sum + n, 0);
  t.diagnostic(`${ZONES} zones; proven ${total(proven)} (${told(proven)})`);
  t.diagnostic(`withheld ${total(withheld)} (${told(withheld)})`);
  assert.deepEqual(wrong.slice(0, 5), [], `${wrong.length} records`);
  assert.ok(total(proven) > ZONES / 2);
});
