// SPF evaluations per second beside mailauth's, on one zone in memory.
import { spf } from 'mailauth/lib/spf/index.js';
import type { Answer, RecordData, RecordType, Resolver } from '../../shared/dns/types.ts';
import { checkHost } from '../../shared/spf/check-host.ts';
import { type Zone, zoneResolver } from '../../test/support/zone.ts';
import type { BenchRow } from './row.ts';

const zone: Zone = {
  'shop.example': {
    TXT: ['v=spf1 ip4:198.51.100.7 mx include:_spf.provider.example include:_spf.news.example -all'],
    MX: ['10 mx.shop.example'],
  },
  'mx.shop.example': { A: ['198.51.100.1'] },
  '_spf.provider.example': { TXT: ['v=spf1 include:_spf1.provider.example include:_spf2.provider.example ~all'] },
  '_spf1.provider.example': { TXT: ['v=spf1 ip4:198.51.100.0/25 ip6:2001:db8::/32 ~all'] },
  '_spf2.provider.example': { TXT: ['v=spf1 a:out.provider.example exists:%{i}.allow.example ~all'] },
  'out.provider.example': { A: ['198.51.100.201'] },
  '_spf.news.example': { TXT: ['v=spf1 ip4:203.0.113.0/24 ~all'] },
};
const CASES = [
  { ip: '198.51.100.7', helo: 'mx.shop.example', mailFrom: 'orders@shop.example' },
  { ip: '203.0.113.25', helo: 'mx.shop.example', mailFrom: 'orders@shop.example' },
  { ip: '192.0.2.1', helo: 'other.example', mailFrom: 'orders@shop.example' },
];
type Case = (typeof CASES)[number];
const EVALUATIONS = 1500;
/** Of these the median counts; both run in turn, so that what else the machine does hits both. */
const ROUNDS = 9;

export default async function bench(): Promise<BenchRow[]> {
  const { resolver, asNode } = await answersInMemory();
  const ours = (input: Case) => checkHost(input, resolver);
  const theirs = ({ ip, helo, mailFrom }: Case) =>
    spf({ sender: mailFrom, ip, helo, mta: 'mx.test', resolver: asNode, strict: true } as never);
  const rates: [number[], number[]] = [[], []];
  for (let round = 0; round <= ROUNDS; round++) {
    const pair = [await perSecond(ours), await perSecond(theirs)] as const;
    // The first warms up.
    if (round > 0) for (const which of [0, 1] as const) rates[which].push(pair[which]);
  }
  const [mine, peer] = rates.map((list) => list.sort((one, other) => one - other)[ROUNDS >> 1]!);
  return [
    {
      what: 'SPF evaluations, seven lookups at most',
      unit: '/s',
      ours: mine!,
      peer: { name: 'mailauth', value: peer! },
      higherIsBetter: true,
    },
  ];
}

/**
 * Every answer is made once, so that the evaluation is measured and not the zone, and handed out as a copy, so that nothing
 * that was read of one is kept for the next; `asNode` answers as node:dns does.
 */
async function answersInMemory() {
  const source = zoneResolver(zone);
  const answers = new Map<string, Answer<unknown>>();
  const values = new Map<string, unknown>();
  const types = ['A', 'AAAA', 'MX', 'TXT'] as const;
  const asked = [...Object.keys(zone), ...CASES.map(({ ip }) => `${ip}.allow.example`)];
  for (const name of asked) {
    for (const type of types) {
      const answer = await source.query(name, type);
      answers.set(`${type} ${name}`, answer);
      if (answer.kind !== 'ok') continue;
      const exchanges = answer.records as readonly RecordData['MX'][];
      const value =
        type === 'MX'
          ? exchanges.map(({ preference, exchange }) => ({ priority: preference, exchange }))
          : answer.records;
      values.set(`${type} ${name}`, value);
    }
  }
  const nothing: Answer<never> = { kind: 'nxdomain', ttl: 300, aliases: [], authenticated: false };
  const resolver: Resolver = {
    query: async <T extends RecordType>(name: string, type: T) =>
      ({ ...(answers.get(`${type} ${name}`) ?? nothing) }) as Answer<RecordData[T]>,
  };
  const asNode = async (name: string, type: string) => {
    const value = values.get(`${type} ${name}`);
    if (value === undefined) throw Object.assign(new Error('no answer'), { code: 'ENOTFOUND' });
    return Array.isArray(value) ? [...value] : value;
  };
  return { resolver, asNode };
}

async function perSecond(evaluate: (input: Case) => Promise<unknown>): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < EVALUATIONS; i++) await evaluate(CASES[i % CASES.length]!);
  return (EVALUATIONS / (performance.now() - start)) * 1000;
}
