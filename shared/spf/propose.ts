// The one record to publish instead of a domain's own: everything corrected that its inspection found (RFC 7208).
import { providerOfMx, providerOfSpfName } from '../providers/lookup.ts';
import { correctedSpf, joinedSpf, joinsWell, mergeSpf } from './correct.ts';
import { MAX_LOOKUPS, MAX_VOID_LOOKUPS } from './evaluation.ts';
import type { SpfInspection } from './inspect.ts';
import { idleTerms, mendedSpf } from './lint.ts';
import { parseSpfRecord } from './parse.ts';
import { type OpenTerm, openTerm } from './reach.ts';
import type { Mechanism, SpfRecord } from './types.ts';
import { type Asking, type Branch, brokenBy, everyAsk, type Walk } from './walk.ts';
import { isVoid, type Limits, limitsOf, lookupsOf } from './worst-case.ts';

/** Characters of a record that is proposed: more than that no panel takes, and no administrator copies. */
export const MAX_PROPOSED = 2048;
/** Records of one name that are joined; more are no mistake of one administrator. */
const MAX_JOINED = 10;
/** Terms told that were left out. */
const MAX_DROPPED = 8;
/** What one correction brings to light the next one corrects. */
const MAX_ROUNDS = 4;

/** The record that is right, before addresses are added to it. */
export interface MeantRecord {
  /** '' where there is none that is right for sure. */
  text: string;
  /** Why not: it would need too many lookups, lets everyone send, cannot be told; 'nobody': it is right only with an address. */
  why: '' | 'lookups' | 'voids' | 'everyone' | 'nobody' | 'unclear' | 'large';
  lookups: number;
  /** Terms of the records that it leaves out, since they find nothing or lead nowhere; the first eight. */
  dropped: string[];
}

/** Where the correction begins: a text, and the tree that it would have. */
interface Draft {
  record: SpfRecord;
  branch: Branch;
  open: OpenTerm | undefined;
}

/** The domain's own tree, and the term in it by which everyone may send. */
export interface OwnTree {
  root: Branch;
  open: OpenTerm | undefined;
}

/**
 * The record that a domain was meant to have, tried before it is given: each version of it is walked as if it were
 * published, and what would break it is taken out. Asks for what the domain's own record does not ask for.
 */
export async function meantRecord(
  walk: Walk,
  domain: string,
  { root, open }: OwnTree,
  texts: readonly string[],
): Promise<MeantRecord> {
  if (texts.some((text) => text.length > 2 * MAX_PROPOSED)) return nothing('large');
  // So many records that not all of them are known: no term more or less makes it right.
  for (const { below } of everyAsk(root)) if (below?.status === 'not-asked') return nothing('lookups');
  const first = firstDraft(root, texts);
  if (first === undefined) return nothing('unclear');
  if (first.length > MAX_PROPOSED) return nothing('large');
  const own =
    root.record !== undefined && root.status === 'record' ? { record: root.record, branch: root, open } : undefined;
  const known = new Set(texts.flatMap((text) => text.toLowerCase().split(/ +/)));
  let draft = await drafted(walk, domain, first, own);
  // What lets everyone send is taken out of a record that works, where a finding says so; of any other it decides what to do.
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
  return mendedSpf(written, { close: !closes(written) });
}

/** Whether a record says something about all other senders: `?all` and no end at all do not. */
export function closes({ terms }: SpfRecord): boolean {
  const all = terms.find((term): term is Mechanism => term.kind === 'mechanism' && term.name === 'all');
  if (all !== undefined) return all.qualifier !== '?';
  return terms.some((term) => term.kind === 'modifier' && term.name === 'redirect');
}

async function drafted(walk: Walk, domain: string, text: string, own: Draft | undefined): Promise<Draft> {
  if (own?.record.text === text) return own;
  const branch = await walk.again().text(domain, text);
  return { record: branch.record!, branch, open: openTerm(branch) };
}

/** The draft without what breaks it, undefined where nothing does. */
function corrected({ record, branch, open }: Draft, dropped: string[]): string | undefined {
  const without = new Set<string>();
  const instead = new Map<string, string>();
  for (const via of open?.vias ?? []) without.add(via);
  // Whoever sent by the term that lets everyone send may have to be named yet: till then nobody is refused for it.
  if (open !== undefined)
    for (const { text } of record.terms) if (/^[+\-~?]?all$/i.test(text) && text !== '~all') without.add(text);
  for (const ask of branch.asks) {
    const include = brokenBy(ask) === 'none' ? meantInclude(ask.term.text, branch.domain) : undefined;
    if (include !== undefined) instead.set(ask.term.text, include);
    else if (brokenBy(ask) !== undefined) without.add(ask.term.text);
    else if (isVoid(ask) === true) {
      const host = meantService(ask) ?? addressed(ask);
      if (host === undefined) without.add(ask.term.text);
      else instead.set(ask.term.text, host);
    }
  }
  if (without.size === 0 && instead.size === 0) return undefined;
  const next = mendedSpf(record, { without, instead, close: true });
  // A term that finds nothing does no harm: rather than leave none, it stays.
  if (next === record.text) return undefined;
  dropped.push(...[...without, ...instead.keys()].slice(0, MAX_DROPPED - dropped.length));
  return next;
}

/**
 * What an include without a record was meant as that a mail service is known by: its name with that of the domain at its
 * end, or another name of the service than the one that has its record. Undefined where no service is.
 */
export function meantInclude(term: string, domain: string): string | undefined {
  const [, written] = /^\+?include:([^%]+)$/i.exec(term) ?? [];
  if (written === undefined) return undefined;
  const name = written.toLowerCase().replace(/\.$/, '');
  const front = name.endsWith(`.${domain}`) ? name.slice(0, -domain.length - 1) : name;
  const include = providerOfSpfName(front)?.spf?.include;
  return include === undefined || include === name ? undefined : `include:${include}`;
}

/** The include of a mail service whose host is in an `a` or `mx` term that finds nothing. */
function meantService({ term, target }: Asking): string | undefined {
  if (term.kind !== 'mechanism' || term.qualifier !== '+' || term.domain === undefined) return undefined;
  if (target === undefined || (term.name !== 'a' && term.name !== 'mx')) return undefined;
  const include = (providerOfSpfName(target) ?? providerOfMx(target))?.spf?.include;
  return include === undefined ? undefined : `include:${include}`;
}

/** What an `mx` term was meant as whose name is a host and not a domain with mail servers. */
function addressed({ term, finds }: Asking): string | undefined {
  // A refusal would refuse what was not refused before.
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
  // Nothing is left that lets anybody send, though something was there.
  if (removed && /^v=spf1(?: [-~?]all)?$/i.test(record.text))
    return { ...nothing('nobody', lookups), text: record.text };
  if (open !== undefined) return nothing('everyone', lookups);
  const isNew = ({ term }: Asking) => !known.has(term.text.toLowerCase());
  if (branch.asks.some((ask) => isNew(ask) && isUncertain(ask))) return nothing('unclear', lookups);
  if (lookups > MAX_LOOKUPS) return nothing('lookups', lookups);
  if (!voidsHold(limits, own)) return nothing('voids', lookups);
  return record.text.length > MAX_PROPOSED ? nothing('large', lookups) : { ...nothing('', lookups), text: record.text };
}

/** No more terms may find nothing than are allowed, or than do today for senders of one IP version. */
function voidsHold({ voidLookups, ipv4, ipv6 }: Limits, own: Branch | undefined): boolean {
  const today = own === undefined ? undefined : limitsOf(own);
  return (
    voidLookups <= MAX_VOID_LOOKUPS &&
    ipv4.certain <= Math.max(MAX_VOID_LOOKUPS, today?.ipv4.certain ?? 0) &&
    // Where no evaluation comes to an end today, hosts without IPv6 are no reason to leave it at that.
    (today === undefined || ipv6.certain <= Math.max(MAX_VOID_LOOKUPS, today.ipv6.certain))
  );
}

/** An include that was not one before, of which is not known what it pulls in. */
function isUncertain(ask: Asking): boolean {
  if (ask.term.name !== 'include' && ask.term.name !== 'redirect') return false;
  if (ask.below === undefined) return true;
  const all = [ask, ...everyAsk(ask.below)];
  return all.some(({ below }) => below?.status === 'unknown' || below?.status === 'not-asked');
}

/**
 * The record that settles all that was found, so that whichever finding is followed, all are settled.
 * @param ips addresses that send the domain's mail
 * @param unauthorised of these the ones that the record does not let send
 * @returns the text; '' where the domain has no record, and where none is right for sure (`inspection.meant.why`)
 */
export function proposedSpf(
  { status, meant, open }: SpfInspection,
  ips: readonly string[],
  unauthorised: readonly string[],
): string {
  if (meant === undefined || status === 'none' || status === 'unknown') return '';
  const known = status === 'found' && open === undefined ? unauthorised : ips;
  if (meant.text === '' || (meant.why === 'nobody' && known.length === 0)) return '';
  return mergeSpf(meant.text, { ips: known });
}

/**
 * The record of an evaluation with the addresses added: for a domain that was not inspected. All else is as it is, but that
 * a redirect beside `all` becomes the include that was meant.
 */
export function extendedSpf(text: string | null, ips: readonly string[]): string {
  if (text === null || text.length > MAX_PROPOSED) return '';
  const record = parseSpfRecord(text);
  if (record.problems.length > 0) return '';
  return mergeSpf(idleTerms(record).redirect === undefined ? text : mendedSpf(record), { ips });
}
