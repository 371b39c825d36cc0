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
  problem: 'version' | 'syntax' | 'missing-location' | 'not-https' | 'not-svg' | null;
}

export interface BimiOutcome {
  result: 'none' | 'valid' | 'declined' | 'invalid' | 'unknown';
  domain: string;
  record?: BimiRecord & { text: string };
  problems: { id: 'bad-domain' | 'several-records' | 'bad-record' | 'no-answer'; detail: string }[];
  unknown: { name: string; detail: string }[];
  /** Seconds; 0 where there is no answer. */
  ttl: number;
}

function isBimiRecord(text: string): boolean {
  return /^v[ \t]*=[ \t]*BIMI1[ \t]*(?:;|$)/.test(text);
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
  if (!/^https:\/\/[^\s/]+/i.test(location) || (authority !== '' && !/^https:\/\/[^\s/]+/i.test(authority))) {
    return as('invalid', 'not-https');
  }
  if (!/\.svgz?(?:[?#]|$)/i.test(location)) return as('invalid', 'not-svg');
  return as('valid', null);
}

/** Looks up the record at `default._bimi.`; never throws. One question. */
export async function checkBimi(domain: string, resolver: Resolver): Promise<BimiOutcome> {
  const { status, texts, ...lookup } = await recordsAt('default._bimi', domain, resolver);
  const outcome: BimiOutcome = { result: status === 'unknown' ? 'unknown' : 'none', ...lookup };
  const meant = texts.filter((text) => /^\s*v\s*=\s*bimi/i.test(text));
  if (meant.length === 0) return outcome;
  outcome.record = { ...parseBimi(meant[0]!), text: meant[0]!.slice(0, 200) };
  if (meant.length > 1) outcome.problems.push({ id: 'several-records', detail: String(meant.length) });
  if (outcome.record.problem !== null) outcome.problems.push({ id: 'bad-record', detail: outcome.record.problem });
  outcome.result = meant.length > 1 ? 'invalid' : outcome.record.status;
  return outcome;
}
