// Which addresses send a domain's mail, where nobody says: those that its SPF record names one by one.
import type { Resolver } from '../dns/types.ts';
import { staticText } from '../spf/macro.ts';
import { fetchRecord } from '../spf/record.ts';
import type { Mechanism } from '../spf/types.ts';

/** A shop has one relay, of one or two addresses; more are a provider's. */
export const MAX_ASSUMED = 2;

/**
 * Addresses of `ip4` and `ip6` terms that stand for one host each, else those of the first `a` or `mx` term; none where
 * the record only points to a provider. At most four questions.
 */
export async function assumedSenders(domain: string, resolver: Resolver): Promise<string[]> {
  const fetched = await fetchRecord(domain, resolver);
  if (fetched.kind !== 'record' || fetched.record.problems.length > 0) return [];
  const allowed = fetched.record.terms.filter(
    (term): term is Mechanism => term.kind === 'mechanism' && term.qualifier === '+',
  );
  const single = allowed.filter(
    ({ network, prefix4, prefix6 }) =>
      network !== undefined && (network.version === 4 ? prefix4 === 32 : prefix6 === 128),
  );
  if (single.length > 0) return single.slice(0, MAX_ASSUMED).map(({ network }) => network!.text);
  const first = allowed.find(({ name }) => name === 'a' || name === 'mx');
  const target = first === undefined ? undefined : first.domain === undefined ? domain : staticText(first.domain);
  if (first === undefined || target === undefined) return [];
  const host = first.name === 'a' ? target : await preferredHost(target, resolver);
  const answer = host === undefined ? undefined : await resolver.query(host, 'A');
  return answer?.kind === 'ok' ? answer.records.slice(0, MAX_ASSUMED) : [];
}

async function preferredHost(domain: string, resolver: Resolver): Promise<string | undefined> {
  const answer = await resolver.query(domain, 'MX');
  if (answer.kind !== 'ok') return undefined;
  return [...answer.records].sort((one, other) => one.preference - other.preference)[0]!.exchange;
}
