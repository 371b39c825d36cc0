// SPF against mailauth (strict mode) on generated records and zones, with a fixed seed: the same result, every time.
// One difference is modelled: mailauth counts no void answer of the hosts of `mx` and `ptr`, and we count the term once where
// all of them are void (RFC 7208 section 4.6.4).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spf } from 'mailauth/lib/spf/index.js';
import type { RecordType, Resolver } from '../../../shared/dns/types.ts';
import { type CheckHostInput, checkHost } from '../../../shared/spf/check-host.ts';
import type { SpfOutcome, SpfRecordNode } from '../../../shared/spf/types.ts';
import { parseIp, reverseName } from '../../../shared/text/ip.ts';
import { type Zone, zoneResolver } from '../../support/zone.ts';

const CASES = 4000;
const SEED = 7208;
const DOMAINS = ['a.example', 'b.example', 'c.example', 'd.example', 'e.example'];
const HOSTS = ['h1.example', 'h2.example', 'mx.a.example', 'void.example', 'dual.example'];
const IPS = ['192.0.2.1', '192.0.2.77', '198.51.100.9', '2001:db8::1', '2001:db8:1::9'];

/** Numbers from 0 to 1 that are the same in every run (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function generate(random: () => number) {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const maybe = (share: number) => random() < share;
  const name = () => pick([...DOMAINS, ...HOSTS]);
  const term = (): string => {
    const sign = pick(['', '', '', '+', '-', '~', '?']);
    const prefix = () => (maybe(0.3) ? pick(['/24', '/0', '/32', '//64', '/24//64', '//128']) : '');
    return (
      sign +
      pick([
        () => `ip4:${pick(['192.0.2.1', '192.0.2.0/24', '198.51.100.0/25', '203.0.113.1', '0.0.0.0/0'])}`,
        () => `ip6:${pick(['2001:db8::1', '2001:db8::/32', '2001:db8:1::/48', '::/0'])}`,
        () => `a${maybe(0.6) ? `:${name()}` : ''}${prefix()}`,
        () => `mx${maybe(0.6) ? `:${name()}` : ''}${prefix()}`,
        () => `include:${pick(DOMAINS)}`,
        () =>
          `exists:${pick(['%{i}.list.example', '%{ir}.list.example', '%{d}', '%{l}.%{o}', 'h1.example', '%{d2}', '%{h}'])}`,
        () => pick(['a:%{d}', 'mx:%{o}', 'include:%{d1r}.example', 'a:%{l1r-}.h1.example']),
        () => (maybe(0.5) ? 'ptr' : `ptr:${name()}`),
        () =>
          pick([
            'a:',
            'ip4:1.2.3',
            'ip6:1.2.3.4',
            'foo',
            'a/33',
            'ip4:192.0.2.1/33',
            'include',
            'all:x',
            'exists',
            'mx:a..example',
            'a:%{x}',
            'ip4:192.0.2.01',
            'foo=bar',
            'a:b.example/',
            '%%',
          ]),
      ])()
    );
  };
  const record = (): string => {
    const terms = Array.from({ length: Math.floor(random() * 5) }, () => (maybe(0.9) ? term() : term().toUpperCase()));
    if (maybe(0.7)) terms.push(pick(['-all', '~all', '?all', '+all', 'all', '-ALL']));
    if (maybe(0.2)) terms.push(`redirect=${pick(DOMAINS)}`);
    if (maybe(0.1)) terms.push('exp=exp.example');
    return ['v=spf1', ...terms].join(maybe(0.05) ? '  ' : ' ');
  };
  const zone: Zone = {
    'h1.example': { A: ['192.0.2.1'] },
    'h2.example': { AAAA: ['2001:db8::1'] },
    'dual.example': { A: ['198.51.100.9', '192.0.2.77'], AAAA: ['2001:db8:1::9'] },
    'mx.a.example': { A: ['192.0.2.1'] },
    'void.example': { TXT: ['nothing'] },
    'exp.example': { TXT: ['Refused: %{i}'] },
    '1.2.0.192.list.example': { A: ['127.0.0.2'] },
    '1.2.0.192.in-addr.arpa': { PTR: ['h1.example', 'mx.a.example'] },
    '9.100.51.198.in-addr.arpa': { PTR: ['dual.example'] },
  };
  for (const domain of DOMAINS) {
    const entry: Zone[string] = {};
    if (maybe(0.95))
      entry.TXT = maybe(0.05) ? [record(), record()] : maybe(0.1) ? ['other text', record()] : [record()];
    if (maybe(0.6)) entry.A = [pick(['192.0.2.1', '198.51.100.9'])];
    if (maybe(0.3)) entry.AAAA = ['2001:db8::1'];
    if (maybe(0.5)) entry.MX = [`10 ${pick(HOSTS)}`, `20 ${pick(HOSTS)}`];
    if (maybe(0.03)) entry.fail = 'servfail';
    zone[domain] = entry;
  }
  const domain = pick(DOMAINS);
  return {
    zone,
    ip: pick(IPS),
    mailFrom: maybe(0.1) ? '' : `user-x@${domain}`,
    helo: maybe(0.5) ? domain : 'h1.example',
  };
}

/** mailauth's way of asking: node:dns, which throws. */
function asNode(resolver: Resolver) {
  return async (name: string, type: string) => {
    const answer = await resolver.query(name, type as RecordType);
    const failure = (code: string) => Object.assign(new Error(code), { code });
    if (answer.kind === 'error') throw failure(answer.reason === 'badname' ? 'EBADNAME' : 'ESERVFAIL');
    if (answer.kind !== 'ok') throw failure(answer.kind === 'nxdomain' ? 'ENOTFOUND' : 'ENODATA');
    return type === 'MX'
      ? (answer.records as unknown as { preference: number; exchange: string }[]).map(({ preference, exchange }) => ({
          priority: preference,
          exchange,
        }))
      : answer.records;
  };
}

/** The outcome without the terms that are void for their hosts alone: each of them raises the limit by one, till it holds. */
async function withoutVoidHosts(input: CheckHostInput, resolver: Resolver): Promise<SpfOutcome> {
  let voidLimit = 2;
  for (;;) {
    const outcome = await checkHost(input, resolver, { voidLimit });
    const raised = 2 + (await voidForHosts(outcome.record, input.ip, resolver));
    if (raised === voidLimit) return outcome;
    voidLimit = raised;
  }
}

async function voidForHosts(record: SpfRecordNode | null, ip: string, resolver: Resolver): Promise<number> {
  let count = 0;
  for (const { name, target, voidLookups, record: below } of record?.terms ?? []) {
    if (below !== undefined) count += await voidForHosts(below, ip, resolver);
    else if (voidLookups > 0 && (name === 'mx' || name === 'ptr')) {
      const own = name === 'mx' ? resolver.query(target!, 'MX') : resolver.query(reverseName(parseIp(ip)!), 'PTR');
      if ((await own).kind === 'ok') count++;
    }
  }
  return count;
}

test(`SPF agrees with mailauth on ${CASES} generated cases`, async (t) => {
  const random = generator(SEED);
  const tally = new Map<string, number>();
  const differences: string[] = [];
  let modelled = 0;
  for (let index = 0; index < CASES; index++) {
    const { zone, ip, mailFrom, helo } = generate(random);
    const resolver = zoneResolver(zone);
    const ours = await checkHost({ ip, helo, mailFrom }, resolver);
    const theirs = (await spf({
      sender: mailFrom,
      ip,
      helo,
      mta: 'mx.test',
      resolver: asNode(resolver),
      strict: true,
    } as never)) as { status: { result: string; comment?: string } };
    tally.set(ours.result, (tally.get(ours.result) ?? 0) + 1);
    if (ours.result === theirs.status.result) continue;
    if (ours.problems.some(({ kind }) => kind === 'voids-exceeded')) {
      modelled++;
      if ((await withoutVoidHosts({ ip, helo, mailFrom }, resolver)).result === theirs.status.result) continue;
    }
    const text = JSON.stringify({
      index,
      ip,
      mailFrom,
      helo,
      records: Object.fromEntries(Object.entries(zone).slice(9)),
    });
    differences.push(
      `ours ${ours.result} ${JSON.stringify(ours.problems)}, theirs ${theirs.status.result} (${theirs.status.comment}): ${text}`,
    );
  }
  t.diagnostic(
    `results: ${[...tally].map(([result, count]) => `${result} ${count}`).join(', ')}; void hosts ${modelled}; differences: ${differences.length}`,
  );
  assert.deepEqual(differences.slice(0, 5), [], `${differences.length} differences`);
});
