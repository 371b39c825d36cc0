// Changed records over the answers of another resolver: a check of the zone as it would be with them published.

import { fold, sameName } from '../text/domain.ts';
import { keyOf } from './cache.ts';
import type { Answer, RecordData, RecordType, Resolver } from './types.ts';

/** One name and type whose records change. */
export type Change = { [T in RecordType]: ChangeOf<T> }[RecordType];

interface ChangeOf<T extends RecordType> {
  name: string;
  type: T;
  /** The new records from the present ones; empty: no record of this type. */
  change: (present: readonly RecordData[T][]) => readonly RecordData[T][];
}

/** TTL of the overlay's records; other answers keep theirs. */
const OVERLAY_TTL = 300;

/** A resolver that answers as if the changes were published. All other queries go to `resolver`. */
export function overlay(resolver: Resolver, changes: readonly Change[]): Resolver {
  const query = async (name: string, type: RecordType): Promise<Answer<unknown>> => {
    const own = changes.filter((one) => sameName(one.name, name));
    if (own.length === 0) return atEndOf(await resolver.query(name, type), type, changes);
    const alias = own.find((one) => one.type === 'CNAME');
    if (alias !== undefined && type !== 'CNAME') return throughAlias(query, alias, type);
    const changed = own.find((one) => one.type === type);
    const answer = await resolver.query(name, type);
    if (changed === undefined) {
      // The name exists with the change: NXDOMAIN becomes NODATA for other types.
      return answer.kind === 'nxdomain' && answer.aliases.length === 0 ? { ...answer, kind: 'nodata' } : answer;
    }
    if (answer.kind === 'error') return answer;
    const present = answer.kind === 'ok' && answer.aliases.length === 0 ? answer.records : [];
    // `changed` has the type of the query, which is that of the records present.
    const records = changed.change(present as never);
    const received = { ttl: OVERLAY_TTL, aliases: [], authenticated: answer.authenticated };
    return records.length === 0 ? { kind: 'nodata', ...received } : { kind: 'ok', records, ...received };
  };
  // Parsed records are kept by answer, so equal queries get the same one.
  const answers = new Map<string, Promise<Answer<unknown>>>();
  const once = (name: string, type: RecordType): Promise<Answer<unknown>> => {
    const key = keyOf(name, type);
    let answer = answers.get(key);
    if (answer === undefined) {
      answer = query(name, type);
      answers.set(key, answer);
    }
    return answer;
  };
  // The type of the records is part of the key.
  return { query: once as Resolver['query'] };
}

/** The answer through unchanged CNAME records, where the name at their end changes. */
function atEndOf(answer: Answer<unknown>, type: RecordType, changes: readonly Change[]): Answer<unknown> {
  if (answer.kind === 'error') return answer;
  const end = answer.aliases.at(-1);
  const changed = changes.find((one) => end !== undefined && one.type === type && sameName(one.name, end));
  if (changed === undefined) return answer;
  const { aliases, authenticated } = answer;
  // `changed` has the type of the query, which is that of the records present.
  const records = changed.change((answer.kind === 'ok' ? answer.records : []) as never);
  return records.length === 0
    ? { kind: 'nodata', ttl: answer.ttl, aliases, authenticated }
    : { kind: 'ok', records, ttl: answer.ttl, aliases, authenticated };
}

/** The answer at the end of a CNAME record that the overlay publishes (RFC 1034 section 3.6.2). */
async function throughAlias(
  query: (name: string, type: RecordType) => Promise<Answer<unknown>>,
  { change }: ChangeOf<'CNAME'>,
  type: RecordType,
): Promise<Answer<unknown>> {
  const [target] = change([]);
  if (target === undefined) return { kind: 'nodata', ttl: OVERLAY_TTL, aliases: [], authenticated: false };
  const answer = await query(target, type);
  return answer.kind === 'error' ? answer : { ...answer, aliases: [fold(target), ...answer.aliases] };
}
