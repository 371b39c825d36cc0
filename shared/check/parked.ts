// Domains that declare that they send no mail: requirements of senders do not apply (RFC 7208 section 5.1, RFC 7505, RFC 9989 section 4.7).
import { type Finding, type FindingId, finding } from '../findings/catalog.ts';
import type { ScoredPart } from '../findings/score.ts';
import { parseSpfRecord } from '../spf/parse.ts';
import type { DomainFacts, DomainRequest } from './section.ts';

/** Findings that only apply to a domain with mail. */
const OF_SENDERS: ReadonlySet<FindingId> = new Set<FindingId>([
  'check.no-sending-ip',
  'dkim.absent',
  'dkim.key-retired',
  'dkim.key-revoked',
  'dkim.not-found',
  'dkim.wildcard',
  'mx.implicit',
  'mx.none',
  'mx.null',
  'tls-rpt.none',
]);
/** Findings that do not apply to a completely parked domain. */
const OF_PARKED: ReadonlySet<FindingId> = new Set<FindingId>(['dmarc.rua-none', 'dmarc.rua-elsewhere']);
/** Findings whose record is part of the notice: two records for one name cannot both be published. */
const OF_DMARC: ReadonlySet<FindingId> = new Set<FindingId>(['dmarc.none', 'dmarc.monitoring']);
const PARTS_OF_SENDERS: ReadonlySet<ScoredPart['part']> = new Set(['spf-result', 'dkim', 'ptr', 'dnsbl']);

export interface Evaluated {
  findings: readonly Finding[];
  parts: readonly ScoredPart[];
}

/**
 * The findings and the parts of the score for a domain that sends no mail by its own records; unchanged for any other. Pure.
 * A given address, selector or HELO name means that it sends mail.
 */
export function withoutSenders(
  { domain, ips = [], selectors = [], helo }: Pick<DomainRequest, 'domain' | 'ips' | 'selectors' | 'helo'>,
  facts: DomainFacts,
  evaluated: Evaluated,
): Evaluated {
  if (ips.length > 0 || selectors.length > 0 || helo !== undefined || !sendsNothing(facts)) return evaluated;
  const { mx, dmarc } = facts;
  const nullMx = mx?.result === 'null';
  const rejects = dmarc?.policy === 'reject';
  // A record that got no answer may exist.
  const missing = [
    ...(nullMx ? [] : ['null-mx']),
    ...(rejects || dmarc === undefined || dmarc.discovery.status === 'unknown' ? [] : ['dmarc']),
  ];
  const parked = nullMx && rejects;
  const left = [...OF_SENDERS, ...(parked ? OF_PARKED : []), ...(missing.includes('dmarc') ? OF_DMARC : [])];
  const kept = evaluated.findings.filter(({ id }) => !left.includes(id));
  const alone = missing.length === 1 && mx?.result === 'none';
  const notice = parked
    ? [finding('check.parked', { domain })]
    : missing.length > 0
      ? [finding('check.parked-partly', { domain, missing, mx: alone ? '0 .' : '' })]
      : [];
  return {
    findings: [...kept, ...notice],
    parts: evaluated.parts.filter(({ part }) => !PARTS_OF_SENDERS.has(part)),
  };
}

/** SPF fails every address, there is no DKIM key, and no mail server. */
function sendsNothing({ spf, mx, dkim }: DomainFacts): boolean {
  if (spf?.inspection.status !== 'found' || mx === undefined) return false;
  if (mx.result !== 'null' && mx.result !== 'none' && mx.result !== 'implicit') return false;
  // A mail server in TXT means that the domain is intended to have mail.
  if (mx.inTxt.length > 0) return false;
  if (dkim?.keys.some(({ status }) => status !== 'revoked') === true) return false;
  const { terms, problems } = parseSpfRecord(spf.inspection.texts[0] ?? '');
  return (
    problems.length === 0 &&
    terms.some((term) => term.kind === 'mechanism' && term.name === 'all') &&
    terms.every((term) => (term.kind === 'mechanism' ? term.qualifier === '-' : term.kind === 'modifier'))
  );
}
