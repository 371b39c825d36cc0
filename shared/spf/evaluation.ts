// What one run of check_host() shares between all its records: the client, the limits and counts, the answers (RFC 7208 section 4.6.4).

import type { Answer, DnsErrorReason, RecordData, RecordType, Resolver } from '../dns/types.ts';
import type { Ip } from '../text/ip.ts';
import { cutText } from './cut.ts';
import { type FetchedRecord, readRecord } from './record.ts';
import type { SpfProblem, Term } from './types.ts';

/** RFC 7208 section 4.6.4: terms that cause DNS queries, over all records of one evaluation; also MX and PTR names of one term. */
export const MAX_LOOKUPS = 10;
export const MAX_MX_NAMES = 10;
export const MAX_PTR_NAMES = 10;
/**
 * RFC 7208 section 4.6.4: terms with empty answers, to one query or to all those for the hosts of `mx` and `ptr`;
 * "a default of two is RECOMMENDED".
 */
export const MAX_VOID_LOOKUPS = 2;
/** Terms kept in the tree that explains the result, and their characters: a record of 64 KB could have 30 000 terms. */
const MAX_LISTED_TERMS = 60;
const MAX_LISTED_CHARACTERS = 5000;
/** Characters kept of the domain's own record, of each included one, and of a term. */
export const MAX_OWN_TEXT = 2048;
export const MAX_TEXT = 512;
export const MAX_TERM_TEXT = 300;

export interface Client {
  ip: Ip;
  /** Of an IPv4 client: the address as a number. */
  address4?: number;
  /** Of an IPv6 client: the address as groups of 16 bits. */
  groups6?: readonly number[];
  sender: { localPart: string; domain: string };
  helo: string;
  receiver: string;
  time: number;
}

/** The client's names by reverse DNS (RFC 7208 section 5.5). */
export interface ClientNames {
  /** Those whose own addresses include the client's. */
  names: readonly string[];
  /** It has more names than are examined. */
  omitted: boolean;
  /** The first name with an empty answer, where all answers were empty. */
  nothingAt?: string;
}

export class Evaluation {
  readonly client: Client;
  readonly voidLimit: number;
  lookups = 0;
  voidLookups = 0;
  /** Smallest TTL used; Infinity before the first answer. */
  ttl = Number.POSITIVE_INFINITY;
  /** The check's own limit kept a query from being sent. */
  unknown = false;
  /** Set at the end: stops prefetching. */
  done = false;
  private listed = 0;
  private listedCharacters = 0;
  private ownShown = false;
  prefetched = 0;
  readonly problems: SpfProblem[] = [];
  private readonly resolver: Resolver;
  private readonly answers = new Map<string, Promise<Answer<unknown>>>();
  private validated: Promise<ClientNames> | undefined;

  constructor(client: Client, resolver: Resolver, voidLimit: number) {
    this.client = client;
    this.resolver = resolver;
    this.voidLimit = voidLimit;
  }

  get addressType(): 'A' | 'AAAA' {
    return this.client.ip.version === 4 ? 'A' : 'AAAA';
  }

  /** Sends each query once. */
  private query<T extends RecordType>(name: string, type: T): Promise<Answer<RecordData[T]>> {
    const key = `${type} ${name}`;
    let answer = this.answers.get(key);
    if (answer === undefined) {
      answer = this.resolver.query(name, type);
      this.answers.set(key, answer);
    }
    // The type of the records is part of the key.
    return answer as Promise<Answer<RecordData[T]>>;
  }

  /** Sends a query for the evaluation: the TTL of its answer limits how long the result may be kept. */
  async ask<T extends RecordType>(name: string, type: T): Promise<Answer<RecordData[T]>> {
    const answer = await this.query(name, type);
    this.use(answer);
    return answer;
  }

  private use(answer: { kind: 'error'; reason: DnsErrorReason } | { kind: unknown; ttl: number }): void {
    if ('ttl' in answer) this.ttl = Math.min(this.ttl, answer.ttl);
    else if (answer.reason === 'budget' || answer.reason === 'deadline') this.unknown = true;
  }

  /** Sends a query whose answer may be needed later. */
  prefetch<T extends RecordType>(name: string, type: T): Promise<Answer<RecordData[T]>> {
    return this.query(name, type);
  }

  /** The record of a domain. */
  async record(domain: string): Promise<FetchedRecord> {
    const answer = await this.query(domain, 'TXT');
    this.use(answer);
    return readRecord(answer);
  }

  /** Counts a term that causes queries; false where it exceeds the limit (RFC 7208 section 4.6.4). */
  countLookup(domain: string, term: Term): boolean {
    this.lookups++;
    if (this.lookups <= MAX_LOOKUPS) return true;
    this.note({ kind: 'lookups-exceeded', domain, term: term.text, at: term.at });
    return false;
  }

  /** Counts a void lookup; false where it exceeds the limit (RFC 7208 section 4.6.4). */
  countVoid(domain: string, term: Term, name: string): boolean {
    this.voidLookups++;
    if (this.voidLookups <= this.voidLimit) return true;
    this.note({ kind: 'voids-exceeded', domain, term: term.text, at: term.at, name });
    return false;
  }

  note(problem: SpfProblem): void {
    const { term } = problem;
    if (term === undefined || term.length <= MAX_TERM_TEXT) this.problems.push(problem);
    else this.problems.push({ ...problem, term: cutText(term, MAX_TERM_TEXT) });
  }

  /** Whether the tree has room for one more term. */
  lists(term: Term): boolean {
    this.listed++;
    this.listedCharacters += Math.min(term.text.length, MAX_TERM_TEXT);
    return this.listed <= MAX_LISTED_TERMS && this.listedCharacters <= MAX_LISTED_CHARACTERS;
  }

  /** A record's text as the tree has it; the first is the domain's own. */
  shown(text: string): string {
    const most = this.ownShown ? MAX_TEXT : MAX_OWN_TEXT;
    this.ownShown = true;
    return cutText(text, most);
  }

  /** The client's names whose addresses include the client's (RFC 7208 section 5.5), looked up once. */
  clientNames(lookUp: () => Promise<ClientNames>): Promise<ClientNames> {
    this.validated ??= lookUp();
    return this.validated;
  }
}
