// What one run of check_host() shares between all its records: the client, the limits and counts, the answers (RFC 7208 section 4.6.4).

import type { Answer, RecordData, RecordType, Resolver } from '../dns/types.ts';
import type { Ip } from '../text/ip.ts';
import { type FetchedRecord, fetchRecord } from './record.ts';
import type { SpfProblem, Term } from './types.ts';

/** RFC 7208 section 4.6.4: terms that cause DNS queries, over all records of one evaluation; also MX and PTR names of one term. */
export const MAX_LOOKUPS = 10;
export const MAX_MX_NAMES = 10;
export const MAX_PTR_NAMES = 10;
/**
 * RFC 7208 section 4.6.4: terms whose questions find nothing, be it one question or those for the hosts of `mx` and `ptr`;
 * "a default of two is RECOMMENDED".
 */
export const MAX_VOID_LOOKUPS = 2;
/** Terms kept in the tree that explains the result: a record of 64 KB could hold 30 000, and nobody reads them. */
export const MAX_LISTED_TERMS = 500;

export interface Client {
  ip: Ip;
  sender: { localPart: string; domain: string };
  helo: string;
  receiver: string;
  time: number;
}

/** What reverse DNS says of the client (RFC 7208 section 5.5). */
export interface ClientNames {
  /** Those whose own addresses hold the client. */
  names: readonly string[];
  /** It has more names than are looked at. */
  omitted: boolean;
  /** Set where all questions found nothing: the first name that did. */
  nothingAt?: string;
}

export class Evaluation {
  readonly client: Client;
  readonly voidLimit: number;
  lookups = 0;
  voidLookups = 0;
  /** Smallest TTL used; Infinity before the first answer. */
  ttl = Number.POSITIVE_INFINITY;
  /** The check's own limit kept a question from being asked. */
  unknown = false;
  /** Set at the end: what was fetched ahead need not go on. */
  done = false;
  listed = 0;
  fetchedAhead = 0;
  readonly problems: SpfProblem[] = [];
  private readonly resolver: Resolver;
  private readonly answers = new Map<string, Promise<Answer<unknown>>>();
  private readonly records = new Map<string, Promise<FetchedRecord>>();
  private validated: Promise<ClientNames> | undefined;

  constructor(client: Client, resolver: Resolver, voidLimit: number) {
    this.client = client;
    this.resolver = resolver;
    this.voidLimit = voidLimit;
  }

  get addressType(): 'A' | 'AAAA' {
    return this.client.ip.version === 4 ? 'A' : 'AAAA';
  }

  /** Asks each question once. */
  private query<T extends RecordType>(name: string, type: T): Promise<Answer<RecordData[T]>> {
    const key = `${type} ${name}`;
    let answer = this.answers.get(key);
    if (answer === undefined) {
      answer = this.resolver.query(name, type);
      this.answers.set(key, answer);
    }
    return answer as Promise<Answer<RecordData[T]>>;
  }

  /** Asks a question whose answer counts: its TTL bounds how long the result may be kept. */
  async ask<T extends RecordType>(name: string, type: T): Promise<Answer<RecordData[T]>> {
    const answer = await this.query(name, type);
    if (answer.kind !== 'error') this.ttl = Math.min(this.ttl, answer.ttl);
    else if (answer.reason === 'budget' || answer.reason === 'deadline') this.unknown = true;
    return answer;
  }

  /** Asks ahead of need; the answer is looked at when its turn comes, if ever. */
  askAhead(name: string, type: RecordType): Promise<Answer<unknown>> {
    return this.query(name, type);
  }

  /** The record of a domain, read once; `ahead` leaves TTL and limits alone. */
  async record(domain: string, ahead = false): Promise<FetchedRecord> {
    let record = this.records.get(domain);
    if (record === undefined) {
      record = fetchRecord(domain, { query: (name, type) => this.query(name, type) });
      this.records.set(domain, record);
    }
    const fetched = await record;
    if (ahead) return fetched;
    if (fetched.kind !== 'error') this.ttl = Math.min(this.ttl, fetched.ttl);
    else if (fetched.reason === 'budget' || fetched.reason === 'deadline') this.unknown = true;
    return fetched;
  }

  /** Counts a term that causes queries; false where it is one too many (RFC 7208 section 4.6.4). */
  countLookup(domain: string, term: Term): boolean {
    this.lookups++;
    if (this.lookups <= MAX_LOOKUPS) return true;
    this.note({ kind: 'lookups-exceeded', domain, term: term.text, at: term.at });
    return false;
  }

  /** Counts a term whose answer was empty; false where it is one too many (RFC 7208 section 4.6.4). */
  countVoid(domain: string, term: Term, name: string): boolean {
    this.voidLookups++;
    if (this.voidLookups <= this.voidLimit) return true;
    this.note({ kind: 'voids-exceeded', domain, term: term.text, at: term.at, name });
    return false;
  }

  note(problem: SpfProblem): void {
    this.problems.push(problem);
  }

  /** The client's names whose addresses hold the client (RFC 7208 section 5.5), looked up once. */
  clientNames(lookUp: () => Promise<ClientNames>): Promise<ClientNames> {
    this.validated ??= lookUp();
    return this.validated;
  }
}
