// BIMI: the logo that mailboxes show next to a mail (draft-brand-indicators-for-message-identification section 4).
import { recordsAt } from '../dns/record-at.ts';
import type { Resolver } from '../dns/types.ts';
import { parseTags } from '../text/tags.ts';

export interface BimiRecord {
  /** 'declined': the domain declares that it does not participate. */
  status: 'valid' | 'declined' | 'invalid';
  /** The SVG file; '' where there is none. */
  location: string;
  /** The mark certificate; '' where there is none: most mailboxes then show no logo. */
  authority: string;
  problem: 'version' | 'syntax' | 'missing-location' | 'not-https' | null;
}

export interface BimiOutcome {
  result: 'none' | 'valid' | 'declined' | 'invalid' | 'unknown';
  domain: string;
  /** The domain with the record: the domain itself or its organizational domain; absent where there is none. */
  recordDomain?: string;
  record?: BimiRecord & { text: string };
  /** What is wrong, by stable ids. */
  problems: { id: 'bad-domain' | 'several-records' | 'bad-record' | 'no-answer'; detail: string }[];
  /** Queries without an answer. */
  unknown: { name: string; detail: string }[];
  /** Seconds; 0 where there is no answer. */
  ttl: number;
}

function isBimiRecord(text: string): boolean {
  return /^v[ \t]*=[ \t]*BIMI1[ \t]*(?:;|$)/.test(text);
}

/** Meant as a record of this version. */
function looksLikeBimi(text: string): boolean {
  return /^["'\s]*v\s*=\s*bimi\s*1?(?!\d)/i.test(text);
}

/** Reads a record; never throws. */
export function parseBimi(text: string): BimiRecord {
  const list = parseTags(text.replace(/[ \t\r\n]{2,}/g, ' '));
  const location = (list.values.get('l') ?? '').slice(0, 500);
  const authority = (list.values.get('a') ?? '').slice(0, 500);
  const as = (status: BimiRecord['status'], problem: BimiRecord['problem']) => ({
    status,
    location,
    authority,
    problem,
  });
  if (!isBimiRecord(text)) return as('invalid', 'version');
  if (list.problems.length > 0) return as('invalid', 'syntax');
  if (!list.values.has('l')) return as('invalid', 'missing-location');
  if (location === '' && authority === '') return as('declined', null);
  if (location === '') return as('invalid', 'missing-location');
  // The file may have any name.
  if (!/^https:\/\/[^\s/]+/i.test(location) || (authority !== '' && !/^https:\/\/[^\s/]+/i.test(authority))) {
    return as('invalid', 'not-https');
  }
  return as('valid', null);
}

/**
 * Looks up the record at `default._bimi.` of the domain, or else of its organizational domain; never throws. One query, or
 * two. Without `organizationalDomain` only the domain itself is queried.
 */
export async function checkBimi(
  domain: string,
  resolver: Resolver,
  organizationalDomain?: string | null,
): Promise<BimiOutcome> {
  const own = await recordOf(domain, resolver);
  if (own.result !== 'none' || own.problems.length > 0) return own;
  if (organizationalDomain == null || organizationalDomain === own.domain) return own;
  const above = await recordOf(organizationalDomain, resolver);
  return { ...above, domain: own.domain, ttl: Math.min(own.ttl, above.ttl) };
}

async function recordOf(domain: string, resolver: Resolver): Promise<BimiOutcome> {
  const { status, texts, ...lookup } = await recordsAt('default._bimi', domain, resolver);
  const outcome: BimiOutcome = { result: status === 'unknown' ? 'unknown' : 'none', ...lookup };
  const records = texts.filter(isBimiRecord);
  const meant = records.length > 0 ? records : texts.filter(looksLikeBimi);
  const [first] = meant;
  if (first === undefined) return outcome;
  outcome.recordDomain = outcome.domain;
  outcome.record = { ...parseBimi(first), text: first.slice(0, 200) };
  if (records.length > 1) outcome.problems.push({ id: 'several-records', detail: String(records.length) });
  if (outcome.record.problem !== null) outcome.problems.push({ id: 'bad-record', detail: outcome.record.problem });
  outcome.result = records.length > 1 ? 'invalid' : outcome.record.status;
  return outcome;
}
