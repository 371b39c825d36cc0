// BIMI: the logo that mailboxes show beside a mail (draft-brand-indicators-for-message-identification section 4).
import { recordsAt } from '../dns/record-at.ts';
import type { Resolver } from '../dns/types.ts';
import { parseTags } from '../text/tags.ts';

export interface BimiRecord {
  /** 'declined': the domain says that it takes no part. */
  status: 'valid' | 'declined' | 'invalid';
  /** The SVG file; '' where there is none. */
  location: string;
  /** The mark certificate; '' where there is none, and most mailboxes then show nothing. */
  authority: string;
  problem: 'version' | 'syntax' | 'missing-location' | 'not-https' | null;
}

export interface BimiOutcome {
  result: 'none' | 'valid' | 'declined' | 'invalid' | 'unknown';
  domain: string;
  /** Whose record it is: the domain's own, or the organizational domain's; absent where there is none. */
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

/** Meant as a record of this version. One of another is for others to read. */
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
  // What the file is, its content says; the name may be any.
  if (!/^https:\/\/[^\s/]+/i.test(location) || (authority !== '' && !/^https:\/\/[^\s/]+/i.test(authority))) {
    return as('invalid', 'not-https');
  }
  return as('valid', null);
}

/**
 * Looks up the record at `default._bimi.` of the domain, or else of its organizational domain; never throws. One question,
 * or two. Without `organizationalDomain` only the domain itself is asked for.
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
  if (meant.length === 0) return outcome;
  outcome.recordDomain = outcome.domain;
  outcome.record = { ...parseBimi(meant[0]!), text: meant[0]!.slice(0, 200) };
  if (records.length > 1) outcome.problems.push({ id: 'several-records', detail: String(records.length) });
  if (outcome.record.problem !== null) outcome.problems.push({ id: 'bad-record', detail: outcome.record.problem });
  outcome.result = records.length > 1 ? 'invalid' : outcome.record.status;
  return outcome;
}
