// From the answers of block lists to findings (RFC 5782).
import type { DnsblListing, DnsblOutcome } from '../dnsbl/check.ts';
import { type Finding, finding } from './catalog.ts';

/** Lists that filters add up: two of them cost points, further ones are told. */
const MAX_COSTLY = 2;

export function dnsblFindings({ listings }: DnsblOutcome): Finding[] {
  const findings: Finding[] = [];
  let costly = 0;
  for (const listing of listings) {
    const { subject, listName: list, removal, parts } = listing;
    if (listing.status === 'unknown') {
      findings.push(finding('dnsbl.unknown', { subject, list, reason: listing.reason ?? 'no-answer' }));
    }
    if (listing.status !== 'listed') continue;
    const args = { subject, list, parts: [...new Set(parts.map(({ part }) => part))], removal };
    const id = weigh(listing);
    if (id === 'dnsbl.listed' && ++costly > MAX_COSTLY) findings.push(finding('dnsbl.mentioned', args));
    else findings.push(finding(id, args));
  }
  const clean = listings.filter(({ status }) => status === 'not-listed');
  if (clean.length > 0 && !listings.some(({ status }) => status === 'listed')) {
    const subjects = [...new Set(clean.map(({ subject }) => subject))];
    findings.push(finding('dnsbl.clean', { subjects, lists: [...new Set(clean.map(({ listName }) => listName))] }));
  }
  return findings;
}

function weigh({ parts }: DnsblListing): 'dnsbl.refused' | 'dnsbl.policy' | 'dnsbl.listed' | 'dnsbl.mentioned' {
  const refusing = parts.filter(({ weight }) => weight === 'refuses');
  if (refusing.some(({ policy }) => !policy)) return 'dnsbl.refused';
  if (refusing.length > 0) return 'dnsbl.policy';
  return parts.some(({ weight }) => weight === 'scores') ? 'dnsbl.listed' : 'dnsbl.mentioned';
}
