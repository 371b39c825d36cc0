// What the longest evaluation of a tree costs, for senders of either IP version; pure (RFC 7208 section 4.6.4).
import { MAX_LOOKUPS, MAX_MX_NAMES, MAX_VOID_LOOKUPS } from './evaluation.ts';
import type { Asking, Branch } from './walk.ts';

/** The term that is one too many, and the term of the domain's own record that leads to it. */
export interface LimitBreak {
  domain: string;
  term: string;
  at: number;
  via: string;
}

export interface VoidCase {
  /** Terms that find nothing for every sender of this IP version. */
  certain: number;
  /** With those where a macro or reverse DNS decides. */
  possible: number;
  /** Questions that find nothing, as receivers count that count each host of `mx`. */
  questions: number;
  /** The term with which `certain`, and with which `possible`, goes over the limit. */
  exceeded?: LimitBreak;
  possiblyExceeded?: LimitBreak;
  /** Behind that term stands one that may let senders of this version pass: their mail is refused. */
  hidesSenders: boolean;
}

export interface Limits {
  lookups: number;
  exceeded: {
    lookups?: LimitBreak;
    /** Terms that find nothing for senders of both versions. */
    voids?: LimitBreak;
    /** An `mx` of more than ten hosts. */
    mx?: LimitBreak;
  };
  /** Terms that find nothing for senders of both versions. */
  voidLookups: number;
  ipv4: VoidCase;
  ipv6: VoidCase;
}

/** True where a term's questions find nothing, whatever the sender's IP version; null where that is not known. */
export function isVoid({ finds: { empty4, empty6 } }: Asking): boolean | null {
  if (empty4 === false || empty6 === false) return false;
  return empty4 === true && empty6 === true ? true : null;
}

export function lookupsOf({ asks, more }: Branch): number {
  return asks.reduce((sum, ask) => sum + costOf(ask), more);
}

/** Lookups that a term costs, with everything that it pulls in. */
export function costOf({ own, below }: Asking): number {
  return own + (below === undefined ? 0 : lookupsOf(below));
}

export function limitsOf(root: Branch): Limits {
  const limits: Limits = {
    lookups: lookupsOf(root),
    exceeded: {},
    voidLookups: 0,
    ipv4: voidCase(root, 4),
    ipv6: voidCase(root, 6),
  };
  let lookups = 0;
  visit(root, undefined, (ask, here) => {
    lookups += ask.own;
    if (lookups > MAX_LOOKUPS) limits.exceeded.lookups ??= here;
    if (isVoid(ask) === true && ++limits.voidLookups > MAX_VOID_LOOKUPS) limits.exceeded.voids ??= here;
    if (ask.finds.hosts > MAX_MX_NAMES) limits.exceeded.mx ??= here;
  });
  return limits;
}

/** Goes through the tree as the longest evaluation would. */
function visit(branch: Branch, via: string | undefined, each: (ask: Asking, here: LimitBreak) => void): void {
  for (const ask of branch.asks) {
    const { text: term, at } = ask.term;
    const here = { domain: branch.domain, term, at, via: via ?? term };
    each(ask, here);
    if (ask.below !== undefined) visit(ask.below, here.via, each);
  }
}

function voidCase(root: Branch, version: 4 | 6): VoidCase {
  const found: VoidCase = { certain: 0, possible: 0, questions: 0, hidesSenders: false };
  visit(root, undefined, (ask, here) => {
    const { finds } = ask;
    const empty = (version === 4 ? finds.empty4 : finds.empty6) === true;
    if (empty) found.certain++;
    if (empty || finds.depends) found.possible++;
    found.questions += empty ? Math.max(1, finds.emptyHosts) : finds.emptyHosts;
    if (found.certain > MAX_VOID_LOOKUPS) found.exceeded ??= here;
    if (found.possible > MAX_VOID_LOOKUPS) found.possiblyExceeded ??= here;
  });
  if (found.exceeded !== undefined) found.hidesSenders = letsPassBehind(root, found.exceeded, version, { seen: false });
  return found;
}

/** Whether a term behind the limit may let senders of the version pass; where a macro decides, it may. */
function letsPassBehind(branch: Branch, limit: LimitBreak, version: 4 | 6, state: { seen: boolean }): boolean {
  let from = state.seen ? -1 : Number.POSITIVE_INFINITY;
  for (const ask of branch.asks) {
    const { term, finds, below } = ask;
    const passes = term.kind === 'modifier' || term.qualifier === '+';
    if (state.seen && passes && below === undefined && (version === 4 ? finds.empty4 : finds.empty6) !== true)
      return true;
    if (term.at === limit.at && branch.domain === limit.domain) state.seen = true;
    if (below !== undefined && letsPassBehind(below, limit, version, state) && passes) return true;
    if (state.seen) from = Math.min(from, term.at);
  }
  if (!state.seen || branch.record === undefined) return false;
  return branch.record.terms.some(
    (term) =>
      term.kind === 'mechanism' &&
      term.qualifier === '+' &&
      term.at > from &&
      (term.name === 'all' || term.name === `ip${version}`),
  );
}
