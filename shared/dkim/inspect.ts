// Looks at one published key: is it there, at the right name, and of use (RFC 6376 sections 3.6.1 and 3.6.2).
import type { Answer, RecordData, Resolver } from '../dns/types.ts';
import { toAscii } from '../text/domain.ts';
import { correctedRecord, looksLikeKeyRecord, readKeyRecords } from './key-record.ts';
import { keysEqual } from './private-key.ts';
import { withoutZone } from './repair-record.ts';
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
  /** A wrong name at which the key was found instead, and where its CNAME leads if it has one. */
  misplaced?: string;
  misplacedAlias?: string;
  /** Whether there is a key at the name that is published as TXT instead of as CNAME; absent if that is not known. */
  pastedAliasHasKey?: boolean;
  /** Where the CNAME was meant to lead: its target has the domain at its end, as of a name without its final dot. */
  intendedAlias?: string;
  /** Why DNS gave no answer, where `status` is "unknown". */
  detail?: string;
  /** Seconds; absent where DNS gave no answer. */
  ttl?: number;
}

/** What is published beside what signs: "ok" only where an answer says that it is the same, "unknown" without an answer. */
export type KeyMatch = 'ok' | 'missing' | 'unusable' | 'different' | 'unknown';

/** @param publicKey the base64 of `p=` that belongs to the signing key; where absent, any usable key is taken to be it. */
export function matchKey({ status, facts }: DkimKeyOutcome, publicKey?: string): KeyMatch {
  if (status === 'unknown') return 'unknown';
  if (status === 'none') return 'missing';
  if (status !== 'ok') return 'unusable';
  return publicKey === undefined || keysEqual(publicKey, facts?.publicKey ?? '') ? 'ok' : 'different';
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
  const outcome = emptyOutcome(asciiDomain.ok ? asciiDomain.name : domain, given.ok ? given.name : selector);
  if (!asciiDomain.ok || !given.ok || !toAscii(outcome.name).ok) {
    return { ...outcome, status: 'unknown', detail: `${outcome.name} is no name that can be asked for` };
  }
  const answer = await resolver.query(outcome.name, 'TXT');
  readAnswer(answer, outcome);
  await findPastedAlias(outcome, resolver);
  if (outcome.aliases.length > 0 && outcome.status !== 'ok') await findIntendedAlias(outcome, resolver);
  if (outcome.status !== 'none' || outcome.dangling || options.misplaced === false) return outcome;
  return findMisplaced(outcome, resolver);
}

/** Zones above the domain whose name a panel may have added; single labels are no zone of an owner's. */
const MAX_PARENTS = 1;

/** The names that have that of a zone once more at their end: the domain's own, and the one above it. */
export function doubledNames(name: string, domain: string): string[] {
  const labels = domain.split('.');
  const zones = labels
    .slice(0, Math.min(labels.length - 1, 1 + MAX_PARENTS))
    .map((_, at) => labels.slice(at).join('.'));
  return zones.map((zone) => `${name}.${zone}`).filter((wrong) => toAscii(wrong).ok);
}

/** Forms that add the zone's name to what is typed, and forms where "._domainkey" was left out. */
async function findMisplaced(outcome: DkimKeyOutcome, resolver: Resolver): Promise<DkimKeyOutcome> {
  const { name, domain, selector } = outcome;
  const wrong = [...doubledNames(name, domain), `${selector}.${domain}`, `${name}._domainkey.${domain}`];
  return keyAt(outcome, wrong, resolver);
}

/** The outcome with the key at one of the wrong names; as it is if there is none. */
async function keyAt(outcome: DkimKeyOutcome, names: readonly string[], resolver: Resolver): Promise<DkimKeyOutcome> {
  for (const wrong of names) {
    if (!toAscii(wrong).ok) continue;
    const other = await resolver.query(wrong, 'TXT');
    if (other.kind !== 'ok') continue;
    const texts = other.records.map((strings) => strings.join(''));
    const found = readKeyRecords(texts).find(
      ({ text, record }) => looksLikeKeyRecord(text) || correctedRecord(record.facts) !== undefined,
    );
    if (found === undefined) continue;
    const [alias] = other.aliases;
    return {
      ...outcome,
      misplaced: wrong,
      record: found.text,
      facts: found.record.facts,
      ...(alias === undefined ? {} : { misplacedAlias: alias }),
    };
  }
  return outcome;
}

/** The keys of these selectors that a panel published with the name of a zone once more; one question each. */
export async function doubledKeys(
  domain: string,
  selectors: readonly string[],
  zone: string,
  resolver: Resolver,
): Promise<DkimKeyOutcome[]> {
  const keys = await Promise.all(
    selectors.map((selector) => {
      const absent = emptyOutcome(domain, selector);
      return keyAt(absent, [`${absent.name}.${zone}`], resolver);
    }),
  );
  return keys.filter(({ misplaced }) => misplaced !== undefined);
}

function emptyOutcome(domain: string, selector: string): DkimKeyOutcome {
  return {
    domain,
    selector,
    name: `${selector}._domainkey.${domain}`,
    status: 'none',
    problems: [],
    keyRecords: 0,
    aliases: [],
    dangling: false,
  };
}

/**
 * A name where a key should be is a CNAME target that was pasted as TXT; whether a key is there decides what else is to be
 * done. Behind a CNAME the text is its target's owner's, and the alias leads to no key.
 */
async function findPastedAlias(outcome: DkimKeyOutcome, resolver: Resolver): Promise<void> {
  const pasted = outcome.problems.find(({ id }) => id === 'cname-as-txt');
  if (pasted === undefined) return;
  if (outcome.aliases.length > 0) {
    Object.assign(outcome, { status: 'none', problems: [], keyRecords: 0, dangling: true });
    delete outcome.record;
    return;
  }
  if (!toAscii(pasted.detail).ok) return;
  const answer = await resolver.query(pasted.detail, 'TXT');
  if (answer.kind === 'error') return;
  outcome.pastedAliasHasKey =
    answer.kind === 'ok' && answer.records.some((strings) => looksLikeKeyRecord(strings.join('')));
}

/** A CNAME target without its final dot has the zone's name added by the name server (RFC 1035 section 5.1). */
async function findIntendedAlias(outcome: DkimKeyOutcome, resolver: Resolver): Promise<void> {
  const intended = withoutZone(outcome.aliases.at(-1)!, outcome.domain);
  if (intended === undefined) return;
  const answer = await resolver.query(intended, 'TXT');
  const texts = answer.kind === 'ok' ? answer.records.map((strings) => strings.join('')) : [];
  // A provider that has no key there yet still has names that tell what they are for.
  if (texts.some(looksLikeKeyRecord) || /(?:domainkey|dkim)[^.]*\.[^.]+\.[^.]+/.test(intended)) {
    outcome.intendedAlias = intended;
  }
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
  outcome.keyRecords = texts.filter(looksLikeKeyRecord).length;
  const parsed = readKeyRecords(texts);
  // Of several the usable one: verifiers may try them all (RFC 6376 section 6.1.2 step 4).
  const best =
    parsed.find(({ record }) => record.key !== undefined) ??
    parsed.find(({ record }) => correctedRecord(record.facts) !== undefined) ??
    parsed[0]!;
  outcome.record = best.text;
  outcome.problems = best.record.problems;
  if (outcome.keyRecords === 0 && correctedRecord(best.record.facts) === undefined) {
    // Some other TXT record, mostly a wildcard's: no key (and a receiver that reads it finds no p=).
    const [named] = best.record.problems.filter(({ id }) => id === 'cname-as-txt' || id === 'private-key');
    const detail = 'the TXT record there is no key record';
    outcome.status = 'unusable';
    outcome.problems = [named ?? { id: 'not-a-key', tag: 'p', detail, fatal: true }];
    return;
  }
  outcome.facts = best.record.facts;
  const revoked = best.record.problems.some((problem) => problem.id === 'revoked');
  outcome.status = best.record.key !== undefined ? 'ok' : revoked ? 'revoked' : 'unusable';
}
