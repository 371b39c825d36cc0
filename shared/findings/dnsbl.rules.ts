// From the answers of block lists to findings (RFC 5782).
import type { DnsblListing, DnsblOutcome } from '../dnsbl/check.ts';
import { type Finding, finding } from './catalog.ts';

/** Listings whose points filters add up: two of them take off points, further ones are only reported. */
const MAX_WITH_POINTS = 2;

export function dnsblFindings({ listings }: DnsblOutcome): Finding[] {
  const findings: Finding[] = [];
  let withPoints = 0;
  for (const listing of listings) {
    const { subject, listName: list, removal, parts } = listing;
    if (listing.status === 'unknown') {
      findings.push(finding('dnsbl.unknown', { subject, list, reason: listing.reason ?? 'no-answer' }));
    }
    if (listing.status !== 'listed') continue;
    const args = { subject, list, parts: [...new Set(parts.map(({ part }) => part))], removal };
    const id = weigh(listing);
    if (id === 'dnsbl.listed' && ++withPoints > MAX_WITH_POINTS) findings.push(finding('dnsbl.mentioned', args));
    else findings.push(finding(id, args));
  }
  const clean = listings.filter(({ status }) => status === 'not-listed');
  if (clean.length > 0 && !listings.some(({ status }) => status === 'listed')) {
    const subjects = [...new Set(clean.map(({ subject }) => subject))];
    findings.push(finding('dnsbl.clean', { subjects, lists: [...new Set(clean.map(({ listName }) => listName))] }));
  }
  return findings;
}

/**
 * Findings of the domains that a mail links to.
 * @param sender the listings of the sender itself, which are not reported again for its links
 */
export function linkListFindings({ listings }: DnsblOutcome, sender: DnsblOutcome | undefined): Finding[] {
  const findings: Finding[] = [];
  const reported = new Set(sender?.listings.map(({ list, subject }) => `${list} ${subject}`));
  for (const listing of listings) {
    if (listing.status !== 'listed' || reported.has(`${listing.list} ${listing.subject}`)) continue;
    const { subject, listName: list, removal, parts } = listing;
    const id = LINK_IDS[weigh(listing)];
    findings.push(finding(id, { subject, list, parts: [...new Set(parts.map(({ part }) => part))], removal }));
  }
  const unknown = listings.filter(({ status }) => status === 'unknown');
  if (unknown.length > 0) {
    const subjects = [...new Set(unknown.map(({ subject }) => subject))];
    findings.push(
      finding('dnsbl.link-unknown', { subjects, lists: [...new Set(unknown.map(({ listName }) => listName))] }),
    );
  }
  return findings;
}

const LINK_IDS = {
  'dnsbl.refused': 'dnsbl.link-refused',
  'dnsbl.policy': 'dnsbl.link-refused',
  'dnsbl.listed': 'dnsbl.link-listed',
  'dnsbl.mentioned': 'dnsbl.link-mentioned',
} as const;

function weigh({ parts }: DnsblListing): 'dnsbl.refused' | 'dnsbl.policy' | 'dnsbl.listed' | 'dnsbl.mentioned' {
  const refusing = parts.filter(({ weight }) => weight === 'refuses');
  if (refusing.some(({ policy }) => !policy)) return 'dnsbl.refused';
  if (refusing.length > 0) return 'dnsbl.policy';
  return parts.some(({ weight }) => weight === 'scores') ? 'dnsbl.listed' : 'dnsbl.mentioned';
}
