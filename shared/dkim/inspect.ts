// Looks at one published key: is it there, at the right name, and of use (RFC 6376 sections 3.6.1 and 3.6.2).
import type { Answer, RecordData, Resolver } from '../dns/types.ts';
import { toAscii } from '../text/domain.ts';
import { looksLikeKeyRecord, parseKeyRecord } from './key-record.ts';
import type { KeyFacts, KeyProblem } from './types.ts';

export type KeyStatus =
  /** A key that signatures can be verified with. */
  | 'ok'
  /** Something is published, and no signature can be verified with it. */
  | 'unusable'
  /** `p=` is empty. */
  | 'revoked'
  /** Nothing is published at that name. */
  | 'none'
  /** DNS gave no answer. */
  | 'unknown';

/** What came of one selector; plain data. */
export interface DkimKeyOutcome {
  domain: string;
  selector: string;
  /** `selector._domainkey.domain`. */
  name: string;
  status: KeyStatus;
  /** The key record as text; absent where there is none. */
  record?: string;
  facts?: KeyFacts;
  problems: KeyProblem[];
  /** Number of TXT records that look like keys; over one, receivers differ in which they take. */
  keyRecords: number;
  /** Targets of the CNAME records on the way; the last is where the key is kept. */
  aliases: string[];
  /** The CNAME leads to a name that does not exist. */
  dangling: boolean;
  /** A wrong name at which the key was found instead. */
  misplaced?: string;
  /** Why DNS gave no answer, where `status` is "unknown". */
  detail?: string;
  /** Seconds; absent where DNS gave no answer. */
  ttl?: number;
}

export interface InspectOptions {
  /** Look at the names where keys end up by mistake, two queries more where there is none. True where absent. */
  misplaced?: boolean;
}

/**
 * Inspects the key of a selector.
 * @param domain and selector as typed, U-labels too; a selector with "._domainkey" or the domain at its end is taken as meant.
 * @returns the state of the key and everything wrong about its record. Never rejects.
 */
export async function inspectDkimKey(
  domain: string,
  selector: string,
  resolver: Resolver,
  options: InspectOptions = {},
): Promise<DkimKeyOutcome> {
  const asciiDomain = toAscii(domain);
  const given = toAscii(selector.trim().replace(/\._domainkey(?:\..*)?$/i, ''));
  const outcome: DkimKeyOutcome = {
    domain: asciiDomain.ok ? asciiDomain.name : domain,
    selector: given.ok ? given.name : selector,
    name: '',
    status: 'none',
    problems: [],
    keyRecords: 0,
    aliases: [],
    dangling: false,
  };
  outcome.name = `${outcome.selector}._domainkey.${outcome.domain}`;
  if (!asciiDomain.ok || !given.ok || !toAscii(outcome.name).ok) {
    return { ...outcome, status: 'unknown', detail: `${outcome.name} is no name that can be asked for` };
  }
  const answer = await resolver.query(outcome.name, 'TXT');
  readAnswer(answer, outcome);
  if (outcome.status !== 'none' || outcome.dangling || options.misplaced === false) return outcome;
  // Forms that add the zone's name to what is typed, and forms where "._domainkey" was left out.
  for (const name of [`${outcome.name}.${outcome.domain}`, `${outcome.selector}.${outcome.domain}`]) {
    if (!toAscii(name).ok) continue;
    const other = await resolver.query(name, 'TXT');
    const record =
      other.kind === 'ok' ? other.records.map((strings) => strings.join('')).find(looksLikeKeyRecord) : undefined;
    if (record === undefined) continue;
    return { ...outcome, misplaced: name, record };
  }
  return outcome;
}

function readAnswer(answer: Answer<RecordData['TXT']>, outcome: DkimKeyOutcome): void {
  if (answer.kind === 'error') {
    outcome.status = 'unknown';
    outcome.detail = answer.detail === '' ? answer.reason : `${answer.reason}: ${answer.detail}`;
    return;
  }
  outcome.ttl = answer.ttl;
  outcome.aliases = [...answer.aliases];
  if (answer.kind !== 'ok') {
    outcome.dangling = answer.aliases.length > 0;
    return;
  }
  const texts = answer.records.map((strings) => strings.join(''));
  const meant = texts.filter(looksLikeKeyRecord);
  outcome.keyRecords = meant.length;
  if (meant.length === 0) {
    // Some other TXT record, mostly a wildcard's: no key (and a receiver that reads it finds no p=).
    outcome.status = 'unusable';
    outcome.record = texts[0]!;
    outcome.problems = [{ id: 'not-a-key', tag: 'p', detail: 'the TXT record there is no key record', fatal: true }];
    return;
  }
  // Of several the usable one: verifiers may try them all (RFC 6376 section 6.1.2 step 4).
  const parsed = meant.map((text) => ({ text, record: parseKeyRecord(text) }));
  const best = parsed.find(({ record }) => record.key !== undefined) ?? parsed[0]!;
  outcome.record = best.text;
  outcome.facts = best.record.facts;
  outcome.problems = best.record.problems;
  const revoked = best.record.problems.some((problem) => problem.id === 'revoked');
  outcome.status = best.record.key !== undefined ? 'ok' : revoked ? 'revoked' : 'unusable';
}
