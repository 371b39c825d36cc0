// Whether a proposed SPF record keeps every sender, and its own limits (RFC 7208).
import { type Resolver, recordsOf } from '../dns/types.ts';
import type { DnsRecord } from '../findings/define.ts';
import type { Withheld } from '../findings/status.ts';
import { providerOfMx } from '../providers/lookup.ts';
import { checkHost } from '../spf/check-host.ts';
import { correctedSpf, looksLikeSpf } from '../spf/correct.ts';
import { inspectSpf } from '../spf/inspect.ts';
import { staticText } from '../spf/macro.ts';
import { askableName } from '../spf/name.ts';
import { otherTerms } from '../spf/networks.ts';
import { parseSpfRecord } from '../spf/parse.ts';
import { fetchRecord } from '../spf/record.ts';
import type { Mechanism, SpfRecord, SpfResult } from '../spf/types.ts';

/** Bytes; with the name and the header it fits into 512 (RFC 7208 section 3.4). */
const MAX_BYTES = 450;
/** Terms of the present records whose senders are evaluated; addresses beyond that must only be kept. */
const MAX_TERMS = 24;
/** Depth of records that are read to find one address of an include. */
const MAX_DEPTH = 4;

export interface SpfProofInput {
  given: readonly string[];
  /** The present zone, and the zone with the record. */
  resolver: Resolver;
  zone: Resolver;
  now: Date;
}

/** A sender that must pass as before: an address, and its term or provider. */
interface Sample {
  name: string;
  ip: string;
  /** From a published record, so that it must pass even where an error in the record fails all mail today. */
  named: boolean;
}

/** Why the record is withheld; undefined where it is proven. */
export async function proveSpf(record: DnsRecord, input: SpfProofInput): Promise<Withheld | undefined> {
  const { name: domain, value } = record;
  const { resolver, zone } = input;
  const proposed = parseSpfRecord(value);
  if (proposed.problems.length > 0) return { reason: 'invalid', what: domain };
  const answer = await resolver.query(domain, 'TXT');
  if (answer.kind === 'error') return { reason: 'unknown', what: domain };
  const texts = recordsOf(answer)
    .map((strings) => strings.join(''))
    .filter(looksLikeSpf);
  const present = texts.map(parseSpfRecord);
  if (value.length > Math.max(MAX_BYTES, ...texts.map(({ length }) => length)))
    return { reason: 'large', what: String(value.length) };
  const inspection = await inspectSpf(domain, zone);
  if (inspection.unknown) return { reason: 'unknown', what: domain };
  const { lookups, lookupLimit, voidLookups, voidLimit } = inspection.worstCase;
  if (lookups > lookupLimit) return { reason: 'lookups', what: String(lookups) };
  if (voidLookups > voidLimit) return { reason: 'voids', what: String(voidLookups) };
  // The intended `all` counts, though quotation marks keep receivers from reading it.
  const meant = texts.map((text) => endOf(parseSpfRecord(correctedSpf(text) ?? text)));
  if (endOf(proposed) > Math.max(STRICTNESS['~'], Math.min(...meant, meant.length === 0 ? 0 : 3)))
    return { reason: 'stricter', what: domain };
  return lostSender(domain, proposed, present, input);
}

const STRICTNESS = { '+': 0, '?': 1, '~': 2, '-': 3 } as const;

/** The strictness of a record for senders that it does not list; a redirect counts as the strictest. */
function endOf({ terms }: SpfRecord): number {
  const all = terms.find((term): term is Mechanism => term.kind === 'mechanism' && term.name === 'all');
  if (all !== undefined) return STRICTNESS[all.qualifier];
  return terms.some((term) => term.kind === 'modifier' && term.name === 'redirect') ? STRICTNESS['-'] : STRICTNESS['?'];
}

async function lostSender(
  domain: string,
  proposed: SpfRecord,
  present: readonly SpfRecord[],
  input: SpfProofInput,
): Promise<Withheld | undefined> {
  const { given, resolver, zone, now } = input;
  const left = new Set(proposed.terms.map(({ text }) => canonical(text)));
  const terms = present.flatMap(sendingTerms);
  const gone = terms.filter(({ text }) => !left.has(canonical(text)));
  const unseen = gone.find((term, index) => index >= MAX_TERMS || !(hasStaticTarget(term) || isStaticExists(term)));
  if (unseen !== undefined) return { reason: 'sender-lost', what: unseen.text };
  // Removed terms are tried first: kept ones can only be affected by a term before them.
  const tried = [...gone, ...terms.filter((term) => !gone.includes(term))].slice(0, MAX_TERMS);
  const samples: (Sample | 'unknown' | undefined)[] = [
    ...given.map((ip) => ({ name: ip, ip, named: false })),
    ...(await Promise.all(tried.map((term) => sampleOfTerm(domain, term, resolver)))),
    ...(await providersByMx(domain, resolver)),
  ];
  for (const sample of samples) {
    if (sample === undefined) continue;
    if (sample === 'unknown') return { reason: 'unknown', what: domain };
    const ask = (over: Resolver) =>
      checkHost({ ip: sample.ip, helo: domain, mailFrom: `postmaster@${domain}` }, over, { now });
    const [before, after] = await Promise.all([ask(resolver), ask(zone)]);
    if (after.result === 'temperror' || before.result === 'temperror') return { reason: 'unknown', what: domain };
    const wanted = sample.named && before.result === 'permerror' ? 'pass' : before.result;
    if (GOODNESS[after.result] < GOODNESS[wanted]) return { reason: 'sender-lost', what: sample.name };
  }
  return undefined;
}

/** RFC 7208 section 8: neutral "MUST be treated exactly like" none, and receivers treat a permerror like none too. */
const GOODNESS: Record<SpfResult, number> = {
  fail: 0,
  softfail: 1,
  permerror: 2,
  none: 2,
  neutral: 2,
  temperror: 2,
  pass: 3,
};

/** Equal for terms with the same senders, also for a redirect that became an include. */
function canonical(text: string): string {
  return text
    .toLowerCase()
    .replace(/^\+/, '')
    .replace(/^redirect=/, 'include:')
    .replace(/^(ip4:[^/]*)\/32$|^(ip6:[^/]*)\/128$/, '$1$2');
}

type SendingTerm = SpfRecord['terms'][number];

/** The terms that authorize senders and that an evaluation can reach. */
function sendingTerms(record: SpfRecord): SendingTerm[] {
  const { terms } = record;
  const end = endPlace(record);
  return terms.filter((term, place) => maySend(term, place, end, terms.length));
}

/** The place of `all`, else the number of terms. */
function endPlace(record: SpfRecord): number {
  const { terms } = record;
  for (const place of otherTerms(record)) {
    const term = terms[place];
    if (term?.kind === 'mechanism' && term.name === 'all') return place;
  }
  return terms.length;
}

function maySend(term: SendingTerm, place: number, end: number, count: number): boolean {
  if (place >= end) return false;
  if (term.kind === 'mechanism') return term.qualifier === '+';
  return term.kind === 'modifier' && term.name === 'redirect' && end === count;
}

function targetOf(term: SendingTerm, domain: string): string | undefined {
  if (term.kind === 'invalid') return undefined;
  const spec = term.kind === 'modifier' ? term.value : term.domain;
  const written = spec === undefined ? domain : staticText(spec);
  return written === undefined ? undefined : askableName(written);
}

/** `ptr` and terms with macros authorize senders that cannot be listed. */
function hasStaticTarget(term: SendingTerm): boolean {
  if (term.kind === 'mechanism' && term.network !== undefined) return true;
  const name = term.kind === 'invalid' ? '' : term.name;
  return !['ptr', 'exists'].includes(name) && targetOf(term, 'domain.example') !== undefined;
}

/** An `exists` without macros authorizes everyone or no sender. */
function isStaticExists(term: SendingTerm): boolean {
  return term.kind === 'mechanism' && term.name === 'exists' && targetOf(term, 'domain.example') !== undefined;
}

/** An address for documentation, which only a term for everyone matches (RFC 5737). */
const ANY_ADDRESS = '192.0.2.1';

/** An address that the term authorizes; undefined where there is none, 'unknown' without an answer. */
async function sampleOfTerm(
  domain: string,
  term: SendingTerm,
  resolver: Resolver,
  depth = 0,
): Promise<Sample | 'unknown' | undefined> {
  if (term.kind === 'invalid') return undefined;
  const name = term.text;
  if (term.kind === 'mechanism' && term.network !== undefined) return { name, ip: term.network.text, named: true };
  const target = targetOf(term, domain);
  if (target === undefined) return undefined;
  if (term.name === 'include' || term.name === 'redirect') {
    const found = await sampleOfRecord(target, resolver, depth);
    return typeof found === 'object' ? { ...found, name } : found;
  }
  if (isStaticExists(term)) {
    const answer = await resolver.query(target, 'A');
    if (answer.kind === 'error') return answer.reason === 'badname' ? undefined : 'unknown';
    return answer.kind === 'ok' ? { name, ip: ANY_ADDRESS, named: true } : undefined;
  }
  if (term.name !== 'a' && term.name !== 'mx') return undefined;
  const hosts =
    term.name === 'a' ? [target] : recordsOf(await resolver.query(target, 'MX')).map(({ exchange }) => exchange);
  if (hosts[0] === undefined) return undefined;
  const answer = await resolver.query(hosts[0], 'A');
  if (answer.kind === 'error') return answer.reason === 'badname' ? undefined : 'unknown';
  const [ip] = recordsOf(answer);
  return ip === undefined ? undefined : { name, ip, named: true };
}

/** An address that the record of this domain authorizes; undefined where it has none, 'unknown' without an answer. */
export async function sampleOfRecord(
  domain: string,
  resolver: Resolver,
  depth = 0,
): Promise<Sample | 'unknown' | undefined> {
  if (depth >= MAX_DEPTH) return undefined;
  const fetched = await fetchRecord(domain, resolver);
  if (fetched.kind === 'error') return fetched.reason === 'badname' ? undefined : 'unknown';
  if (fetched.kind !== 'record' || fetched.record.problems.length > 0) return undefined;
  const { terms } = fetched.record;
  const end = endPlace(fetched.record);
  const sends = (term: SendingTerm, place: number) => maySend(term, place, end, terms.length);
  // Terms without a query first.
  const direct = terms.find(
    (term, place) => sends(term, place) && term.kind === 'mechanism' && term.network !== undefined,
  );
  const next = direct ?? terms.find((term, place) => sends(term, place) && hasStaticTarget(term));
  return next === undefined ? undefined : sampleOfTerm(domain, next, resolver, depth + 1);
}

/** An address of each provider whose mailboxes the domain has, which also send if SPF does not include them today. */
async function providersByMx(domain: string, resolver: Resolver): Promise<(Sample | 'unknown' | undefined)[]> {
  const hosts = recordsOf(await resolver.query(domain, 'MX')).map(({ exchange }) => exchange);
  const providers = new Set(hosts.flatMap((host) => providerOfMx(host) ?? []));
  const mailboxes = [...providers].filter(({ kind }) => kind === 'mailbox');
  return Promise.all(
    mailboxes.map(async (provider) => {
      const include = provider.spf?.include;
      if (include === undefined) return undefined;
      const found = await sampleOfRecord(include, resolver, 0);
      return typeof found === 'object' ? { name: provider.name, ip: found.ip, named: false } : found;
    }),
  );
}
