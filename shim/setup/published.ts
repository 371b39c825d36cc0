// What of the records of a shop's mail is in DNS already.

import type { Resolver } from '../../shared/dns/types.ts';
import { parseIp, reverseName } from '../../shared/text/ip.ts';
import { defined } from '../defined.ts';
import type { Published } from './records.ts';
import type { Wish } from './wish.ts';

/** What DNS did not answer is left out. */
export async function lookUp(wish: Wish, selectors: readonly string[], resolver: Resolver): Promise<Published> {
  const { domain, relay, ips } = wish;
  const all = async <T extends 'TXT' | 'MX' | 'A' | 'AAAA' | 'PTR'>(name: string, type: T) => {
    const answer = await resolver.query(name, type);
    if (answer.kind === 'error') return undefined;
    return answer.kind === 'ok' ? answer.records : [];
  };
  const texts = async (name: string) => (await all(name, 'TXT'))?.map((strings) => strings.join(''));
  const entries = async (names: readonly string[], ask: (name: string) => Promise<readonly string[] | undefined>) => {
    const found = await Promise.all(names.map(ask));
    return Object.fromEntries(names.flatMap((name, at) => (found[at] === undefined ? [] : [[name, found[at]]])));
  };
  const [domainTexts, dmarcTexts, mx, four, six, names, dkimTexts] = await Promise.all([
    texts(domain),
    texts(`_dmarc.${domain}`),
    all(domain, 'MX'),
    all(relay, 'A'),
    all(relay, 'AAAA'),
    entries(ips, (ip) => all(reverseName(parseIp(ip)!), 'PTR')),
    entries(
      selectors.map((selector) => `${selector}._domainkey.${domain}`),
      texts,
    ),
  ]);
  return {
    ...defined({ domainTexts, dmarcTexts, mx: mx?.map(({ exchange }) => exchange) }),
    addresses: [...(four ?? []), ...(six ?? [])].map((address) => parseIp(address)?.text ?? address),
    names,
    dkimTexts,
  };
}
