// The whole of a domain's SPF, for no address in particular: every record it pulls in, and what the worst evaluation costs (RFC 7208 section 4.6.4).
import type { ByteString, Resolver } from '../dns/types.ts';
import { looksLikeSpf } from './correct.ts';
import { cutText } from './cut.ts';
import { MAX_LOOKUPS, MAX_OWN_TEXT, MAX_TERM_TEXT, MAX_TEXT, MAX_VOID_LOOKUPS } from './evaluation.ts';
import { type IdleTerms, idleTerms, joinedTerm, partedText } from './lint.ts';
import { askableName } from './name.ts';
import { networksFrom } from './networks.ts';
import { closes, type MeantRecord, meantRecord } from './propose.ts';
import { type OpenTerm, openTerm } from './reach.ts';
import { readRecord } from './record.ts';
import type { Mechanism, SpfRecord, SyntaxProblem, Term } from './types.ts';
import { type Asking, type Branch, brokenBy, everyAsk, Walk } from './walk.ts';
import { costOf, isVoid, type LimitBreak, limitsOf, lookupsOf, type VoidCase } from './worst-case.ts';

/** Terms listed of all records together, and characters of JSON that they come to: more nobody reads, and a report has its limits. */
const MAX_LISTED_TERMS = 120;
const MAX_LISTED_CHARACTERS = 20_000;
/** What a term costs of them without its texts, and a record. */
const TERM_CHARACTERS = 80;
const RECORD_CHARACTERS = 120;
/** Terms that ask DNS, kept beyond that number: more than may cost a lookup say nothing new. */
const KEPT_LOOKUPS = 2 * MAX_LOOKUPS;
/** Records shown of a name that has several. */
const MAX_TEXTS = 10;
/** Broken includes told, and names: enough for correcting, however many a hostile record holds. */
const MAX_BROKEN = 20;
const MAX_TARGETS = 50;
/** Strings of a record whose borders are looked at; as many of full length as a DNS message holds. */
const MAX_STRINGS = 262;

export interface InspectedTerm {
  text: string;
  /** Offset in its record. */
  at: number;
  name: string;
  /** The name it asks about; absent where it asks nothing or a macro decides. */
  target?: string;
  /** Lookups that it costs at most, with everything it pulls in. */
  lookups: number;
  /** Its own questions find nothing, whatever the sender's IP version; null where that is not known. */
  void: boolean | null;
  /** They find nothing for senders of this IP version alone. */
  voidFor?: 4 | 6;
  record?: InspectedRecord;
}

export interface InspectedRecord {
  domain: string;
  /** 'loop': it stands above itself; 'not-asked': beyond the limit of records. */
  status: Branch['status'];
  /** The record, cut where it is long; null where there is no single one. */
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

/** A term that finds nothing, so that it lets nobody send. */
export interface DeadTerm {
  domain: string;
  term: string;
  target: string;
  /** Of an `mx` term: the name has no mail server, but an address, so that `a` was meant. */
  hasAddress: boolean;
}

/** What the domain's own record says, beside what its terms pull in. */
export interface OwnRecord {
  /** Characters of it. */
  length: number;
  /** The first syntax errors. */
  problems: SyntaxProblem[];
  idle: IdleTerms;
  /** It says what to do with mail from all others. */
  closed: boolean;
  /** The first `ptr` term. */
  ptr?: string;
  /** Two terms that are joined without a blank, at the border of two strings. */
  joined?: string;
}

export interface SpfInspection {
  domain: string;
  status: 'found' | 'invalid' | 'none' | 'several' | 'unknown';
  /** The SPF records at the name, each cut where it is long; with status 'none' those that were meant as one. */
  texts: string[];
  /** How many there are. */
  count: number;
  root: InspectedRecord;
  worstCase: {
    lookups: number;
    /** Terms that find nothing for senders of either IP version. */
    voidLookups: number;
    lookupLimit: number;
    voidLimit: number;
    ipv4: VoidCase;
    ipv6: VoidCase;
  };
  /** The terms with which the worst case goes over the limits. */
  exceeded: { lookups?: LimitBreak; voids?: LimitBreak; mx?: LimitBreak };
  /** Includes and redirects that have no single valid record, so that whoever reaches them gets a permerror. */
  broken: { domain: string; term: string; status: InspectedRecord['status']; target: string }[];
  /** Terms of the domain's own records that find nothing. */
  dead: DeadTerm[];
  /** The term by which half of the Internet may send. */
  open?: OpenTerm;
  /** Of a domain with one record. */
  own?: OwnRecord;
  /** The record that was meant, for a domain with one or several. */
  meant?: MeantRecord;
  /** Every name that a term asks about, for knowing the providers. */
  targets: string[];
  /** An SPF record at a name where nobody looks; only looked for where the domain has none. */
  misplaced?: { name: string; text: string };
  /** Something got no answer, so that counts may be too low. */
  unknown: boolean;
  /** Seconds: the smallest of the answers; 0 where one is missing. */
  ttl: number;
}

/**
 * Inspects a domain's SPF for no address in particular. Never throws; fetches at most `MAX_RECORDS` records, all of one
 * depth at the same time, and looks up at most 12 of the names in them. What the record is corrected to costs questions
 * only for names that it does not ask about itself.
 * @returns the tree of records, what the worst evaluation costs, which term goes over a limit, what is broken; TTL in seconds
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

const STATUS: Partial<Record<Branch['status'], SpfInspection['status']>> = {
  record: 'found',
  invalid: 'invalid',
  several: 'several',
  none: 'none',
};
const MEANT: ReadonlySet<SpfInspection['status']> = new Set(['found', 'invalid', 'several']);

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
    parted: [joined === undefined ? record.text : partedText(record.text, lengths)],
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

/** Those of the record itself: what a provider's record asks for in vain is the provider's. */
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
  for (const { target } of everyAsk(root)) {
    if (target !== undefined) targets.add(target);
    if (targets.size >= MAX_TARGETS) break;
  }
  return [...targets];
}

/** What of the tree is listed, over all records. */
class Listing {
  private terms = 0;
  private kept = 0;
  private characters = 0;

  get full(): boolean {
    return this.terms > MAX_LISTED_TERMS || this.characters > MAX_LISTED_CHARACTERS;
  }

  holds(term: Term, ask: Asking | undefined): boolean {
    this.terms++;
    this.characters += TERM_CHARACTERS + Math.min(term.text.length, MAX_TERM_TEXT) + (ask?.target?.length ?? 0);
    if (ask?.below !== undefined) this.characters += RECORD_CHARACTERS + ask.below.domain.length;
    // As many as were fetched.
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
  for (let index = 0; index < reached; index++) {
    const skipped = listing.full ? networksFrom(record!, index, reached) : 0;
    if (skipped > 0) {
      omitted += skipped;
      index += skipped - 1;
      continue;
    }
    const term = record!.terms[index]!;
    if (term.kind !== 'mechanism') continue;
    const ask = asks[next]?.term === term ? asks[next++] : undefined;
    if ((ask === undefined && listing.full) || !listing.holds(term, ask)) omitted++;
    else terms.push(listedTerm(term, ask, listing));
  }
  const last = asks.at(-1);
  if (last?.term.kind === 'modifier' && listing.holds(last.term, last))
    terms.push(listedTerm(last.term, last, listing));
  let voidLookups = 0;
  for (const ask of everyAsk(branch)) if (isVoid(ask) === true) voidLookups++;
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

function listedTerm(term: Term, ask: Asking | undefined, listing: Listing): InspectedTerm {
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

/** Panels ask for a host name, and people answer "spf", or the whole domain where only "@" was meant. */
async function findMisplaced(walk: Walk, domain: string): Promise<SpfInspection['misplaced']> {
  const above = domain.split('.').slice(1).join('.');
  const names = [
    ...[`spf.${domain}`, `_spf.${domain}`, `_dmarc.${domain}`, `${domain}.${domain}`],
    ...(above.includes('.') ? [`${domain}.${above}`] : []),
  ].filter((name) => askableName(name) !== undefined);
  const answers = await Promise.all(names.map((name) => walk.query(name, 'TXT')));
  for (const [index, answer] of answers.entries()) {
    const text =
      answer.kind === 'ok' ? answer.records.map((strings) => strings.join('')).find(looksLikeSpf) : undefined;
    if (text !== undefined) return { name: names[index]!, text: cutText(text, MAX_OWN_TEXT) };
  }
  return undefined;
}
