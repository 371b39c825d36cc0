// The record to publish for a domain: its own with all corrections of its inspection, or a first one (RFC 7208).

import { providerOfMx, providerOfSpfName } from '../providers/lookup.ts';
import type { Provider } from '../providers/types.ts';
import { correctedSpf, joinedSpf, joinsWell, mergeSpf } from './correct.ts';
import { MAX_LOOKUPS, MAX_VOID_LOOKUPS } from './evaluation.ts';
import { idleTerms, withoutIdleTerms } from './lint.ts';
import { parseSpfRecord } from './parse.ts';
import { type OpenTerm, openTerm } from './reach.ts';
import type { Mechanism, SpfRecord } from './types.ts';
import { type Branch, brokenBy, type DnsTerm, everyDnsTerm, type Walk } from './walk.ts';
import { isVoid, type Limits, limitsOf, lookupsOf } from './worst-case.ts';

/** Characters of a proposed record: panels accept no more than that. */
export const MAX_PROPOSED = 2048;
/** Records of one name that are joined; more are not one administrator's mistake. */
const MAX_JOINED = 10;
/** Removed terms that are reported. */
const MAX_DROPPED = 8;
/** Rounds of correction: one may reveal what the next one corrects. */
const MAX_ROUNDS = 4;

/** The corrected record, before addresses are added to it. */
export interface MeantRecord {
  /** '' where no record is certainly right. */
  text: string;
  /** Why there is none: too many lookups, authorizes everyone, uncertain; 'nobody': it is right only with an address. */
  why: '' | 'lookups' | 'voids' | 'everyone' | 'nobody' | 'unclear' | 'large';
  lookups: number;
  /** Removed terms: void lookups, and names that do not resolve; the first eight. */
  dropped: string[];
}

/** A corrected text, and the tree that it would have. */
interface Draft {
  record: SpfRecord;
  branch: Branch;
  open: OpenTerm | undefined;
}

export type InspectionStatus = 'found' | 'invalid' | 'none' | 'several' | 'unknown';

/** The domain's own tree, and the term in it that authorizes everyone. */
export interface OwnTree {
  root: Branch;
  open: OpenTerm | undefined;
}

/**
 * The record that a domain was meant to have: each version of it is inspected as if it were published, and terms that
 * would break it are removed. Queries only names that the domain's own record does not query.
 */
export async function meantRecord(
  walk: Walk,
  domain: string,
  { root, open }: OwnTree,
  texts: readonly string[],
): Promise<MeantRecord> {
  if (texts.some((text) => text.length > 2 * MAX_PROPOSED)) return nothing('large');
  // So many records that not all of them were fetched: no correction of a term makes it right.
  for (const { below } of everyDnsTerm(root)) if (below?.status === 'not-asked') return nothing('lookups');
  const first = firstDraft(root, texts);
  if (first === undefined) return nothing('unclear');
  if (first.length > MAX_PROPOSED) return nothing('large');
  const own =
    root.record !== undefined && root.status === 'record' ? { record: root.record, branch: root, open } : undefined;
  const known = new Set(texts.flatMap((text) => text.toLowerCase().split(/ +/)));
  let draft = await drafted(walk, domain, first, own);
  // A term that authorizes everyone is removed from a valid record, where a finding says so; any other gets no proposal.
  if (own === undefined && draft.open !== undefined) return nothing('everyone', lookupsOf(draft.branch));
  const dropped: string[] = [];
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const next = corrected(draft, dropped);
    if (next === undefined) return { ...verdict(draft, own?.branch, known, dropped.length > 0), dropped };
    draft = await drafted(walk, domain, next, own);
  }
  return nothing('unclear');
}

const nothing = (why: MeantRecord['why'], lookups = 0): MeantRecord => ({ text: '', why, lookups, dropped: [] });

function firstDraft({ record, status }: Branch, texts: readonly string[]): string | undefined {
  if (status === 'several') return texts.length <= MAX_JOINED && joinsWell(texts) ? joinedSpf(texts) : undefined;
  const [text] = texts;
  if (record === undefined || text === undefined) return undefined;
  if (status === 'invalid') return correctedSpf(text);
  const written = text === record.text ? record : parseSpfRecord(text);
  return withoutIdleTerms(written, { close: !closes(written) });
}

/** Whether a record has a result for all other senders; `?all` counts as none. */
export function closes({ terms }: SpfRecord): boolean {
  const all = terms.find((term): term is Mechanism => term.kind === 'mechanism' && term.name === 'all');
  if (all !== undefined) return all.qualifier !== '?';
  return terms.some((term) => term.kind === 'modifier' && term.name === 'redirect');
}

async function drafted(walk: Walk, domain: string, text: string, own: Draft | undefined): Promise<Draft> {
  if (own?.record.text === text) return own;
  const { record, branch } = await walk.withNewLimits().text(domain, text);
  return { record, branch, open: openTerm(branch) };
}

/** The draft without the terms that break it; undefined where no term does. */
function corrected({ record, branch, open }: Draft, dropped: string[]): string | undefined {
  const without = new Set<string>();
  const instead = new Map<string, string>();
  for (const via of open?.vias ?? []) without.add(via);
  // Senders that the open term authorized may not be listed yet: until then none of them must fail.
  if (open !== undefined)
    for (const { text } of record.terms) if (/^[+\-~?]?all$/i.test(text) && text !== '~all') without.add(text);
  for (const ask of branch.asks) {
    const include = brokenBy(ask) === 'none' ? meantInclude(ask.term.text, branch.domain) : undefined;
    if (include !== undefined) instead.set(ask.term.text, include);
    else if (brokenBy(ask) !== undefined) without.add(ask.term.text);
    else if (isVoid(ask) === true) {
      const host = meantService(ask) ?? hostTerm(ask);
      if (host === undefined) without.add(ask.term.text);
      else instead.set(ask.term.text, host);
    }
  }
  if (without.size === 0 && instead.size === 0) return undefined;
  const next = withoutIdleTerms(record, { without, instead, close: true });
  // A void lookup does no harm: it stays where its removal changes nothing.
  if (next === record.text) return undefined;
  dropped.push(...[...without, ...instead.keys()].slice(0, MAX_DROPPED - dropped.length));
  return next;
}

/**
 * The include that an include without a record was meant as: a known mail service's name with the domain's appended, or
 * another name of the service than the one of its record. Undefined for other names.
 */
export function meantInclude(term: string, domain: string): string | undefined {
  const [, written] = /^\+?include:([^%]+)$/i.exec(term) ?? [];
  if (written === undefined) return undefined;
  const name = written.toLowerCase().replace(/\.$/, '');
  const front = name.endsWith(`.${domain}`) ? name.slice(0, -domain.length - 1) : name;
  const include = providerOfSpfName(front)?.spf?.include;
  return include === undefined || include === name ? undefined : `include:${include}`;
}

/** The include of a mail service whose host is in an `a` or `mx` term that is a void lookup. */
function meantService({ term, target }: DnsTerm): string | undefined {
  if (term.kind !== 'mechanism' || term.qualifier !== '+' || term.domain === undefined) return undefined;
  if (target === undefined || (term.name !== 'a' && term.name !== 'mx')) return undefined;
  const include = (providerOfSpfName(target) ?? providerOfMx(target))?.spf?.include;
  return include === undefined ? undefined : `include:${include}`;
}

/** The `a` term for an `mx` term whose name is a host, not a domain with MX records. */
function hostTerm({ term, finds }: DnsTerm): string | undefined {
  // Another qualifier would fail senders that did not fail before.
  if (term.kind !== 'mechanism' || term.qualifier !== '+' || term.domain === undefined) return undefined;
  if (!finds.hasAddress) return undefined;
  return term.text.replace(/mx(?=:)/i, 'a');
}

function verdict(
  { record, branch, open }: Draft,
  own: Branch | undefined,
  known: ReadonlySet<string>,
  removed: boolean,
): MeantRecord {
  const limits = limitsOf(branch);
  const { lookups } = limits;
  // No term is left that authorizes a sender, though there was one.
  if (removed && /^v=spf1(?: [-~?]all)?$/i.test(record.text))
    return { ...nothing('nobody', lookups), text: record.text };
  if (open !== undefined) return nothing('everyone', lookups);
  const isNew = ({ term }: DnsTerm) => !known.has(term.text.toLowerCase());
  if (branch.asks.some((ask) => isNew(ask) && isUncertain(ask))) return nothing('unclear', lookups);
  if (lookups > MAX_LOOKUPS) return nothing('lookups', lookups);
  if (!voidsHold(limits, own)) return nothing('voids', lookups);
  return record.text.length > MAX_PROPOSED ? nothing('large', lookups) : { ...nothing('', lookups), text: record.text };
}

/** No more void lookups than are allowed, or than the record has today for senders of one IP version. */
function voidsHold({ voidLookups, ipv4, ipv6 }: Limits, own: Branch | undefined): boolean {
  const today = own === undefined ? undefined : limitsOf(own);
  return (
    voidLookups <= MAX_VOID_LOOKUPS &&
    ipv4.certain <= Math.max(MAX_VOID_LOOKUPS, today?.ipv4.certain ?? 0) &&
    // Where every evaluation is an error today, hosts without IPv6 are no reason to keep that record.
    (today === undefined || ipv6.certain <= Math.max(MAX_VOID_LOOKUPS, today.ipv6.certain))
  );
}

/** An include whose own records are not all known. */
function isUncertain(ask: DnsTerm): boolean {
  if (ask.term.name !== 'include' && ask.term.name !== 'redirect') return false;
  if (ask.below === undefined) return true;
  const all = [ask, ...everyDnsTerm(ask.below)];
  return all.some(({ below }) => below?.status === 'unknown' || below?.status === 'not-asked');
}

/**
 * The record that fixes all findings at once, so that every finding proposes the same one.
 * @param ips addresses that send the domain's mail
 * @param unauthorised those of them that the record does not authorize
 * @returns the text; '' where the domain has no record, and where no record is certainly right (`inspection.meant.why`)
 */
export function proposedSpf(
  { status, meant, open }: { status: InspectionStatus; meant?: MeantRecord; open?: OpenTerm },
  ips: readonly string[],
  unauthorised: readonly string[],
): string {
  if (meant === undefined || status === 'none' || status === 'unknown') return '';
  const known = status === 'found' && open === undefined ? unauthorised : ips;
  if (meant.text === '' || (meant.why === 'nobody' && known.length === 0)) return '';
  return mergeSpf(meant.text, { ips: known });
}

/**
 * The record of an evaluation with the addresses added, for a domain that was not inspected. It is otherwise unchanged,
 * except that a redirect next to `all` becomes the include that was meant.
 */
export function extendedSpf(text: string | null, ips: readonly string[]): string {
  if (text === null || text.length > MAX_PROPOSED) return '';
  const record = parseSpfRecord(text);
  if (record.problems.length > 0) return '';
  return mergeSpf(idleTerms(record).redirect === undefined ? text : withoutIdleTerms(record), { ips });
}

export interface KnownSenders {
  /** Addresses that send the domain's mail, as given by the user. */
  ips: readonly string[];
  /** Hosts that receive the domain's mail: the provider of the mailboxes also sends from them. */
  mxHosts: readonly string[];
}

/**
 * The first record of a domain without one: the given addresses and the providers of the mailboxes, by the include of
 * their documentation, another mail server by `mx`. It ends in `~all`, since part of it is inferred.
 * @returns '' where no sender is known, or where a provider documents no include: a record without it would fail the
 * domain's own mailboxes
 */
export function firstSpf({ ips, mxHosts }: KnownSenders): string {
  const providers = new Set(mxHosts.map(providerOfMx));
  const includes = [...providers].filter((provider) => provider !== undefined).map(includeOf);
  if (includes.includes(undefined)) return '';
  const terms = [...(providers.has(undefined) ? ['mx'] : []), ...includes.map((include) => `include:${include}`)];
  if (ips.length + terms.length === 0) return '';
  return mergeSpf('v=spf1 ~all', { ips, terms });
}

/** A filter that receives the mail is not the provider of the mailboxes. */
function includeOf({ kind, spf }: Provider): string | undefined {
  return kind === 'filter' ? undefined : spf?.include;
}
