// The whole of a domain's SPF, for no address in particular: every record it pulls in, and what the worst evaluation costs (RFC 7208 section 4.6.4).
import type { Answer, RecordData, RecordType, Resolver } from '../dns/types.ts';
import { looksLikeSpf } from './correct.ts';
import { MAX_LISTED_TERMS, MAX_LOOKUPS, MAX_VOID_LOOKUPS } from './evaluation.ts';
import { staticText, usesLetter } from './macro.ts';
import { askableName, readRecord } from './record.ts';
import type { Mechanism, Modifier, SpfRecord } from './types.ts';

/** Records fetched at most: an honest tree has ten, a hostile one no end. */
export const MAX_RECORDS = 30;
/** `a`, `mx` and `exists` terms whose names are looked up, to know whether they find nothing. */
const MAX_ADDRESS_QUERIES = 12;
/** Terms that ask DNS, kept of each record whatever else is left out: beyond the limit of lookups they say nothing new. */
const KEPT_LOOKUPS = 2 * MAX_LOOKUPS;
/** Broken includes and names told: enough for mending, however many a hostile record holds. */
const MAX_TOLD = 50;

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
  /** Terms that are counted but not listed, since a hostile record could have any number of them. */
  omitted: number;
  lookups: number;
  voidLookups: number;
  detail?: string;
}

/** The term that is one too many, and the term of the domain's own record that leads to it. */
export interface LimitBreak {
  domain: string;
  term: string;
  at: number;
  via: string;
}

export interface SpfInspection {
  domain: string;
  status: 'found' | 'invalid' | 'none' | 'several' | 'unknown';
  /** The SPF records at the name; with status 'none' those that were meant as one. */
  texts: string[];
  /** Lengths of its strings, in octets. */
  stringLengths: number[];
  root: InspectedRecord;
  worstCase: { lookups: number; voidLookups: number; lookupLimit: number; voidLimit: number };
  /** The terms with which the worst case goes over the limits. */
  exceeded: { lookups?: LimitBreak; voids?: LimitBreak };
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
  query: Resolver['query'];
  records: number;
  addressQueries: number;
  listed: number;
  ttl: number;
  unknown: boolean;
  /** By name, with the place of the first term that asks about it. */
  targets: Map<string, Place>;
  broken: { place: Place; told: SpfInspection['broken'][number] }[];
}

/**
 * Where a term stands in the tree: the numbers of the terms that lead to it, so that the order of the text is that of the
 * tree. Answers come in any order, and a report must not differ by that.
 */
type Place = string;
/** Digits of a term's number: a record has no more than 65,535 octets. */
const PLACE_DIGITS = 5;

/** Each question once, whatever asks it. */
function onceEach(resolver: Resolver): Resolver['query'] {
  const answers = new Map<string, Promise<Answer<unknown>>>();
  return <T extends RecordType>(name: string, type: T) => {
    const key = `${type} ${name}`;
    const answer = answers.get(key) ?? resolver.query(name, type);
    answers.set(key, answer);
    return answer as Promise<Answer<RecordData[T]>>;
  };
}

/**
 * Inspects a domain's SPF for no address in particular. Never throws; fetches at most `MAX_RECORDS` records, all of one
 * depth at the same time, and looks up at most 12 of the names in them.
 * @returns the tree of records, what the worst evaluation costs, which term goes over a limit, what is broken; TTL in seconds
 * Source: RFC 7208 sections 4.6.4 and 5.
 */
export async function inspectSpf(domain: string, resolver: Resolver): Promise<SpfInspection> {
  const name = askableName(domain) ?? domain;
  const walk: Walk = {
    query: onceEach(resolver),
    records: 0,
    addressQueries: 0,
    listed: 0,
    ttl: Infinity,
    unknown: false,
    targets: new Map(),
    broken: [],
  };
  const answer = await walk.query(name, 'TXT');
  const fetched = readRecord(answer);
  const all = answer.kind === 'ok' ? answer.records.map((strings) => strings.join('')) : [];
  const root = await inspectRecord(walk, name, [], '');
  const status =
    root.status === 'record'
      ? 'found'
      : root.status === 'invalid' || root.status === 'several' || root.status === 'none'
        ? root.status
        : 'unknown';
  const misplaced = status === 'none' ? await findMisplaced(walk, name) : undefined;
  return {
    domain: name,
    status,
    texts:
      fetched.kind === 'several' ? [...fetched.texts] : root.text !== null ? [root.text] : all.filter(looksLikeSpf),
    stringLengths: fetched.kind === 'record' ? fetched.strings.map((part) => part.length) : [],
    root,
    worstCase: {
      lookups: root.lookups,
      voidLookups: root.voidLookups,
      lookupLimit: MAX_LOOKUPS,
      voidLimit: MAX_VOID_LOOKUPS,
    },
    exceeded: overLimits(root),
    broken: walk.broken.sort((one, other) => compare(one.place, other.place)).map(({ told }) => told),
    targets: [...walk.targets].sort(([, one], [, other]) => compare(one, other)).map(([target]) => target),
    ...(misplaced === undefined ? {} : { misplaced }),
    unknown: walk.unknown,
    ttl: walk.unknown || walk.ttl === Infinity ? 0 : walk.ttl,
  };
}

function compare(one: Place, other: Place): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

async function inspectRecord(
  walk: Walk,
  domain: string,
  above: readonly string[],
  place: Place,
): Promise<InspectedRecord> {
  const empty = (status: InspectedRecord['status'], more: Partial<InspectedRecord> = {}): InspectedRecord => ({
    domain,
    status,
    text: null,
    strings: 0,
    terms: [],
    omitted: 0,
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
  const fetched = readRecord(await walk.query(domain, 'TXT'));
  if (fetched.kind === 'error') {
    if (fetched.reason === 'badname') return empty('none');
    walk.unknown = true;
    return empty('unknown', { detail: `${fetched.reason}: ${fetched.detail}` });
  }
  walk.ttl = Math.min(walk.ttl, fetched.ttl);
  if (fetched.kind !== 'record') return empty(fetched.kind);
  const { record, strings } = fetched;
  if (record.problems.length > 0) return empty('invalid', { text: record.text, strings: strings.length });
  const terms = await Promise.all(
    reachable(record).map((term, index) =>
      inspectTerm(walk, domain, term, [...above, domain], place + String(index).padStart(PLACE_DIGITS, '0')),
    ),
  );
  const sum = (of: (term: InspectedTerm) => number) => terms.reduce((total, term) => total + of(term), 0);
  const listed = listedOf(walk, terms);
  return {
    domain,
    status: 'record',
    text: record.text,
    strings: strings.length,
    terms: listed,
    omitted: terms.length - listed.length,
    lookups: sum((term) => term.lookups),
    voidLookups: sum((term) => (term.void === true ? 1 : 0) + (term.record?.voidLookups ?? 0)),
  };
}

function listedOf(walk: Walk, terms: readonly InspectedTerm[]): InspectedTerm[] {
  let kept = 0;
  return terms.filter((term) => {
    // As many as were fetched.
    if (term.record !== undefined && !['loop', 'not-asked'].includes(term.record.status)) return true;
    if (term.lookups > 0 && kept++ < KEPT_LOOKUPS) return true;
    return walk.listed++ < MAX_LISTED_TERMS;
  });
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
  place: Place,
): Promise<InspectedTerm> {
  const { text, at, name } = term;
  const plain = { text, at, name, void: null };
  if (name === 'all' || name === 'ip4' || name === 'ip6') return { ...plain, lookups: 0 };
  const spec = term.kind === 'modifier' ? term.value : term.domain;
  const written = spec === undefined ? domain : staticText(spec);
  const target = written === undefined ? undefined : askableName(written);
  // RFC 7208 section 4.6.4: the PTR query of the `p` macro "is included in the overall limit" beside the term itself.
  if (target === undefined) {
    // A name written out that cannot be asked for: a permerror for whoever comes to it (RFC 7208 section 5.2).
    if (written !== undefined && (name === 'include' || name === 'redirect') && walk.broken.length < MAX_TOLD)
      walk.broken.push({ place, told: { domain, term: text, status: 'none', target: written } });
    return { ...plain, lookups: spec !== undefined && usesLetter(spec, 'p') ? 2 : 1 };
  }
  const known = walk.targets.get(target);
  if (known === undefined ? walk.targets.size < MAX_TOLD : place < known) walk.targets.set(target, place);
  if (name === 'include' || name === 'redirect') {
    const record = await inspectRecord(walk, target, above, place);
    if (FATAL.has(record.status) && walk.broken.length < MAX_TOLD)
      walk.broken.push({ place, told: { domain, term: text, status: record.status, target } });
    return { ...plain, target, lookups: 1 + record.lookups, record };
  }
  return { ...plain, target, lookups: 1, void: await findsNothing(walk, name, target) };
}

/** What makes of an include or a redirect a permerror (RFC 7208 sections 5.2 and 6.1). */
const FATAL: ReadonlySet<InspectedRecord['status']> = new Set(['none', 'several', 'invalid', 'loop']);

async function findsNothing(walk: Walk, name: string, target: string): Promise<boolean | null> {
  if (name === 'ptr' || walk.addressQueries >= MAX_ADDRESS_QUERIES) return null;
  walk.addressQueries++;
  let answer: Answer<unknown> = await walk.query(target, name === 'mx' ? 'MX' : 'A');
  // A host with IPv6 alone is no mistake, though to IPv4 clients its A lookup is void.
  if (name === 'a' && answer.kind === 'nodata') answer = await walk.query(target, 'AAAA');
  if (answer.kind === 'error') {
    if (answer.reason !== 'badname') walk.unknown = true;
    // A name that cannot be asked for costs the term nothing but the term (RFC 7208 section 4.3).
    return answer.reason === 'badname' ? false : null;
  }
  walk.ttl = Math.min(walk.ttl, answer.ttl);
  return answer.kind !== 'ok';
}

/** Goes through the tree as the longest evaluation would, to the terms that are one too many. */
function overLimits(root: InspectedRecord): SpfInspection['exceeded'] {
  const exceeded: SpfInspection['exceeded'] = {};
  let lookups = 0;
  let voids = 0;
  const visit = (record: InspectedRecord, via?: string) => {
    for (const term of record.terms) {
      if (term.lookups === 0) continue;
      const here: LimitBreak = { domain: record.domain, term: term.text, at: term.at, via: via ?? term.text };
      lookups += term.lookups - (term.record?.lookups ?? 0);
      if (term.void === true) voids++;
      if (lookups > MAX_LOOKUPS) exceeded.lookups ??= here;
      if (voids > MAX_VOID_LOOKUPS) exceeded.voids ??= here;
      if (term.record !== undefined) visit(term.record, here.via);
    }
  };
  visit(root);
  return exceeded;
}

/** Panels ask for a host name, and people answer "spf", or the whole domain where only "@" was meant. */
async function findMisplaced(walk: Walk, domain: string): Promise<SpfInspection['misplaced']> {
  const names = [`spf.${domain}`, `_spf.${domain}`, `_dmarc.${domain}`, `${domain}.${domain}`].filter(
    (name) => askableName(name) !== undefined,
  );
  const answers = await Promise.all(names.map((name) => walk.query(name, 'TXT')));
  for (const [index, answer] of answers.entries()) {
    const text =
      answer.kind === 'ok' ? answer.records.map((strings) => strings.join('')).find(looksLikeSpf) : undefined;
    if (text !== undefined) return { name: names[index]!, text };
  }
  return undefined;
}
