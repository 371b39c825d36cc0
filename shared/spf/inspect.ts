// The whole of a domain's SPF, for no address in particular: every record it pulls in, and what the worst evaluation costs (RFC 7208 section 4.6.4).
import type { Resolver } from '../dns/types.ts';
import { looksLikeSpf } from './correct.ts';
import { MAX_LOOKUPS, MAX_VOID_LOOKUPS } from './evaluation.ts';
import { staticText } from './macro.ts';
import { askableName, readRecord } from './record.ts';
import type { Mechanism, Modifier, SpfRecord } from './types.ts';

/** Records fetched at most: an honest tree has ten, a hostile one no end. */
export const MAX_RECORDS = 30;
/** `a`, `mx` and `exists` terms whose names are looked up, to know whether they find nothing. */
const MAX_ADDRESS_QUERIES = 12;

export interface InspectedTerm {
  text: string;
  /** Offset in its record. */
  at: number;
  name: string;
  /** The name it asks about; absent where it asks nothing or a macro decides. */
  target?: string;
  /** Lookups that it costs at most, with everything it pulls in. */
  lookups: number;
  /** Its own question finds nothing; null where that is not known. */
  void: boolean | null;
  record?: InspectedRecord;
}

export interface InspectedRecord {
  domain: string;
  /** 'loop': it stands above itself; 'not-asked': beyond the limit of records. */
  status: 'record' | 'invalid' | 'none' | 'several' | 'unknown' | 'loop' | 'not-asked';
  /** The record; null where there is no single one. */
  text: string | null;
  /** The strings of the TXT record, as many as were published. */
  strings: number;
  terms: InspectedTerm[];
  lookups: number;
  voidLookups: number;
  detail?: string;
}

export interface SpfInspection {
  domain: string;
  status: 'found' | 'invalid' | 'none' | 'several' | 'unknown';
  /** The SPF records at the name; with status 'none' those that were meant as one. */
  texts: string[];
  /** The record as it was read, where there is a single one. */
  parsed?: SpfRecord;
  /** Lengths of its strings, in octets. */
  stringLengths: number[];
  root: InspectedRecord;
  worstCase: { lookups: number; voidLookups: number; lookupLimit: number; voidLimit: number };
  /** The term of the domain's own record with which the worst case goes over the limit. */
  limitTerm?: { term: string; at: number; kind: 'lookups' | 'voids' };
  /** Includes and redirects that have no single valid record, so that whoever reaches them gets a permerror. */
  broken: { domain: string; term: string; status: InspectedRecord['status']; target: string }[];
  /** Every name that a term asks about, for knowing the providers. */
  targets: string[];
  /** An SPF record at a name where nobody looks; only looked for where the domain has none. */
  misplaced?: { name: string; text: string };
  /** Something got no answer, so that counts may be too low. */
  unknown: boolean;
  /** Seconds: the smallest of the answers; 0 where one is missing. */
  ttl: number;
}

interface Walk {
  resolver: Resolver;
  records: number;
  addressQueries: number;
  ttl: number;
  unknown: boolean;
  targets: Set<string>;
  broken: SpfInspection['broken'];
}

/** Inspects a domain's SPF; never throws. Fetches at most `MAX_RECORDS` records, all of one depth at the same time. */
export async function inspectSpf(domain: string, resolver: Resolver): Promise<SpfInspection> {
  const name = askableName(domain) ?? domain;
  const walk: Walk = {
    resolver,
    records: 0,
    addressQueries: 0,
    ttl: Infinity,
    unknown: false,
    targets: new Set(),
    broken: [],
  };
  const answer = await resolver.query(name, 'TXT');
  const fetched = readRecord(answer);
  const all = answer.kind === 'ok' ? answer.records.map((strings) => strings.join('')) : [];
  const root = await inspectRecord(walk, name, []);
  const status =
    root.status === 'record'
      ? 'found'
      : root.status === 'invalid' || root.status === 'several' || root.status === 'none'
        ? root.status
        : 'unknown';
  const limitTerm = root.terms.length > 0 ? overLimit(root) : undefined;
  const misplaced = status === 'none' ? await findMisplaced(walk, name) : undefined;
  return {
    domain: name,
    status,
    texts:
      fetched.kind === 'several' ? [...fetched.texts] : root.text !== null ? [root.text] : all.filter(looksLikeSpf),
    ...(fetched.kind === 'record' ? { parsed: fetched.record } : {}),
    stringLengths: fetched.kind === 'record' ? fetched.strings.map((part) => part.length) : [],
    root,
    worstCase: {
      lookups: root.lookups,
      voidLookups: root.voidLookups,
      lookupLimit: MAX_LOOKUPS,
      voidLimit: MAX_VOID_LOOKUPS,
    },
    ...(limitTerm === undefined ? {} : { limitTerm }),
    broken: walk.broken,
    targets: [...walk.targets],
    ...(misplaced === undefined ? {} : { misplaced }),
    unknown: walk.unknown,
    ttl: walk.unknown || walk.ttl === Infinity ? 0 : walk.ttl,
  };
}

async function inspectRecord(walk: Walk, domain: string, above: readonly string[]): Promise<InspectedRecord> {
  const empty = (status: InspectedRecord['status'], more: Partial<InspectedRecord> = {}): InspectedRecord => ({
    domain,
    status,
    text: null,
    strings: 0,
    terms: [],
    lookups: 0,
    voidLookups: 0,
    ...more,
  });
  if (above.includes(domain)) return empty('loop');
  if (walk.records >= MAX_RECORDS) {
    walk.unknown = true;
    return empty('not-asked');
  }
  walk.records++;
  const fetched = readRecord(await walk.resolver.query(domain, 'TXT'));
  if (fetched.kind === 'error') {
    if (fetched.reason === 'badname') return empty('none');
    walk.unknown = true;
    return empty('unknown', { detail: `${fetched.reason}: ${fetched.detail}` });
  }
  walk.ttl = Math.min(walk.ttl, fetched.ttl);
  if (fetched.kind !== 'record') return empty(fetched.kind);
  const { record, strings } = fetched;
  if (record.problems.length > 0) return empty('invalid', { text: record.text, strings: strings.length });
  const terms = await Promise.all(reachable(record).map((term) => inspectTerm(walk, domain, term, [...above, domain])));
  const sum = (of: (term: InspectedTerm) => number) => terms.reduce((total, term) => total + of(term), 0);
  return {
    domain,
    status: 'record',
    text: record.text,
    strings: strings.length,
    terms,
    lookups: sum((term) => term.lookups),
    voidLookups: sum((term) => (term.void === true ? 1 : 0) + (term.record?.voidLookups ?? 0)),
  };
}

/** The terms that an evaluation can come to: none behind `all`, and redirect only without it (RFC 7208 sections 5.1 and 6.1). */
function reachable(record: SpfRecord): (Mechanism | Modifier)[] {
  const terms: (Mechanism | Modifier)[] = [];
  for (const term of record.terms) {
    if (term.kind !== 'mechanism') continue;
    terms.push(term);
    if (term.name === 'all') return terms;
  }
  const redirect = record.terms.find((term) => term.kind === 'modifier' && term.name === 'redirect');
  return redirect === undefined ? terms : [...terms, redirect as Modifier];
}

async function inspectTerm(
  walk: Walk,
  domain: string,
  term: Mechanism | Modifier,
  above: readonly string[],
): Promise<InspectedTerm> {
  const { text, at, name } = term;
  const plain = { text, at, name, void: null };
  if (name === 'all' || name === 'ip4' || name === 'ip6') return { ...plain, lookups: 0 };
  const spec = term.kind === 'modifier' ? term.value : term.domain;
  const written = spec === undefined ? domain : staticText(spec);
  const target = written === undefined ? undefined : askableName(written);
  if (target === undefined) return { ...plain, lookups: 1 };
  walk.targets.add(target);
  if (name === 'include' || name === 'redirect') {
    const record = await inspectRecord(walk, target, above);
    const fatal =
      record.status === 'none' ||
      record.status === 'several' ||
      record.status === 'invalid' ||
      record.status === 'loop';
    if (fatal) walk.broken.push({ domain, term: text, status: record.status, target });
    return { ...plain, target, lookups: 1 + record.lookups, record };
  }
  return { ...plain, target, lookups: 1, void: await findsNothing(walk, name, target) };
}

async function findsNothing(walk: Walk, name: string, target: string): Promise<boolean | null> {
  if (name === 'ptr' || walk.addressQueries >= MAX_ADDRESS_QUERIES) return null;
  walk.addressQueries++;
  const answer = await walk.resolver.query(target, name === 'mx' ? 'MX' : 'A');
  if (answer.kind === 'error') {
    if (answer.reason !== 'badname') walk.unknown = true;
    return answer.reason === 'badname' ? true : null;
  }
  walk.ttl = Math.min(walk.ttl, answer.ttl);
  return answer.kind !== 'ok';
}

function overLimit(root: InspectedRecord): SpfInspection['limitTerm'] {
  let lookups = 0;
  let voids = 0;
  for (const term of root.terms) {
    lookups += term.lookups;
    voids += (term.void === true ? 1 : 0) + (term.record?.voidLookups ?? 0);
    if (lookups > MAX_LOOKUPS) return { term: term.text, at: term.at, kind: 'lookups' };
    if (voids > MAX_VOID_LOOKUPS) return { term: term.text, at: term.at, kind: 'voids' };
  }
  return undefined;
}

/** Panels ask for a host name, and people answer "spf", or the whole domain where only "@" was meant. */
async function findMisplaced(walk: Walk, domain: string): Promise<SpfInspection['misplaced']> {
  const names = [`spf.${domain}`, `_spf.${domain}`, `${domain}.${domain}`].filter(
    (name) => askableName(name) !== undefined,
  );
  const answers = await Promise.all(names.map((name) => walk.resolver.query(name, 'TXT')));
  for (const [index, answer] of answers.entries()) {
    const text =
      answer.kind === 'ok' ? answer.records.map((strings) => strings.join('')).find(looksLikeSpf) : undefined;
    if (text !== undefined) return { name: names[index]!, text };
  }
  return undefined;
}
