// SPF evaluations per second beside mailauth's, on one zone in memory.
import { spf } from 'mailauth/lib/spf/index.js';
import type { RecordType } from '../../shared/dns/types.ts';
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
const ROUNDS = 3000;

export default async function bench(): Promise<BenchRow[]> {
  const resolver = zoneResolver(zone);
  const asNode = async (name: string, type: string) => {
    const answer = await resolver.query(name, type as RecordType);
    if (answer.kind !== 'ok')
      throw Object.assign(new Error('no answer'), { code: answer.kind === 'nxdomain' ? 'ENOTFOUND' : 'ENODATA' });
    return type === 'MX'
      ? (answer.records as unknown as { preference: number; exchange: string }[]).map(({ preference, exchange }) => ({
          priority: preference,
          exchange,
        }))
      : answer.records;
  };
  const ours = await perSecond((input) => checkHost(input, resolver));
  const theirs = await perSecond(({ ip, helo, mailFrom }) =>
    spf({ sender: mailFrom, ip, helo, mta: 'mx.test', resolver: asNode, strict: true } as never),
  );
  return [
    {
      what: 'SPF evaluations, seven lookups at most',
      unit: '/s',
      ours,
      peer: { name: 'mailauth', value: theirs },
      higherIsBetter: true,
    },
  ];
}

async function perSecond(evaluate: (input: (typeof CASES)[number]) => Promise<unknown>): Promise<number> {
  for (let i = 0; i < 300; i++) await evaluate(CASES[i % CASES.length]!);
  const start = performance.now();
  for (let i = 0; i < ROUNDS; i++) await evaluate(CASES[i % CASES.length]!);
  return (ROUNDS / (performance.now() - start)) * 1000;
}
