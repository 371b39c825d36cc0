// A domain's SPF, independent of an address: every record that it includes, and the cost of the worst evaluation (RFC 7208 section 4.6.4).
import type { ByteString, Resolver } from '../dns/types.ts';
import { looksLikeSpf } from './correct.ts';
import { cutText } from './cut.ts';
import { MAX_LOOKUPS, MAX_OWN_TEXT, MAX_TERM_TEXT, MAX_TEXT, MAX_VOID_LOOKUPS } from './evaluation.ts';
import { type IdleTerms, idleTerms, joinedTerm, withMissingBlanks } from './lint.ts';
import { askableName } from './name.ts';
import { networksFrom } from './networks.ts';
import { closes, type InspectionStatus, type MeantRecord, meantRecord } from './propose.ts';
import { type OpenTerm, openTerm } from './reach.ts';
import { readRecord } from './record.ts';
import type { Mechanism, SpfRecord, SyntaxProblem, Term } from './types.ts';
import { type Branch, brokenBy, type DnsTerm, everyDnsTerm, Walk } from './walk.ts';
import { costOf, isVoid, type LimitBreak, limitsOf, lookupsOf, type VoidCase } from './worst-case.ts';

/** Terms listed of all records together, and their characters of JSON, since the size of a report is limited. */
const MAX_LISTED_TERMS = 120;
const MAX_LISTED_CHARACTERS = 20_000;
/** Characters of a term without its texts, and of a record. */
const TERM_CHARACTERS = 80;
const RECORD_CHARACTERS = 120;
/** Terms that query DNS, kept beyond that number: twice as many as may cost a lookup. */
const KEPT_LOOKUPS = 2 * MAX_LOOKUPS;
/** Records shown of a name that has several. */
const MAX_TEXTS = 10;
/** Broken includes reported, and names: enough to correct a record; a hostile one could have any number. */
const MAX_BROKEN = 20;
const MAX_TARGETS = 50;
/** Strings of a record whose borders are examined; as many of full length as fit into a DNS message. */
const MAX_STRINGS = 262;

export interface InspectedTerm {
  text: string;
  /** Offset in its record. */
  at: number;
  name: string;
  /** The name that it queries; absent where it queries none or a macro decides. */
  target?: string;
  /** Lookups that it costs at most, with everything that it includes. */
  lookups: number;
  /** It is a void lookup for senders of both IP versions; null where that is not known. */
  void: boolean | null;
  /** It is a void lookup only for senders of this IP version. */
  voidFor?: 4 | 6;
  record?: InspectedRecord;
}

export interface InspectedRecord {
  domain: string;
  /** 'loop': it includes itself; 'not-asked': beyond the limit of records. */
  status: Branch['status'];
  /** The record, shortened where it is long; null where there is no single one. */
  text: string | null;
  /** Number of strings of the TXT record. */
  strings: number;
  terms: InspectedTerm[];
  /** Number of terms that are not listed, since a hostile record could have any number of them. */
  omitted: number;
  lookups: number;
  voidLookups: number;
  detail?: string;
}

/** A void lookup: a term that authorizes no sender. */
export interface DeadTerm {
  domain: string;
  term: string;
  target: string;
  /** Of an `mx` term: the name has no MX record, but an address, so `a` was meant. */
  hasAddress: boolean;
}

/** The domain's own record, without what its terms include. */
export interface OwnRecord {
  /** In characters. */
  length: number;
  /** The first syntax errors. */
  problems: SyntaxProblem[];
  idle: IdleTerms;
  /** It has a result for all other senders. */
  closed: boolean;
  /** The first `ptr` term. */
  ptr?: string;
  /** Two terms joined without a blank, at the border of two strings. */
  joined?: string;
}

export interface SpfInspection {
  domain: string;
  status: InspectionStatus;
  /** The SPF records at the name, each shortened where it is long; with status 'none' those that were meant as one. */
  texts: string[];
  /** How many there are. */
  count: number;
  root: InspectedRecord;
  worstCase: {
    lookups: number;
    /** Terms that are void lookups for senders of both IP versions. */
    voidLookups: number;
    lookupLimit: number;
    voidLimit: number;
    ipv4: VoidCase;
    ipv6: VoidCase;
  };
  /** The terms with which the worst case exceeds the limits. */
  exceeded: { lookups?: LimitBreak; voids?: LimitBreak; mx?: LimitBreak };
  /** Includes and redirects without a single valid record: an evaluation that reaches them is a permerror. */
  broken: { domain: string; term: string; status: InspectedRecord['status']; target: string }[];
  /** Terms of the domain's own records that are void lookups. */
  dead: DeadTerm[];
  /** The term that authorizes half of the Internet. */
  open?: OpenTerm;
  /**
   * Of a domain with one record: its length, its syntax errors, its terms without effect.
   * @opaque
   */
  own?: OwnRecord;
  /** The record that was meant, for a domain with one or several. */
  meant?: MeantRecord;
  /** Every name that a term queries, to identify the providers. */
  targets: string[];
  /** An SPF record at a wrong name; searched only where the domain has none. */
  misplaced?: { name: string; text: string };
  /** A query got no answer, so that counts may be too low. */
  unknown: boolean;
  /** Seconds: the smallest of the answers; 0 where one is missing. */
  ttl: number;
}

/**
 * Inspects a domain's SPF, independent of an address. Never throws; fetches at most `MAX_RECORDS` records, all of one
 * depth at the same time, and looks up at most 12 of the names in them. The corrected record costs queries only for names
 * that the record itself does not query.
 * @returns the tree of records, the cost of the worst evaluation, the terms that exceed limits or are broken; TTL in seconds
 * Source: RFC 7208 sections 4.6.4 and 5.
 */
export async function inspectSpf(domain: string, resolver: Resolver): Promise<SpfInspection> {
  const name = askableName(domain) ?? domain;
  const walk = new Walk(resolver);
  const answer = await walk.query(name, 'TXT');
  const fetched = readRecord(answer);
  const root = await walk.domain(name);
  const status = STATUS[root.status] ?? 'unknown';
  const candidates = status === 'none' && answer.kind === 'ok' ? answer.records.map((strings) => strings.join('')) : [];
  const texts =
    fetched.kind === 'several'
      ? fetched.texts
      : root.record === undefined
        ? candidates.filter(looksLikeSpf)
        : [root.record.text];
  const strings = fetched.kind === 'record' ? fetched.strings : [];
  const found = root.record === undefined ? undefined : ownRecord(root.record, strings);
  const misplaced = status === 'none' ? await findMisplaced(walk, name) : undefined;
  const open = openTerm(root);
  const meant = MEANT.has(status) ? await meantRecord(walk, name, { root, open }, found?.parted ?? texts) : undefined;
  const { lookups, voidLookups, exceeded, ipv4, ipv6 } = limitsOf(root);
  return {
    domain: name,
    status,
    texts: texts.slice(0, MAX_TEXTS).map((text) => cutText(text, texts.length > 1 ? MAX_TEXT : MAX_OWN_TEXT)),
    count: texts.length,
    root: listed(root, new Listing(), true),
    worstCase: { lookups, voidLookups, lookupLimit: MAX_LOOKUPS, voidLimit: MAX_VOID_LOOKUPS, ipv4, ipv6 },
    exceeded,
    broken: brokenTerms(root),
    dead: deadTerms(root),
    ...(open === undefined ? {} : { open }),
    ...(found === undefined ? {} : { own: found.own }),
    ...(meant === undefined ? {} : { meant }),
    targets: targetsOf(root),
    ...(misplaced === undefined ? {} : { misplaced }),
    unknown: walk.unknown,
    ttl: walk.unknown || walk.ttl === Infinity ? 0 : walk.ttl,
  };
}

const STATUS: Partial<Record<Branch['status'], InspectionStatus>> = {
  record: 'found',
  invalid: 'invalid',
  several: 'several',
  none: 'none',
};
const MEANT: ReadonlySet<InspectionStatus> = new Set(['found', 'invalid', 'several']);

/** @returns `parted`: the texts with a blank between terms that were joined without one */
function ownRecord(record: SpfRecord, strings: readonly ByteString[]): { own: OwnRecord; parted: string[] } {
  const lengths = strings.slice(0, MAX_STRINGS).map(({ length }) => length);
  const ptr = record.terms.find((term): term is Mechanism => term.kind === 'mechanism' && term.name === 'ptr');
  const joined = joinedTerm(record.text, lengths);
  const idle = idleTerms(record);
  const cut = (terms: string[]) => terms.map((text) => cutText(text, MAX_TERM_TEXT));
  return {
    own: {
      length: record.text.length,
      problems: [...record.problems],
      idle: {
        behindAll: cut(idle.behindAll),
        duplicates: cut(idle.duplicates),
        unknown: cut(idle.unknown),
        mistyped: cut(idle.mistyped),
        ...(idle.provider === undefined ? {} : { provider: cutText(idle.provider, MAX_TERM_TEXT) }),
        ...(idle.redirect === undefined ? {} : { redirect: cutText(idle.redirect, MAX_TERM_TEXT) }),
      },
      closed: closes(record),
      ...(ptr === undefined ? {} : { ptr: cutText(ptr.text, MAX_TERM_TEXT) }),
      ...(joined === undefined ? {} : { joined: cutText(joined, MAX_TERM_TEXT) }),
    },
    parted: [joined === undefined ? record.text : withMissingBlanks(record.text, lengths)],
  };
}

function brokenTerms(root: Branch): SpfInspection['broken'] {
  const broken: SpfInspection['broken'] = [];
  const visit = ({ domain, asks }: Branch) => {
    for (const ask of asks) {
      if (broken.length >= MAX_BROKEN) return;
      const status = brokenBy(ask);
      const target = ask.target ?? ask.unaskable ?? '';
      const term = cutText(ask.term.text, MAX_TERM_TEXT);
      if (status !== undefined) broken.push({ domain, term, status, target: cutText(target, MAX_TERM_TEXT) });
      if (ask.below !== undefined) visit(ask.below);
    }
  };
  visit(root);
  return broken;
}

/** Those of the record itself: void lookups in a provider's record are the provider's. */
function deadTerms({ domain, asks }: Branch): DeadTerm[] {
  return asks
    .filter((ask) => isVoid(ask) === true)
    .slice(0, MAX_BROKEN)
    .map(({ term, target = '', finds: { hasAddress } }) => ({
      domain,
      term: cutText(term.text, MAX_TERM_TEXT),
      target,
      hasAddress: hasAddress && term.kind === 'mechanism' && term.domain !== undefined && term.qualifier === '+',
    }));
}

function targetsOf(root: Branch): string[] {
  const targets = new Set<string>();
  for (const { target } of everyDnsTerm(root)) {
    if (target !== undefined) targets.add(target);
    if (targets.size >= MAX_TARGETS) break;
  }
  return [...targets];
}

/** Counts what the report lists of the tree, over all records. */
class Listing {
  private terms = 0;
  private kept = 0;
  private characters = 0;

  get full(): boolean {
    return this.terms > MAX_LISTED_TERMS || this.characters > MAX_LISTED_CHARACTERS;
  }

  holds(term: Term, ask: DnsTerm | undefined): boolean {
    this.terms++;
    this.characters += TERM_CHARACTERS + Math.min(term.text.length, MAX_TERM_TEXT) + (ask?.target?.length ?? 0);
    if (ask?.below !== undefined) this.characters += RECORD_CHARACTERS + ask.below.domain.length;
    // Every record that was fetched is listed.
    if (ask?.below !== undefined && ask.below.status !== 'loop' && ask.below.status !== 'not-asked') return true;
    if (this.characters > MAX_LISTED_CHARACTERS) return false;
    return this.terms <= MAX_LISTED_TERMS || (ask !== undefined && ++this.kept <= KEPT_LOOKUPS);
  }

  text(text: string, most: number): string {
    const shown = cutText(text, this.characters > MAX_LISTED_CHARACTERS ? 0 : most);
    this.characters += shown.length;
    return shown;
  }
}

function listed(branch: Branch, listing: Listing, isOwn = false): InspectedRecord {
  const { domain, status, detail, strings, record, asks, reached } = branch;
  const text = record === undefined ? null : listing.text(record.text, isOwn ? MAX_OWN_TEXT : MAX_TEXT);
  const terms: InspectedTerm[] = [];
  let next = 0;
  let omitted = 0;
  for (let index = 0; record !== undefined && index < reached; index++) {
    const skipped = listing.full ? networksFrom(record, index, reached) : 0;
    if (skipped > 0) {
      omitted += skipped;
      index += skipped - 1;
      continue;
    }
    const term = record.terms[index];
    if (term?.kind !== 'mechanism') continue;
    const ask = asks[next]?.term === term ? asks[next++] : undefined;
    if ((ask === undefined && listing.full) || !listing.holds(term, ask)) omitted++;
    else terms.push(listedTerm(term, ask, listing));
  }
  const last = asks.at(-1);
  if (last?.term.kind === 'modifier' && listing.holds(last.term, last))
    terms.push(listedTerm(last.term, last, listing));
  let voidLookups = 0;
  for (const ask of everyDnsTerm(branch)) if (isVoid(ask) === true) voidLookups++;
  return {
    domain,
    status,
    text,
    strings,
    terms,
    omitted,
    lookups: lookupsOf(branch),
    voidLookups,
    ...(detail === undefined ? {} : { detail }),
  };
}

function listedTerm(term: Term, ask: DnsTerm | undefined, listing: Listing): InspectedTerm {
  const { at } = term;
  const text = cutText(term.text, MAX_TERM_TEXT);
  const name = term.kind === 'invalid' ? '' : term.name;
  if (ask === undefined) return { text, at, name, void: null, lookups: 0 };
  const { target, below, finds } = ask;
  const alone =
    finds.empty4 === true && finds.empty6 === false ? 4 : finds.empty6 === true && finds.empty4 === false ? 6 : null;
  return {
    text,
    at,
    name,
    void: isVoid(ask),
    ...(alone === null ? {} : { voidFor: alone }),
    ...(target === undefined ? {} : { target }),
    lookups: costOf(ask),
    ...(below === undefined ? {} : { record: listed(below, listing) }),
  };
}

/** Panels have a field for the host name, and people enter "spf", or the whole domain where only "@" was meant. */
async function findMisplaced(walk: Walk, domain: string): Promise<SpfInspection['misplaced']> {
  const above = domain.split('.').slice(1).join('.');
  const names = [
    ...[`spf.${domain}`, `_spf.${domain}`, `_dmarc.${domain}`, `${domain}.${domain}`],
    ...(above.includes('.') ? [`${domain}.${above}`] : []),
  ].filter((name) => askableName(name) !== undefined);
  const answers = await Promise.all(names.map(async (name) => ({ name, answer: await walk.query(name, 'TXT') })));
  for (const { name, answer } of answers) {
    const text =
      answer.kind === 'ok' ? answer.records.map((strings) => strings.join('')).find(looksLikeSpf) : undefined;
    if (text !== undefined) return { name, text: cutText(text, MAX_OWN_TEXT) };
  }
  return undefined;
}
