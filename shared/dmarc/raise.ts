// The record of a domain with the next policy in it: everything else stays as its owner wrote it.
import { parseDmarc } from './parse.ts';
import type { DmarcPolicy, DmarcRecord } from './types.ts';

export function nextPolicyOf(policy: DmarcPolicy): Exclude<DmarcPolicy, 'none'> | null {
  return policy === 'none' ? 'quarantine' : policy === 'quarantine' ? 'reject' : null;
}

/** What a domain asks for next; null where it asks for everything. */
export function nextPolicy({ policy = 'none', testing, percentage }: DmarcRecord): Exclude<DmarcPolicy, 'none'> | null {
  // What is still tried out (RFC 9989 section 4.7, tag "t"; RFC 7489 section 6.3, "pct") comes into force first.
  return policy !== 'none' && (testing || percentage < 100) ? policy : nextPolicyOf(policy);
}

/**
 * The record asking for `policy`, for all mail; '' where none can be made that differs in nothing else. A policy for
 * subdomains of their own (`sp`, `np`) stays as it is.
 */
export function raisedRecord(text: string, policy: DmarcPolicy): string {
  const before = parseDmarc(text);
  if (!before.valid) return '';
  const tags = text
    .split(';')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '' && !/^(?:t|pct)\s*=/i.test(tag));
  const at = tags.findIndex((tag) => /^p\s*=/i.test(tag));
  if (at > 0) tags[at] = `p=${policy}`;
  else tags.splice(1, 0, `p=${policy}`);
  const raised = tags.join('; ');
  const after = parseDmarc(raised);
  const uris = ({ aggregateReports, failureReports }: DmarcRecord) =>
    JSON.stringify([aggregateReports, failureReports].map((list) => list.map(({ uri }) => uri)));
  const same = uris(before) === uris(after) && before.subdomainPolicy === after.subdomainPolicy;
  return after.valid && after.policy === policy && !after.testing && after.percentage === 100 && same ? raised : '';
}
