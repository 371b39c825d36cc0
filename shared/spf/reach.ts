// How much of the Internet a record and all that it includes lets send; pure (RFC 7208 section 5).
import type { InspectedRecord } from './inspect.ts';
import { parseSpfRecord } from './parse.ts';
import type { Mechanism } from './types.ts';

/** What everyone may send by: the term itself, of several the last, with the domain whose record holds it; and the domain's own terms to take out. */
export interface OpenTerm {
  domain: string;
  term: string;
  vias: string[];
}

/** Addresses from `from` on, as a share of all that there are. */
interface Net {
  from: number;
  size: number;
  domain: string;
  term: string;
  via: string;
}

/** From this share on, nobody is kept out. */
const HALF = 0.5;
/** Of a set of nets that covers half of all only together, those of this share are the cause: a /8 of IPv4. */
const LARGE = 1 / 256;

/** What was found on the way through the tree. */
interface Found extends Record<'v4' | 'v6', Net[]> {
  /** Terms that let everyone send by themselves. */
  opens: Omit<Net, 'from' | 'size'>[];
}

/**
 * The term, or the nets together, by which half of the Internet or more gets a pass; undefined where there is none.
 * What names stand for is not looked at, but for `a/0` and the like, which hold everyone wherever the name points.
 */
export function openTerm(root: InspectedRecord): OpenTerm | undefined {
  const found: Found = { opens: [], v4: [], v6: [] };
  visit(root, found, undefined);
  const causes = [found.v4, found.v6]
    .filter((family) => coverage(family) >= HALF)
    .flatMap((family) => {
      const large = family.filter(({ size }) => size >= LARGE);
      return large.length > 0 ? large : family;
    });
  const shown = found.opens[0] ?? causes.at(-1);
  if (shown === undefined) return undefined;
  // All of them, since with one taken out the next would do.
  const vias = [...found.opens, ...causes].map(({ via }) => via);
  return { domain: shown.domain, term: shown.term, vias: [...new Set(vias)] };
}

function visit(record: InspectedRecord, found: Found, above: string | undefined): void {
  if (record.status !== 'record' || record.text === null) return;
  const { domain } = record;
  const pulledIn = new Map(record.terms.map((term) => [term.at, term.record]));
  for (const term of parseSpfRecord(record.text).terms) {
    if (term.kind === 'invalid' || (term.kind === 'mechanism' && term.qualifier !== '+' && term.name !== 'all'))
      continue;
    const where = { domain, term: term.text, via: above ?? term.text };
    const target = term.name === 'include' || term.name === 'redirect' ? pulledIn.get(term.at) : undefined;
    if (target !== undefined) visit(target, found, where.via);
    if (term.kind !== 'mechanism') continue;
    if (term.qualifier === '+' && letsAll(term)) found.opens.push(where);
    else addNet(found, term, where);
    // RFC 7208 section 5.1: what stands behind `all` is never come to.
    if (term.name === 'all') break;
  }
}

function letsAll({ name, prefix4, prefix6 }: Mechanism): boolean {
  if (name === 'all') return true;
  return (name === 'a' || name === 'mx') && (prefix4 <= 1 || prefix6 <= 4);
}

/** IPv6 addresses are given out of 2000::/3 alone, so that is all of its Internet (RFC 4291 section 2.4). */
const IPV6_FROM = 0x2000 / 0x10000;
const IPV6_SHARE = 1 / 8;

function addNet(nets: Found, { network, prefix4, prefix6 }: Mechanism, where: Omit<Net, 'from' | 'size'>): void {
  if (network === undefined) return;
  const prefix = network.version === 4 ? prefix4 : prefix6;
  // Six octets are as exact as the arithmetic, and more than any net that matters here needs.
  const start = network.bytes.slice(0, 6).reduce((sum, byte, index) => sum + byte / 256 ** (index + 1), 0);
  const size = 2 ** -prefix;
  const from = Math.floor(start / size) * size;
  if (network.version === 4) nets.v4.push({ from, size, ...where });
  else {
    const low = Math.max(from, IPV6_FROM);
    const high = Math.min(from + size, IPV6_FROM + IPV6_SHARE);
    if (high > low) nets.v6.push({ from: (low - IPV6_FROM) / IPV6_SHARE, size: (high - low) / IPV6_SHARE, ...where });
  }
}

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
