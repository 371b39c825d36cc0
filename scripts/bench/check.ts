// A full check of a domain with three levels of includes, every DNS question taking 20 ms, six at once: in query times.
import { checkDomain } from '../../shared/check/domain.ts';
import { DOMAIN_PARTS } from '../../shared/check/sections.ts';
import type { Resolver } from '../../shared/dns/types.ts';
import { type Zone, zoneResolver } from '../../test/support/zone.ts';
import type { BenchRow } from './row.ts';

const QUERY_MS = 20;
const LIMIT = 8;
const ROUNDS = 10;
const RELAY = '203.0.113.25';
const zone: Zone = {
  'shop.example': {
    A: ['203.0.113.80'],
    NS: ['ns1.dns.example'],
    MX: ['10 mx1.provider.example', '20 mx2.provider.example'],
    TXT: ['v=spf1 mx include:_spf.provider.example include:_spf.news.example -all'],
  },
  'mx1.provider.example': { A: ['198.51.100.1'] },
  'mx2.provider.example': { A: ['198.51.100.2'] },
  '_spf.provider.example': { TXT: ['v=spf1 include:_spf1.provider.example include:_spf2.provider.example ~all'] },
  '_spf1.provider.example': { TXT: ['v=spf1 include:_spf3.provider.example ~all'] },
  '_spf2.provider.example': { TXT: ['v=spf1 ip4:198.51.100.0/24 ~all'] },
  '_spf3.provider.example': { TXT: [`v=spf1 ip4:${RELAY} ~all`] },
  '_spf.news.example': { TXT: ['v=spf1 a:out.news.example ~all'] },
  'out.news.example': { A: ['198.51.100.77'] },
  '_dmarc.shop.example': { TXT: ['v=DMARC1; p=none; rua=mailto:dmarc@shop.example'] },
  'mail._domainkey.shop.example': { TXT: ['v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo='] },
  '25.113.0.203.in-addr.arpa': { PTR: ['mail.shop.example'] },
  'mail.shop.example': { A: [RELAY] },
};

export default async function bench(): Promise<BenchRow[]> {
  const known = zoneResolver(zone);
  const resolver: Resolver = {
    async query(name, type) {
      await new Promise((resolve) => setTimeout(resolve, QUERY_MS));
      return known.query(name, type);
    },
  };
  // A timer of 20 ms takes a little longer; its real length is the measure.
  const timerStart = performance.now();
  for (let i = 0; i < ROUNDS; i++) await new Promise((resolve) => setTimeout(resolve, QUERY_MS));
  const queryTime = (performance.now() - timerStart) / ROUNDS;
  const start = performance.now();
  for (let i = 0; i < ROUNDS; i++) {
    await checkDomain(
      { domain: 'shop.example', ips: [RELAY], parts: DOMAIN_PARTS },
      { resolver, now: new Date(), clock: Date.now },
    );
  }
  const took = (performance.now() - start) / ROUNDS / queryTime;
  return [
    {
      what: 'full check, 20 ms a question',
      unit: 'query times',
      ours: took,
      peer: { name: 'limit', value: LIMIT },
      higherIsBetter: false,
    },
  ];
}
