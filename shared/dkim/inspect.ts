// Inspects one published key: whether it exists, at the right name, and is usable (RFC 6376 sections 3.6.1 and 3.6.2).
import type { Answer, RecordData, Resolver } from '../dns/types.ts';
import { toAscii } from '../text/domain.ts';
import { correctedRecord, looksLikeKeyRecord, readKeyRecords } from './key-record.ts';
import { keysEqual } from './private-key.ts';
import { withoutZone } from './repair-record.ts';
import type { KeyFacts, KeyProblem } from './types.ts';

export type KeyStatus =
  /** A key that signatures can be verified with. */
  | 'ok'
  /** The published record cannot verify any signature. */
  | 'unusable'
  /** `p=` is empty. */
  | 'revoked'
  /** No record at that name. */
  | 'none'
  /** DNS gave no answer. */
  | 'unknown';

/** The outcome of one selector; plain data. */
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
  /** Number of TXT records that look like keys; with more than one, receivers differ in which they use. */
  keyRecords: number;
  /** Targets of the CNAME records; the last is the name of the key record. */
  aliases: string[];
  /** The CNAME's target does not exist. */
  dangling: boolean;
  /** A wrong name at which the key was found instead, and the target of its CNAME if it has one. */
  misplaced?: string;
  misplacedAlias?: string;
  /** Whether there is a key at the target that is published as TXT instead of CNAME; absent if that is not known. */
  pastedAliasHasKey?: boolean;
  /** The CNAME's intended target: the published one has the domain appended, since its final dot is missing. */
  intendedAlias?: string;
  /** Why DNS gave no answer, where `status` is "unknown". */
  detail?: string;
  /** Seconds; absent where DNS gave no answer. */
  ttl?: number;
}

/** The published key compared with the signing key: "ok" only where an answer has the same key, "unknown" without an answer. */
export type KeyMatch = 'ok' | 'missing' | 'unusable' | 'different' | 'unknown';

/** @param publicKey the base64 of `p=` for the signing key; where absent, any usable key counts as the same. */
export function matchKey({ status, facts }: DkimKeyOutcome, publicKey?: string): KeyMatch {
  if (status === 'unknown') return 'unknown';
  if (status === 'none') return 'missing';
  if (status !== 'ok') return 'unusable';
  return publicKey === undefined || keysEqual(publicKey, facts?.publicKey ?? '') ? 'ok' : 'different';
}

export interface InspectOptions {
  /** Also query names where keys are often published by mistake. Default: true. */
  misplaced?: boolean;
}

/**
 * Inspects the key of a selector.
 * @param domain and selector as typed, U-labels too; "._domainkey" and the domain at the end of the selector are removed.
 * @returns the state of the key and all problems of its record. Never rejects.
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
    return { ...outcome, status: 'unknown', detail: `${outcome.name} is not a valid query name` };
  }
  const answer = await resolver.query(outcome.name, 'TXT');
  readAnswer(answer, outcome);
  await findPastedAlias(outcome, resolver);
  if (outcome.status !== 'ok') await findIntendedAlias(outcome, resolver);
  if (outcome.status !== 'none' || outcome.dangling || options.misplaced === false) return outcome;
  return findMisplaced(outcome, resolver);
}

/** Zones above the domain whose name a panel may have added; not top-level domains. */
const MAX_PARENTS = 1;

/** The name with that of a zone appended again: the domain's own, and the one above it. */
export function doubledNames(name: string, domain: string): string[] {
  const labels = domain.split('.');
  const zones = labels
    .slice(0, Math.min(labels.length - 1, 1 + MAX_PARENTS))
    .map((_, at) => labels.slice(at).join('.'));
  return zones.map((zone) => `${name}.${zone}`).filter((wrong) => toAscii(wrong).ok);
}

/** Names with the zone's name appended again, and without "._domainkey". */
async function findMisplaced(outcome: DkimKeyOutcome, resolver: Resolver): Promise<DkimKeyOutcome> {
  const { name, domain, selector } = outcome;
  const wrong = [...doubledNames(name, domain), `${selector}.${domain}`, `${name}._domainkey.${domain}`];
  return keyAt(outcome, wrong, resolver);
}

/** The outcome with the key at one of the wrong names; unchanged if there is none. */
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

/** The keys of these selectors that a panel published with the name of a zone appended again; one query each. */
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
 * A name in place of a key is a CNAME target that was pasted as TXT; the remedy depends on whether there is a key at the
 * target. After a CNAME the text belongs to the target's owner, and the alias has no key.
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
  const target = outcome.aliases.at(-1);
  const intended = target === undefined ? undefined : withoutZone(target, outcome.domain);
  if (intended === undefined) return;
  const answer = await resolver.query(intended, 'TXT');
  const texts = answer.kind === 'ok' ? answer.records.map((strings) => strings.join('')) : [];
  // A provider without a key there yet still has names that show their purpose.
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
    parsed[0];
  if (best === undefined) return;
  outcome.record = best.text;
  outcome.problems = best.record.problems;
  if (outcome.keyRecords === 0 && correctedRecord(best.record.facts) === undefined) {
    // Another TXT record, mostly a wildcard's: not a key (and a receiver that reads it finds no p=).
    const [named] = best.record.problems.filter(({ id }) => id === 'cname-as-txt' || id === 'private-key');
    const detail = 'the TXT record there is not a key record';
    outcome.status = 'unusable';
    outcome.problems = [named ?? { id: 'not-a-key', tag: 'p', detail, fatal: true }];
    return;
  }
  outcome.facts = best.record.facts;
  const revoked = best.record.problems.some((problem) => problem.id === 'revoked');
  outcome.status = best.record.key !== undefined ? 'ok' : revoked ? 'revoked' : 'unusable';
}
