// CAA: which authorities may issue certificates for a domain (RFC 8659).
import type { Resolver } from '../dns/types.ts';
import { toAscii } from '../text/domain.ts';

/** Names that are queried, from the domain upwards; each costs a query, and records are at the domain or right above. */
export const MAX_CAA_NAMES = 3;
const MAX_SHOWN = 10;

export interface CaaOutcome {
  /** 'none': every authority may issue. */
  result: 'none' | 'found' | 'unknown';
  /** The name of the records. */
  name: string | null;
  /** The authorities that may issue; none with "found" and an empty list. */
  issuers: string[];
  /** Unknown critical tags, which forbid all authorities to issue (RFC 8659 section 4.1). */
  unknownCritical: string[];
  /** Queries without an answer. */
  unknown: { name: string; detail: string }[];
  /** Seconds that the answers may be kept; 0 where one is missing. */
  ttl: number;
}

/** RFC 8659 section 3: the records closest to the domain, climbing the tree; never throws. At most MAX_CAA_NAMES queries. */
export async function checkCaa(domain: string, resolver: Resolver): Promise<CaaOutcome> {
  const outcome: CaaOutcome = { result: 'none', name: null, issuers: [], unknownCritical: [], unknown: [], ttl: 0 };
  const ascii = toAscii(domain);
  if (!ascii.ok) return outcome;
  const labels = ascii.name.split('.');
  let ttl = Infinity;
  for (let cut = 0; cut < Math.min(MAX_CAA_NAMES, Math.max(1, labels.length - 1)); cut++) {
    const name = labels.slice(cut).join('.');
    const answer = await resolver.query(name, 'CAA');
    if (answer.kind === 'error') {
      outcome.unknown.push({ name, detail: `${answer.reason}: ${answer.detail}` });
      return { ...outcome, result: 'unknown' };
    }
    ttl = Math.min(ttl, answer.ttl);
    if (answer.kind !== 'ok' || answer.records.length === 0) continue;
    const known = ['issue', 'issuewild', 'iodef', 'issuemail', 'issuevmc', 'contactemail', 'contactphone'];
    const issue = answer.records.filter(({ tag }) => tag.toLowerCase() === 'issue');
    const issuers = issue.map(({ value }) => value.replace(/;.*/s, '').trim().toLowerCase().slice(0, 100));
    const critical = answer.records.filter((record) => record.critical && !known.includes(record.tag.toLowerCase()));
    return {
      ...outcome,
      // Without an "issue" tag, every authority may issue (RFC 8659 section 4.2).
      result: issue.length > 0 || critical.length > 0 ? 'found' : 'none',
      name,
      issuers: [...new Set(issuers.filter((issuer) => issuer !== ''))].slice(0, MAX_SHOWN),
      unknownCritical: critical.map(({ tag }) => tag.slice(0, 40)).slice(0, MAX_SHOWN),
      ttl,
    };
  }
  return { ...outcome, ttl: Number.isFinite(ttl) ? ttl : 0 };
}
