// The cost of the longest evaluation of a tree, for senders of either IP version; pure (RFC 7208 section 4.6.4).
import { MAX_LOOKUPS, MAX_MX_NAMES, MAX_VOID_LOOKUPS } from './evaluation.ts';
import type { Branch, DnsTerm } from './walk.ts';

/** The term that exceeds a limit, and the term of the domain's own record that includes it. */
export interface LimitBreak {
  domain: string;
  term: string;
  at: number;
  via: string;
}

export interface VoidCase {
  /** Void lookups for every sender of this IP version. */
  certain: number;
  /** Together with those where a macro or reverse DNS decides. */
  possible: number;
  /** Empty answers, for receivers that count each host of `mx`. */
  questions: number;
  /** The term with which `certain`, and with which `possible`, exceeds the limit. */
  exceeded?: LimitBreak;
  possiblyExceeded?: LimitBreak;
  /** A term after that one may authorize senders of this version: their mail is rejected. */
  hidesSenders: boolean;
}

export interface Limits {
  lookups: number;
  exceeded: {
    lookups?: LimitBreak;
    /** Void lookups for senders of both versions. */
    voids?: LimitBreak;
    /** An `mx` of more than ten hosts. */
    mx?: LimitBreak;
  };
  /** Void lookups for senders of both versions. */
  voidLookups: number;
  ipv4: VoidCase;
  ipv6: VoidCase;
}

/** Whether a term is a void lookup for senders of both IP versions; null where that is not known. */
export function isVoid({ finds: { empty4, empty6 } }: DnsTerm): boolean | null {
  if (empty4 === false || empty6 === false) return false;
  return empty4 === true && empty6 === true ? true : null;
}

export function lookupsOf({ asks, more }: Branch): number {
  return asks.reduce((sum, ask) => sum + costOf(ask), more);
}

/** Lookups that a term costs, with everything that it includes. */
export function costOf({ own, below }: DnsTerm): number {
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

/** Visits the tree in the order of the longest evaluation. */
function visit(branch: Branch, via: string | undefined, each: (ask: DnsTerm, here: LimitBreak) => void): void {
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
  if (found.exceeded !== undefined) found.hidesSenders = mayPassAfter(root, found.exceeded, version, { seen: false });
  return found;
}

/** Whether a term after the limit may authorize senders of the version; where a macro decides, it may. */
function mayPassAfter(branch: Branch, limit: LimitBreak, version: 4 | 6, state: { seen: boolean }): boolean {
  let from = state.seen ? -1 : Number.POSITIVE_INFINITY;
  for (const ask of branch.asks) {
    const { term, finds, below } = ask;
    const passes = term.kind === 'modifier' || term.qualifier === '+';
    if (state.seen && passes && below === undefined && (version === 4 ? finds.empty4 : finds.empty6) !== true)
      return true;
    if (term.at === limit.at && branch.domain === limit.domain) state.seen = true;
    if (below !== undefined && mayPassAfter(below, limit, version, state) && passes) return true;
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
