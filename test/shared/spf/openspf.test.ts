// The openspf suite for RFC 7208, 203 cases: results and explanations.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import type { Answer, RecordData, RecordType, Resolver } from '../../../shared/dns/types.ts';
import { checkHost } from '../../../shared/spf/check-host.ts';

const SUITE = new URL('../../../../shared/conformance/spf/rfc7208-tests.yml', import.meta.url);

type ZoneEntry = 'TIMEOUT' | Record<string, unknown>;
interface Scenario {
  description: string;
  tests: Record<
    string,
    { helo: string; host: string; mailfrom: string; result: string | string[]; explanation?: string }
  >;
  zonedata: Record<string, ZoneEntry[]>;
}

test('the openspf RFC 7208 suite', {
  skip: existsSync(SUITE) ? false : 'the conformance suites are not beside the repository',
}, async (t) => {
  // Its non-ASCII records are bytes, not UTF-8.
  const documents = parseAllDocuments(readFileSync(SUITE, 'latin1'));
  const failed: string[] = [];
  let cases = 0;
  for (const document of documents) {
    const scenario = document.toJS() as Scenario | null;
    if (scenario === null) continue;
    const resolver = suiteResolver(scenario.zonedata);
    for (const [name, { helo, host, mailfrom, result, explanation }] of Object.entries(scenario.tests)) {
      cases++;
      const outcome = await checkHost({ ip: host, helo, mailFrom: mailfrom }, resolver);
      // Of several allowed results the first is the preferred one.
      const wanted = Array.isArray(result) ? result[0] : result;
      const said = outcome.explanation ?? 'DEFAULT';
      const right = outcome.result === wanted && (explanation === undefined || said === explanation);
      if (!right)
        failed.push(
          `${scenario.description} / ${name}: ${outcome.result} "${said}", not ${wanted} "${explanation ?? ''}"`,
        );
    }
  }
  t.diagnostic(`openspf RFC 7208 suite: ${cases - failed.length} of ${cases}`);
  assert.deepEqual(failed, []);
  assert.equal(cases, 203);
});

/** Answers from a scenario's zone as the suite's own driver does: SPF records stand for TXT where a name has none of its own. */
function suiteResolver(zonedata: Scenario['zonedata']): Resolver {
  const zone = new Map<string, { timeouts: Set<string>; records: Map<string, unknown[]> }>();
  for (const [name, entries] of Object.entries(zonedata)) {
    const timeouts = new Set<string>();
    const records = new Map<string, unknown[]>();
    for (const entry of entries) {
      if (entry === 'TIMEOUT') {
        timeouts.add('ANY');
        continue;
      }
      for (const [type, value] of Object.entries(entry)) {
        if (value === 'TIMEOUT') timeouts.add(type);
        else records.set(type, [...(records.get(type) ?? []), value]);
      }
    }
    if (!records.has('TXT') && records.has('SPF')) records.set('TXT', records.get('SPF')!);
    records.set(
      'TXT',
      (records.get('TXT') ?? []).filter((value) => value !== 'NONE'),
    );
    zone.set(name.toLowerCase(), { timeouts, records });
  }
  return {
    async query<T extends RecordType>(rawName: string, type: T): Promise<Answer<RecordData[T]>> {
      let name = rawName.toLowerCase().replace(/\.$/, '');
      const received = { ttl: 300, aliases: [], authenticated: false };
      if (name.split('.').some((label) => label.length > 63))
        return { kind: 'error', reason: 'servfail', detail: name };
      for (let hops = 0; hops < 8; hops++) {
        if (name.startsWith('error.')) return { kind: 'error', reason: 'servfail', detail: name };
        const found = zone.get(name);
        if (found === undefined) return { kind: 'nxdomain', ...received };
        const alias = found.records.get('CNAME')?.[0];
        if (typeof alias === 'string' && type !== 'CNAME') {
          name = alias.toLowerCase().replace(/\.$/, '');
          continue;
        }
        if (found.timeouts.has(type)) return { kind: 'error', reason: 'timeout', detail: name };
        const values = found.records.get(type) ?? [];
        if (values.length > 0) return { kind: 'ok', records: values.map((value) => dataOf(type, value)), ...received };
        return found.timeouts.has('ANY')
          ? { kind: 'error', reason: 'timeout', detail: name }
          : { kind: 'nodata', ...received };
      }
      return { kind: 'error', reason: 'servfail', detail: 'CNAME loop' };
    },
  };
}

function dataOf<T extends RecordType>(type: T, value: unknown): RecordData[T] {
  if (type === 'MX') {
    const [preference, exchange] = value as [number, string];
    return { preference, exchange } as RecordData[T];
  }
  if (type === 'TXT') return (Array.isArray(value) ? value.map(String) : [String(value)]) as unknown as RecordData[T];
  return value as RecordData[T];
}
