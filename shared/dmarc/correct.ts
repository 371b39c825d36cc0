// The record that a domain should publish instead of a faulty one (RFC 9989 section 4.7). It requests no stronger policy than
// before from receivers of RFC 9989 and of RFC 7489, and keeps every address and every tag that was meant.
import { type Enforcement, enforcementOf, noStronger } from './enforcement.ts';
import { type Intent, readIntent } from './intent.ts';
import { isDmarcRecord, parseDmarc } from './parse.ts';
import type { DmarcPolicy, DmarcRecord } from './types.ts';

export interface Correction {
  /** '' where there is no certain correction. */
  record: string;
  /** Parts that can be read in more than one way; empty where there is a record. */
  unclear: string[];
  /** Policies that were written but are not in force, so that the record omits them: "p=reject". */
  dropped: string[];
}

/** The default address for reports: one of the domain itself, which needs no consent. */
export function reportAddress(domain: string): string {
  return `mailto:dmarc@${domain}`;
}

/** A first record: no mail is rejected. With an address, reports list the servers that send in the domain's name. */
export function firstRecord(address?: string): string {
  return address === undefined ? 'v=DMARC1; p=none' : `v=DMARC1; p=none; rua=${address}`;
}

/**
 * One correct record for the texts at one name. Its policy is not stronger than `inForce`, which receivers apply today;
 * `address` is where reports go if the texts have no address.
 */
export function correction(texts: readonly string[], inForce: Enforcement, address?: string): Correction {
  const intent = readIntent(texts);
  const none: Correction = { record: '', unclear: intent.unclear, dropped: [] };
  if (intent.unclear.length > 0) return none;
  const mildest = { p: 'none' } as const;
  const written = { ...intent.policies, p: intent.policies.p ?? 'none' };
  const options: [policies: Intent['policies'], testing: boolean][] = [
    [written, false],
    [written, true],
    [mildest, false],
  ];
  for (const [policies, testing] of options) {
    const record = recordOf(intent, policies, testing, address);
    const parsed = parseDmarc(record);
    if (!isSound(parsed, texts) || !noStronger(enforcementOf(parsed), inForce)) continue;
    return { record, unclear: [], dropped: droppedOf(intent, policies) };
  }
  return none;
}

/** The policies that were written and are not in the record; "none" is the default. */
function droppedOf({ written }: Intent, policies: Intent['policies']): string[] {
  const kept = Object.entries(policies).map(([tag, policy]) => `${tag}=${policy}`);
  return [...new Set(written)].filter((one) => {
    const plain = one.replace(/\s/g, '').toLowerCase();
    return !kept.includes(plain) && !/^n?s?p=none$/.test(plain);
  });
}

/** Whether the correction is without a fault, and has every address that receivers used. */
function isSound(parsed: DmarcRecord, texts: readonly string[]): boolean {
  const faults = parsed.problems.filter(({ id }) => id !== 'report-scheme');
  const before = texts.filter(isDmarcRecord).map(parseDmarc);
  // Receivers use no other scheme.
  const lost = (tag: 'aggregateReports' | 'failureReports') =>
    before.some((record) =>
      record[tag].some(
        ({ uri, scheme }) => /^(?:mailto|https?)$/.test(scheme) && !parsed[tag].some((kept) => sameUri(kept.uri, uri)),
      ),
    );
  return parsed.valid && faults.length === 0 && !lost('aggregateReports') && !lost('failureReports');
}

/** A scheme may be written in capitals (RFC 3986 section 3.1). */
function sameUri(a: string, b: string): boolean {
  const plain = (uri: string) => uri.replace(/^[^:]*/, (scheme) => scheme.toLowerCase());
  return plain(a) === plain(b);
}

function recordOf(intent: Intent, { p = 'none', sp, np }: Intent['policies'], testing: boolean, address?: string) {
  const enforces = (policy: DmarcPolicy | undefined) => policy !== undefined && policy !== 'none';
  const { percentage = 100 } = intent;
  // RFC 9989 appendix A.6 replaced "pct" by "t"; receivers of RFC 7489 know only "pct".
  const sampled = percentage < 100 && (enforces(p) || enforces(sp));
  const tested = testing || intent.testing === true || (sampled && intent.testing !== false);
  const tags: [string, string][] = [['p', p]];
  if (sp !== undefined) tags.push(['sp', sp]);
  if (np !== undefined) tags.push(['np', np]);
  if (intent.publicSuffix !== undefined) tags.push(['psd', intent.publicSuffix]);
  if (tested) tags.push(['t', 'y']);
  else if (sampled) tags.push(['t', 'n']);
  if (sampled) tags.push(['pct', String(percentage)]);
  if (intent.adkim === 'strict') tags.push(['adkim', 's']);
  if (intent.aspf === 'strict') tags.push(['aspf', 's']);
  const aggregate = intent.rua.some(isMailto) || address === undefined ? intent.rua : [...intent.rua, address];
  if (aggregate.length > 0) tags.push(['rua', aggregate.join(',')]);
  if (intent.ruf.length > 0) tags.push(['ruf', intent.ruf.join(',')]);
  const options = failureOptions(intent.failureOptions);
  if (options !== '0' && options !== '') tags.push(['fo', options]);
  return `v=DMARC1; ${tags.map(([name, value]) => `${name}=${value}`).join('; ')}`;
}

function isMailto(uri: string): boolean {
  return /^mailto:/i.test(uri);
}

/** RFC 9989 section 4.8: "0" or "1", and each of "d" and "s" once. "1" includes "0". */
function failureOptions(written: readonly string[]): string {
  const base = written.includes('1') ? '1' : '0';
  return ['0', '1', 'd', 's'].filter((one) => written.includes(one) && (!/[01]/.test(one) || one === base)).join(':');
}
