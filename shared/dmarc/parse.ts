// The text of a DMARC record to its values (RFC 9989 sections 4.7 and 4.8).
import { parseTags } from '../text/tags.ts';
import { POLICIES } from './enforcement.ts';
import { parseReportUris } from './report-uri.ts';
import type { AlignmentMode, DmarcPolicy, DmarcProblem, DmarcProblemId, DmarcRecord } from './types.ts';

// dmarc-version = "v" *WSP "=" *WSP %s"DMARC1", the first tag. Blanks before it are not allowed, but every receiver accepts them.
const VERSION = /^[ \t\r\n]*v[ \t]*=[ \t]*DMARC1[ \t\r\n]*(?:;|$)/;
const VERSION_IN_CAPITALS = /^[ \t\r\n]*V[ \t]*=[ \t]*DMARC1[ \t\r\n]*(?:;|$)/;
/** Meant as a DMARC record, valid or not. */
const MEANT = /(?:^|[;\s"'“”\x80-\xbf])v\s*=\s*["']?d\s*mar\s*c/i;

/** The tags of RFC 9989 section 4.7. */
const KNOWN = new Set(['v', 'p', 'sp', 'np', 'adkim', 'aspf', 'fo', 'rua', 'ruf', 't', 'psd']);
/** Removed by RFC 9989 (appendix C); its receivers ignore them, those of RFC 7489 do not. */
const REMOVED = new Set(['pct', 'rf', 'ri']);
/** Problems of one kind that are reported, and unknown tags: a record of 64 KB could have thousands, and reports are stored. */
const MAX_OF_A_KIND = 8;

/** Receivers read the text as a DMARC record of this version: the first tag is "v=DMARC1" (RFC 9989 section 4.10). */
export function isDmarcRecord(text: string): boolean {
  return VERSION.test(text) || VERSION_IN_CAPITALS.test(text);
}

/** The text was meant as a DMARC record, whether or not receivers read it as one. */
export function looksLikeDmarc(text: string): boolean {
  return isDmarcRecord(text) || MEANT.test(text);
}

/**
 * Reads one record: the character-strings of a TXT record joined without blanks.
 * Never throws; `valid` is false where receivers discard it, and `problems` has the reasons.
 * Tags with syntax errors after the version have their defaults (RFC 9989 section 4.7).
 */
export function parseDmarc(text: string): DmarcRecord {
  const problems: DmarcProblem[] = [];
  const add = (id: DmarcProblemId, tag: string, detail: string) => problems.push({ id, tag, detail });
  // Runs of blanks mean the same as one, and trimming them in 64 KB of text takes seconds.
  const list = parseTags(text.replace(/[ \t\r\n]{2,}/g, ' '));
  const given = new Set(list.tags.map(({ name }) => name.toLowerCase()));

  let valid = isDmarcRecord(text);
  if (!valid) add(...versionProblem(text));
  else if (/^[ \t\r\n]/.test(text)) add('leading-octets', 'v', text.slice(0, 12));

  // Tag names are case-sensitive in tag lists (RFC 6376 section 3.2), while the ABNF of RFC 9989 has them as plain strings,
  // which are not (RFC 5234 section 2.3). Receivers accept both.
  const values = new Map<string, string>();
  const removed: string[] = [];
  const unknown: string[] = [];
  const take = (written: string, value: string) => {
    const name = written.toLowerCase();
    if (KNOWN.has(name)) {
      if (name !== written) add('tag-case', name, written);
      if (values.has(name)) duplicate(name);
      else values.set(name, value);
    } else if (REMOVED.has(name)) {
      removed.push(`${name}=${value}`);
      // Receivers of RFC 7489 apply "pct", so it is correct next to "t" for the others.
      if (name !== 'pct' || !given.has('t')) add('removed-tag', name, value);
    } else {
      if (unknown.length < MAX_OF_A_KIND) unknown.push(written);
      add('unknown-tag', written, value);
    }
  };
  const duplicate = (name: string) => {
    // RFC 6376 section 3.2: a duplicate tag makes the entire list invalid.
    valid = false;
    add('duplicate-tag', name, name);
  };
  for (const { name, value } of list.tags) take(name, value);
  for (const { kind, tag, at } of list.problems) {
    const before = list.tags.findLast((one) => one.at < at)?.name.toLowerCase();
    if (kind === 'duplicate') duplicate(tag.toLowerCase());
    // A semicolon instead of a comma ends the list of addresses.
    else if ((before === 'rua' || before === 'ruf') && /@|:\/\//.test(tag)) add('bad-report-uri', before, tag);
    else if (kind !== 'bad-value') add('tag-syntax', tag.slice(0, 40), kind);
  }

  const word = (tag: string) => values.get(tag)?.toLowerCase();
  const policyOf = (tag: 'p' | 'sp' | 'np'): DmarcPolicy | undefined => {
    const value = word(tag);
    const policy = POLICIES.find((one) => one === value);
    if (value !== undefined && policy === undefined) add('bad-policy', tag, values.get(tag) ?? '');
    return policy;
  };
  const choice = <T extends string>(tag: string, allowed: readonly T[], standard: T): T => {
    const value = word(tag);
    const chosen = allowed.find((one) => one === value);
    if (value !== undefined && chosen === undefined) add('bad-value', tag, values.get(tag) ?? '');
    return chosen ?? standard;
  };
  const mode = (tag: string): AlignmentMode => (choice(tag, ['r', 's'], 'r') === 's' ? 'strict' : 'relaxed');

  const policy = policyOf('p');
  const subdomainPolicy = policyOf('sp');
  const nonExistentPolicy = policyOf('np');
  if (valid && !values.has('p')) add('missing-policy', 'p', '');
  const second = list.tags[1]?.name;
  if (valid && values.has('p') && second !== undefined && second.toLowerCase() !== 'p')
    add('policy-order', 'p', second);

  const aggregate = parseReportUris(values.get('rua') ?? '', 'rua');
  const failure = parseReportUris(values.get('ruf') ?? '', 'ruf');
  if (values.has('rua')) problems.push(...aggregate.problems);
  if (values.has('ruf')) problems.push(...failure.problems);

  const failureOptions = (word('fo') ?? '0').split(':').map((option) => option.trim());
  if (!areFailureOptions(failureOptions)) add('bad-value', 'fo', values.get('fo') ?? '');

  const policiesHold =
    policy !== undefined &&
    (!values.has('sp') || subdomainPolicy !== undefined) &&
    (!values.has('np') || nonExistentPolicy !== undefined);

  return {
    text,
    valid,
    ...(policy === undefined ? {} : { policy }),
    ...(subdomainPolicy === undefined ? {} : { subdomainPolicy }),
    ...(nonExistentPolicy === undefined ? {} : { nonExistentPolicy }),
    applied: valid ? appliedPolicies() : null,
    publicSuffix: choice('psd', ['y', 'n', 'u'], 'u'),
    testing: choice('t', ['y', 'n'], 'n') === 'y',
    alignment: { spf: mode('aspf'), dkim: mode('adkim') },
    aggregateReports: aggregate.uris,
    failureReports: failure.uris,
    failureOptions: [...new Set(failureOptions.filter((option) => ['0', '1', 'd', 's'].includes(option)))],
    removed,
    percentage: percentageOf(removed),
    unknown,
    problems: firstOfEachKind(problems),
  };

  // RFC 9989 section 4.10.1: without a valid "p", or with an invalid "sp" or "np", the record counts as "p=none" where "rua"
  // has a valid address, and has no effect otherwise.
  function appliedPolicies(): DmarcRecord['applied'] {
    if (policiesHold) {
      const subdomains = subdomainPolicy ?? policy;
      return { domain: policy, subdomains, nonExistent: nonExistentPolicy ?? subdomains };
    }
    if (aggregate.uris.length === 0) return null;
    return { domain: 'none', subdomains: 'none', nonExistent: 'none' };
  }
}

/** RFC 9989 section 4.8: each of "d" and "s" once, and either "0" or "1". */
function areFailureOptions(options: readonly string[]): boolean {
  const known = options.every((option) => /^[01ds]$/.test(option));
  return known && new Set(options).size === options.length && !(options.includes('0') && options.includes('1'));
}

/** RFC 7489 section 6.3: 100 where the tag is absent or invalid. */
function percentageOf(removed: readonly string[]): number {
  const written = /^pct=(\d{1,3})$/.exec(removed.find((one) => one.startsWith('pct=')) ?? '')?.[1];
  const percentage = Number(written ?? 100);
  return percentage <= 100 ? percentage : 100;
}

function firstOfEachKind(problems: readonly DmarcProblem[]): DmarcProblem[] {
  const counts = new Map<DmarcProblemId, number>();
  return problems.filter(({ id }) => {
    const count = (counts.get(id) ?? 0) + 1;
    counts.set(id, count);
    return count <= MAX_OF_A_KIND;
  });
}

function versionProblem(text: string): [DmarcProblemId, string, string] {
  const shown = text.slice(0, 40);
  const value = /(?:^|;)\s*v\s*=\s*([^;]*)/i.exec(text)?.[1]?.trim() ?? '';
  if (value === 'DMARC1') return ['version-not-first', 'v', shown];
  if (value.toUpperCase() === 'DMARC1') return ['version-case', 'v', value];
  return ['not-dmarc', 'v', shown];
}
