// How much of the Internet a record and its includes authorize; pure (RFC 7208 section 5).
import { networkShares, otherTerms } from './networks.ts';
import type { Mechanism } from './types.ts';
import type { Branch, DnsTerm } from './walk.ts';

/** The term that authorizes everyone, of several the last, with the domain whose record has it; and the domain's own terms to remove. */
export interface OpenTerm {
  domain: string;
  term: string;
  vias: string[];
}

/** A range of addresses: its start and size as shares of all addresses. */
interface Net {
  from: number;
  size: number;
  domain: string;
  term: string;
  via: string;
}

/** From this share on, a record counts as open to everyone. */
const HALF = 0.5;
/** Where only several nets together cover half, those of this share are the cause: a /8 of IPv4. */
const LARGE = 1 / 256;

/** The domain's own terms that are reported for it. */
const MAX_VIAS = 50;

/** What the traversal of the tree found. */
interface Found extends Record<'v4' | 'v6', Net[]> {
  /** Terms that authorize everyone alone. */
  opens: Omit<Net, 'from' | 'size'>[];
}

/**
 * The term, or the nets together, by which half of the Internet or more gets a pass; undefined where there is none.
 * Addresses of names are not examined, except `a/0` and the like, which match for any address.
 */
export function openTerm(root: Branch): OpenTerm | undefined {
  const found: Found = { opens: [], v4: [], v6: [] };
  // Most records cover a tiny share; their networks need not be added up.
  const { share4, share6 } = sharesOf(root);
  visit(root, found, undefined, share4 >= HALF || share6 / IPV6_SHARE >= HALF);
  const causes = [found.v4, found.v6]
    .filter((family) => coverage(family) >= HALF)
    .flatMap((family) => {
      const large = family.filter(({ size }) => size >= LARGE);
      return large.length > 0 ? large : family;
    });
  const shown = found.opens[0] ?? causes.at(-1);
  if (shown === undefined) return undefined;
  // All of them, since with one removed the next would still match.
  const vias = [...found.opens, ...causes].map(({ via }) => via);
  return { domain: shown.domain, term: shown.term, vias: [...new Set(vias)].slice(0, MAX_VIAS) };
}

/** The most that the networks of all records can cover. */
function sharesOf({ record, asks }: Branch): { share4: number; share6: number } {
  const sum = record === undefined ? { share4: 0, share6: 0 } : { ...networkShares(record) };
  for (const { below } of asks) {
    if (below === undefined) continue;
    const { share4, share6 } = sharesOf(below);
    sum.share4 += share4;
    sum.share6 += share6;
  }
  return sum;
}

function visit(branch: Branch, found: Found, above: string | undefined, withNetworks: boolean): void {
  if (branch.record === undefined || branch.status !== 'record') return;
  const { domain, asks, record, reached } = branch;
  let next = 0;
  for (const index of withNetworks ? record.terms.keys() : otherTerms(record)) {
    if (index >= reached) break;
    const term = record.terms[index];
    if (term?.kind !== 'mechanism') continue;
    const ask = asks[next]?.term === term ? asks[next++] : undefined;
    if (term.qualifier !== '+' && term.name !== 'all') continue;
    if (term.name === 'ip4' || term.name === 'ip6') addNet(found, domain, term, above);
    else visitTerm(branch, term, ask, found, above, withNetworks);
  }
  const redirect = asks.at(-1);
  if (redirect?.term.kind === 'modifier' && redirect.below !== undefined)
    visit(redirect.below, found, above ?? redirect.term.text, withNetworks);
}

function visitTerm(
  { domain }: Branch,
  term: Mechanism,
  ask: DnsTerm | undefined,
  found: Found,
  above: string | undefined,
  withNetworks: boolean,
): void {
  const via = above ?? term.text;
  if (ask?.below !== undefined) visit(ask.below, found, via, withNetworks);
  else if (term.qualifier === '+' && matchesAll(term, ask)) found.opens.push({ domain, term: term.text, via });
}

function matchesAll({ name, prefix4, prefix6 }: Mechanism, ask: DnsTerm | undefined): boolean {
  if (name === 'all') return true;
  // RFC 7208 section 5.7: without a macro `exists` matches for every sender or for none.
  if (name === 'exists') return ask?.target !== undefined && ask.finds.empty4 === false;
  return (name === 'a' || name === 'mx') && (prefix4 <= 1 || prefix6 <= 4);
}

/** Global IPv6 addresses are assigned from 2000::/3 alone (RFC 4291 section 2.4). */
const IPV6_FROM = 0x2000 / 0x10000;
const IPV6_SHARE = 1 / 8;

function addNet(nets: Found, domain: string, term: Mechanism, above: string | undefined): void {
  const size = 2 ** -(term.name === 'ip4' ? term.prefix4 : term.prefix6);
  const where = { domain, term: term.text, via: above ?? term.text };
  if (term.address4 !== undefined) nets.v4.push({ from: startOf(term.address4 / 2 ** 32, size), size, ...where });
  if (term.groups6 === undefined) return;
  // Three groups are as exact as the arithmetic, and more than any net of this size needs.
  const [first = 0, second = 0, third = 0] = term.groups6;
  const from = startOf(first / 2 ** 16 + second / 2 ** 32 + third / 2 ** 48, size);
  const low = Math.max(from, IPV6_FROM);
  const high = Math.min(from + size, IPV6_FROM + IPV6_SHARE);
  const share = (high - low) / IPV6_SHARE;
  if (high > low) nets.v6.push({ from: (low - IPV6_FROM) / IPV6_SHARE, size: share, ...where });
}

const startOf = (address: number, size: number) => Math.floor(address / size) * size;

/** The share that the nets cover together, overlaps counted once. */
function coverage(nets: readonly Net[]): number {
  let covered = 0;
  let end = 0;
  for (const { from, size } of [...nets].sort((one, other) => one.from - other.from)) {
    covered += Math.max(0, from + size - Math.max(from, end));
    end = Math.max(end, from + size);
  }
  return covered;
}
