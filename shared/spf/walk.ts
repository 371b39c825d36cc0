// Fetches all records that a record includes, independent of an address: the tree of records, and the answers of each term.
import type { Answer, DnsErrorReason, RecordData, RecordType, Resolver } from '../dns/types.ts';
import { MAX_LOOKUPS, MAX_MX_NAMES, MAX_VOID_LOOKUPS } from './evaluation.ts';
import { expandName, type MacroValues, staticText, usesLetter } from './macro.ts';
import { askableName, plainName } from './name.ts';
import { otherTerms } from './networks.ts';
import { parseSpfRecord } from './parse.ts';
import { readRecord } from './record.ts';
import type { MacroString, Mechanism, Modifier, SpfRecord } from './types.ts';

/** Records fetched at most: an honest tree has ten, a hostile one any number. */
export const MAX_RECORDS = 30;
/** Terms of one record that are examined: with more the limit of lookups is exceeded in any case. */
const MAX_ASKS = 100;
/** `a`, `mx` and `exists` terms whose names are looked up: two more than may cost a lookup. */
const MAX_ADDRESS_TERMS = MAX_LOOKUPS + 2;
/** Hosts of `mx` terms whose addresses are looked up, over all of them. */
const MAX_HOSTS = 20;
/** AAAA queries: sent only where IPv6 senders may meet too many void lookups. */
const MAX_IPV6_QUERIES = 20;

/** Queries of one inspection, with those for the corrected record: an honest record needs fewer. */
export const MAX_QUERIES = 60;

/** The answers to the queries of a term; null where that is not known. */
export interface Finds {
  /** Empty, for senders of this IP version. */
  empty4: boolean | null;
  empty6: boolean | null;
  /** A macro or the sender's reverse DNS decides: empty for some senders. */
  depends: boolean;
  /** Of `mx`: the number of its hosts, and of those without an address. */
  hosts: number;
  emptyHosts: number;
  /** Of an `mx` without MX records: its name has an address itself. */
  hasAddress: boolean;
}

/** A term that queries DNS. */
export interface DnsTerm {
  term: Mechanism | Modifier;
  /** Its own lookups: the PTR query of the `p` macro is one more (RFC 7208 section 4.6.4). */
  own: number;
  /** The name that it queries; absent where a macro decides, and where it is not a valid query name. */
  target?: string;
  /** The name as written, where it is not a valid query name. */
  unaskable?: string;
  finds: Finds;
  /** The record of `include` or `redirect`. */
  below?: Branch;
}

export interface Branch {
  domain: string;
  /** 'loop': it includes itself; 'not-asked': beyond the limit of records. */
  status: 'record' | 'invalid' | 'none' | 'several' | 'unknown' | 'loop' | 'not-asked';
  detail?: string;
  /** Number of strings of the TXT record. */
  strings: number;
  record?: SpfRecord;
  /** Number of the record's terms that an evaluation can reach: none after `all` (RFC 7208 section 5.1). */
  reached: number;
  /** Those of them that query DNS, and the redirect that applies, in the order of evaluation. */
  asks: DnsTerm[];
  /** Lookups of the terms beyond `MAX_ASKS`, which were only counted. */
  more: number;
}

/** Statuses that make an include or a redirect a permerror (RFC 7208 sections 5.2 and 6.1). */
const FATAL: ReadonlySet<Branch['status']> = new Set(['none', 'several', 'invalid', 'loop']);

/** Why every evaluation that reaches the term is a permerror; undefined where it is not. */
export function brokenBy({ below, unaskable }: DnsTerm): Branch['status'] | undefined {
  if (unaskable !== undefined) return 'none';
  return below !== undefined && FATAL.has(below.status) ? below.status : undefined;
}

/** The queries of one inspection, each sent once, and its limits. */
export class Walk {
  ttl = Number.POSITIVE_INFINITY;
  /** A query got no answer. */
  unknown = false;
  private records = 0;
  private addressTerms = 0;
  private hosts = 0;
  private ipv6Queries = 0;
  private readonly resolver: Resolver;
  private readonly answers: Map<string, Promise<Answer<unknown>>>;

  constructor(resolver: Resolver, answers = new Map<string, Promise<Answer<unknown>>>()) {
    this.resolver = resolver;
    this.answers = answers;
  }

  /** A walk with new limits that uses the answers of this one. */
  withNewLimits(): Walk {
    return new Walk(this.resolver, this.answers);
  }

  query<T extends RecordType>(name: string, type: T): Promise<Answer<RecordData[T]>> {
    const key = `${type} ${name}`;
    let answer = this.answers.get(key);
    if (answer === undefined) {
      answer = this.answers.size < MAX_QUERIES ? this.resolver.query(name, type) : Promise.resolve(NOT_ASKED);
      this.answers.set(key, answer);
    }
    // The type of the records is part of the key.
    return answer as Promise<Answer<RecordData[T]>>;
  }

  /** The tree below a domain's record. */
  async domain(domain: string): Promise<Branch> {
    const root = await this.fetch(domain, []);
    await this.askForIpv6(root);
    return root;
  }

  /** The tree that a text would have if it were the domain's record. */
  async text(domain: string, text: string): Promise<{ record: SpfRecord; branch: Branch }> {
    const record = parseSpfRecord(text);
    const branch = await this.read(domain, record, 1, []);
    await this.askForIpv6(branch);
    return { record, branch };
  }

  private async fetch(domain: string, above: readonly string[]): Promise<Branch> {
    const empty = { domain, strings: 0, reached: 0, asks: [], more: 0 };
    if (above.includes(domain)) return { ...empty, status: 'loop' };
    if (this.records >= MAX_RECORDS) {
      this.unknown = true;
      return { ...empty, status: 'not-asked' };
    }
    this.records++;
    const fetched = readRecord(await this.query(domain, 'TXT'));
    if (fetched.kind === 'error') {
      if (fetched.reason === 'badname') return { ...empty, status: 'none' };
      this.unknown = true;
      return { ...empty, status: 'unknown', detail: `${fetched.reason}: ${fetched.detail}` };
    }
    this.ttl = Math.min(this.ttl, fetched.ttl);
    if (fetched.kind !== 'record') return { ...empty, status: fetched.kind };
    return this.read(domain, fetched.record, fetched.strings.length, above);
  }

  private async read(domain: string, record: SpfRecord, strings: number, above: readonly string[]): Promise<Branch> {
    const common = { domain, strings, record };
    if (record.problems.length > 0) return { ...common, status: 'invalid', reached: 0, asks: [], more: 0 };
    const { reached, asking } = reachable(record);
    const below = [...above, domain];
    const asks = await Promise.all(asking.slice(0, MAX_ASKS).map((term) => this.ask(domain, term, below)));
    const more = asking.slice(MAX_ASKS).reduce((sum, term) => sum + ownLookups(term), 0);
    return { ...common, status: 'record', reached, asks, more };
  }

  private async ask(domain: string, term: Mechanism | Modifier, above: readonly string[]): Promise<DnsTerm> {
    const { name } = term;
    const includes = name === 'include' || name === 'redirect';
    const spec = term.kind === 'modifier' ? term.value : term.domain;
    const own = ownLookups(term);
    const written = spec === undefined ? domain : staticText(spec);
    const target = spec === undefined ? domain : (plainName(spec) ?? nameByDomain(spec, domain, !includes));
    if (target === undefined) {
      // An invalid query name without macros: a permerror for every evaluation that reaches it (RFC 7208 section 5.2).
      const unaskable = written ?? (spec !== undefined && isByDomain(spec) ? spec.text : undefined);
      if (includes && unaskable !== undefined) return { term, own, finds: NOTHING_KNOWN, unaskable };
      return { term, own, finds: written === undefined && !includes ? DEPENDS : NOTHING_KNOWN };
    }
    const asking = { term, own, target };
    if (includes) return { ...asking, finds: NOTHING_KNOWN, below: await this.fetch(target, above) };
    if (name === 'ptr') return { ...asking, finds: DEPENDS };
    if (this.addressTerms >= MAX_ADDRESS_TERMS) return { ...asking, finds: NOTHING_KNOWN };
    this.addressTerms++;
    return { ...asking, finds: await (name === 'mx' ? this.findHosts(target) : this.findAddress(name, target)) };
  }

  /** `a` and `exists` (RFC 7208 sections 5.3 and 5.7). AAAA records are queried where the result depends on them. */
  private async findAddress(name: string, target: string): Promise<Finds> {
    const answer = await this.query(target, 'A');
    const empty4 = this.emptiness(answer, true);
    if (name === 'exists' || empty4 === null) return { ...NOTHING_KNOWN, empty4, empty6: empty4 };
    return { ...NOTHING_KNOWN, empty4, empty6: empty4 ? await this.isEmptyToo(target, answer, true) : null };
  }

  private async findHosts(target: string): Promise<Finds> {
    const answer = await this.query(target, 'MX');
    const empty = this.emptiness(answer, true);
    if (answer.kind === 'nxdomain') return { ...NOTHING_KNOWN, empty4: true, empty6: true };
    if (empty === true) {
      const addresses = await Promise.all([this.isEmpty(target, 'A', false), this.isEmpty(target, 'AAAA', false)]);
      return { ...NOTHING_KNOWN, empty4: true, empty6: true, hasAddress: addresses.includes(false) };
    }
    if (answer.kind !== 'ok') return { ...NOTHING_KNOWN, empty4: empty, empty6: empty };
    const hosts = answer.records.length;
    const names = hostsOf(answer.records).slice(0, Math.max(0, MAX_HOSTS - this.hosts));
    this.hosts += names.length;
    const answers = await Promise.all(names.map(async (host) => ({ host, answer: await this.query(host, 'A') })));
    const looked = answers.map(({ host, answer }) => ({ host, answer, empty: this.emptiness(answer, false) }));
    const empty4 = looked.map(({ empty }) => empty);
    const without = looked.filter(({ empty }) => empty === true);
    const empty6 = await Promise.all(without.map(({ host, answer }) => this.isEmptyToo(host, answer, false)));
    const some = names.length > 0;
    return {
      ...NOTHING_KNOWN,
      hosts,
      // Hosts that are not valid query names cause no query, so that no answer is empty either.
      empty4: some ? everyOne(empty4) : false,
      empty6: some ? (without.length === names.length ? everyOne(empty6) : null) : false,
      emptyHosts: empty6.filter((one) => one === true).length,
    };
  }

  /** AAAA queries, once the tree is known: with fewer than three possible void lookups the limit holds (RFC 7208 section 4.6.4). */
  private async askForIpv6(root: Branch): Promise<void> {
    const asks = [...everyDnsTerm(root)].filter(({ finds }) => finds.depends || finds.empty6 !== false);
    // With too many void lookups for all senders the result is known.
    if (asks.filter(({ finds }) => finds.empty4 === true && finds.empty6 === true).length > MAX_VOID_LOOKUPS) return;
    const open = asks.flatMap((ask) => {
      const { finds, target, term } = ask;
      const decides = finds.empty6 === null && !finds.depends && (term.name === 'a' || term.name === 'mx');
      return decides && target !== undefined ? [{ ask, target }] : [];
    });
    const possible = asks.filter(({ finds }) => finds.depends || finds.empty6 === true).length + open.length;
    if (possible <= MAX_VOID_LOOKUPS) return;
    await Promise.all(
      open.map(async ({ ask, target }) => {
        const empty6 = ask.term.name === 'a' ? await this.isEmptyForIpv6([target]) : await this.noHostForIpv6(target);
        ask.finds = { ...ask.finds, empty6 };
      }),
    );
  }

  private async noHostForIpv6(target: string): Promise<boolean | null> {
    const answer = await this.query(target, 'MX');
    return answer.kind === 'ok' ? this.isEmptyForIpv6(hostsOf(answer.records)) : null;
  }

  private async isEmptyForIpv6(names: readonly string[]): Promise<boolean | null> {
    if (names.length === 0) return false;
    const asked = names.slice(0, Math.max(0, MAX_IPV6_QUERIES - this.ipv6Queries));
    this.ipv6Queries += asked.length;
    const empty = await Promise.all(asked.map((name) => this.isEmpty(name, 'AAAA', false)));
    return empty.includes(false) ? false : asked.length < names.length ? null : everyOne(empty);
  }

  /** Of a name that has no A record: whether it has no AAAA record either. A name that does not exist has none. */
  private async isEmptyToo(name: string, answer: Answer<unknown>, ownQuery: boolean): Promise<boolean | null> {
    return answer.kind === 'nxdomain' ? true : this.isEmpty(name, 'AAAA', ownQuery);
  }

  private async isEmpty(name: string, type: RecordType, ownQuery: boolean): Promise<boolean | null> {
    return this.emptiness(await this.query(name, type), ownQuery);
  }

  private emptiness(answer: Answer<unknown>, ownQuery: boolean): boolean | null {
    if (answer.kind === 'error') {
      // A name that is not a valid query name is not a void lookup (RFC 7208 section 4.3).
      if (answer.reason === 'badname') return false;
      // Queries for details that the check's own limits left out do not make the result unknown.
      if (ownQuery || !OWN_LIMITS.has(answer.reason)) this.unknown = true;
      return null;
    }
    this.ttl = Math.min(this.ttl, answer.ttl);
    return answer.kind !== 'ok';
  }
}

const NOT_ASKED: Answer<never> = {
  kind: 'error',
  reason: 'budget',
  detail: `not queried: the inspection's limit of ${MAX_QUERIES} queries is reached`,
};

const OWN_LIMITS: ReadonlySet<DnsErrorReason> = new Set(['budget', 'deadline']);

const NOTHING_KNOWN: Finds = {
  empty4: null,
  empty6: null,
  depends: false,
  hosts: 0,
  emptyHosts: 0,
  hasAddress: false,
};
const DEPENDS: Finds = { ...NOTHING_KNOWN, depends: true };

/** Whether the name is the same for every sender: its only macro is the record's own domain. */
function isByDomain({ tokens }: MacroString): boolean {
  return tokens.every((token) => token.kind === 'literal' || token.letter === 'd');
}

function nameByDomain(spec: MacroString, domain: string, singleLabel: boolean): string | undefined {
  if (staticText(spec) !== undefined || !isByDomain(spec)) return undefined;
  return askableName(expandName(spec, { ...NO_SENDER, domain }), { singleLabel });
}

const NO_SENDER: Omit<MacroValues, 'domain'> = {
  ip: { version: 4, bytes: [0, 0, 0, 0], text: '0.0.0.0' },
  sender: { localPart: '', domain: '' },
  helo: '',
  receiver: '',
  time: 0,
  validatedName: '',
};

/** True where all are true, null where an unknown one could still be false. */
function everyOne(empty: readonly (boolean | null)[]): boolean | null {
  return empty.includes(false) ? false : empty.includes(null) ? null : true;
}

/** The hosts that an evaluation queries, the most preferred first (RFC 7208 section 4.6.4). */
function hostsOf(records: readonly RecordData['MX'][]): string[] {
  return [...records]
    .sort((one, other) => one.preference - other.preference)
    .slice(0, MAX_MX_NAMES)
    .flatMap(({ exchange }) => askableName(exchange, { singleLabel: true }) ?? []);
}

function ownLookups(term: Mechanism | Modifier): number {
  const spec = term.kind === 'modifier' ? term.value : term.domain;
  return spec !== undefined && usesLetter(spec, 'p') ? 2 : 1;
}

/** The terms that an evaluation can reach: none after `all`, and redirect only without it (RFC 7208 sections 5.1 and 6.1). */
function reachable(record: SpfRecord): { reached: number; asking: (Mechanism | Modifier)[] } {
  const asking: (Mechanism | Modifier)[] = [];
  let redirect: Modifier | undefined;
  for (const index of otherTerms(record)) {
    const term = record.terms[index];
    if (term?.kind === 'modifier' && term.name === 'redirect') redirect ??= term;
    if (term?.kind !== 'mechanism') continue;
    if (term.name === 'all') return { reached: index + 1, asking };
    asking.push(term);
  }
  if (redirect !== undefined) asking.push(redirect);
  return { reached: record.terms.length, asking };
}

/** Every term of the tree that queries DNS, in the order of evaluation. */
export function* everyDnsTerm(branch: Branch): Generator<DnsTerm> {
  for (const ask of branch.asks) {
    yield ask;
    if (ask.below !== undefined) yield* everyDnsTerm(ask.below);
  }
}
