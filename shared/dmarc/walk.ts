// The DNS tree walk and the organizational domain (RFC 9989 sections 4.10 and 4.10.2).
import type { Answer, ByteString, Resolver } from '../dns/types.ts';
import { isDmarcRecord, looksLikeDmarc, parseDmarc } from './parse.ts';
import type { DmarcRecord, TreeWalk, WalkStep } from './types.ts';

/** RFC 9989 section 4.10 step 4: a name of this many labels or more is cut … */
const LABELS_TO_CUT_FROM = 8;
/** … to this many, so that no walk sends more than eight queries. */
const LABELS_TO_CUT_TO = 7;

/** The parsed record of an answer, kept as long as the answer itself: several parts of one check walk the same tree. */
const read = new WeakMap<Answer<readonly ByteString[]>, DmarcRecord>();

function readOnce(answer: Answer<readonly ByteString[]>, text: string): DmarcRecord {
  let record = read.get(answer);
  if (record === undefined) {
    record = parseDmarc(text);
    read.set(answer, record);
  }
  return record;
}

/** The outcome of the query for `_dmarc.` of one domain. */
interface Looked {
  step: WalkStep;
  /** Seconds; absent without an answer. */
  ttl?: number;
}
/** Looks up a domain's record, with one query for all walks. */
export type RecordLookup = (domain: string) => Promise<Looked>;

/** The domains that a walk queries, the longest first: at most eight (RFC 9989 section 4.10 steps 3, 4 and 7). */
export function walkTargets(domain: string): string[] {
  let labels = domain.split('.');
  const targets: string[] = [];
  while (labels.length > 0) {
    targets.push(labels.join('.'));
    labels = labels.length >= LABELS_TO_CUT_FROM ? labels.slice(-LABELS_TO_CUT_TO) : labels.slice(1);
  }
  return targets;
}

/** Sends one query for each name; walks that share the lookup share its answers. */
export function recordLookup(resolver: Resolver): RecordLookup {
  const known = new Map<string, Promise<Looked>>();
  return (domain) => {
    let looked = known.get(domain);
    if (looked === undefined) {
      looked = resolver.query(`_dmarc.${domain}`, 'TXT').then((answer) => lookedAt(domain, answer));
      known.set(domain, looked);
    }
    return looked;
  };
}

function lookedAt(domain: string, answer: Answer<readonly ByteString[]>): Looked {
  if (answer.kind === 'error') {
    // A name that cannot exist has no record: that is certain, not unknown.
    if (answer.reason === 'badname') return { step: { domain, status: 'none' } };
    return { step: { domain, status: 'unknown', detail: `${answer.reason}: ${answer.detail}` } };
  }
  const { ttl } = answer;
  const texts = answer.kind === 'ok' ? answer.records.map((strings) => strings.join('')) : [];
  // Steps 2 and 6: records of another version are discarded, and several of this version are all discarded.
  const records = texts.filter(isDmarcRecord);
  if (records.length > 1) return { step: { domain, status: 'several', texts: records }, ttl };
  const [only] = records;
  if (only !== undefined) {
    const record = readOnce(answer, only);
    if (record.valid) return { step: { domain, status: 'record', record }, ttl };
    return { step: { domain, status: 'invalid', record, texts: records }, ttl };
  }
  const meant = texts.filter(looksLikeDmarc);
  const [first] = meant;
  if (first === undefined) return { step: { domain, status: 'none' }, ttl };
  return { step: { domain, status: 'invalid', record: readOnce(answer, first), texts: meant }, ttl };
}

/**
 * Walks from `domain` (A-labels, lower case) to the top. All names are queried at once: a walk is one round trip, and the
 * names above an end by `psd` are ignored.
 */
export async function treeWalk(domain: string, lookup: RecordLookup): Promise<TreeWalk> {
  const looked = await Promise.all(walkTargets(domain).map(lookup));
  const steps: WalkStep[] = [];
  const ttls: number[] = [];
  let ended = false;
  let unanswered = false;
  for (const { step, ttl } of looked) {
    if (ended) {
      steps.push({ domain: step.domain, status: 'beyond' });
      continue;
    }
    steps.push(step);
    if (ttl !== undefined) ttls.push(ttl);
    if (step.status === 'unknown') {
      // This name could have ended the walk, so the names above do not count.
      unanswered = true;
      ended = true;
    } else if (step.status === 'record' && step.record?.publicSuffix !== 'u') {
      ended = true;
    }
  }
  return {
    domain,
    steps,
    organizationalDomain: unanswered ? null : organizationalDomain(domain, recordsOf(steps)),
    ttl: unanswered || ttls.length === 0 ? 0 : Math.min(...ttls),
  };
}

/** The steps with a valid record, the longest name first. */
export function recordsOf(steps: readonly WalkStep[]): { domain: string; record: DmarcRecord }[] {
  return steps.flatMap(({ domain, status, record }) =>
    status === 'record' && record !== undefined ? [{ domain, record }] : [],
  );
}

/** RFC 9989 section 4.10.2, over the records of a finished walk from the longest name to the shortest. */
function organizationalDomain(domain: string, found: readonly { domain: string; record: DmarcRecord }[]): string {
  for (const { domain: at, record } of found) {
    if (record.publicSuffix === 'n') return at;
    if (record.publicSuffix === 'y' && at !== domain) {
      return domain
        .split('.')
        .slice(-(at.split('.').length + 1))
        .join('.');
    }
  }
  // The fewest labels; without a record the domain itself.
  return found.at(-1)?.domain ?? domain;
}
