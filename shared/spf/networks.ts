// The networks of a record, separated from its other terms: a record may have thousands, and every evaluation compares them.
import { inNetwork6 } from './address.ts';
import type { Client } from './evaluation.ts';
import type { SpfRecord } from './types.ts';

interface Networks {
  /** Places of the terms other than `ip4` and `ip6`, in the record's order. */
  others: readonly number[];
  /** Of the `ip4` terms: places, addresses and masks, with the same index. */
  places4: readonly number[];
  addresses4: Int32Array;
  masks4: Int32Array;
  ip6: readonly { place: number; groups: readonly number[]; prefix: number }[];
  /** The sum of their shares of all addresses of their version. */
  share4: number;
  share6: number;
}

/** Kept as long as the record itself. */
const known = new WeakMap<SpfRecord, Networks>();

function networksOf(record: SpfRecord): Networks {
  let networks = known.get(record);
  if (networks === undefined) {
    networks = separate(record);
    known.set(record, networks);
  }
  return networks;
}

function separate({ terms }: SpfRecord): Networks {
  const others: number[] = [];
  const places4: number[] = [];
  const addresses4: number[] = [];
  const masks4: number[] = [];
  const ip6: Networks['ip6'][number][] = [];
  let share4 = 0;
  let share6 = 0;
  terms.forEach((term, place) => {
    if (term.kind === 'mechanism' && term.address4 !== undefined) {
      // JavaScript shifts modulo 32: a shift by 32 would change nothing.
      const mask = term.prefix4 === 0 ? 0 : -1 << (32 - term.prefix4);
      places4.push(place);
      addresses4.push(term.address4 & mask);
      masks4.push(mask);
      share4 += 2 ** -term.prefix4;
    } else if (term.kind === 'mechanism' && term.groups6 !== undefined) {
      ip6.push({ place, groups: term.groups6, prefix: term.prefix6 });
      share6 += 2 ** -term.prefix6;
    } else others.push(place);
  });
  return {
    others,
    places4,
    addresses4: new Int32Array(addresses4),
    masks4: new Int32Array(masks4),
    ip6,
    share4,
    share6,
  };
}

/** The places of the terms other than networks, in order. */
export function otherTerms(record: SpfRecord): readonly number[] {
  return networksOf(record).others;
}

/** The place of the first network that contains the client; the number of terms where none does (RFC 7208 section 5.6). */
export function firstNetwork(record: SpfRecord, { address4, groups6 }: Client): number {
  const { places4, addresses4, masks4, ip6 } = networksOf(record);
  if (address4 !== undefined) {
    const address = address4 | 0;
    for (let index = 0; index < addresses4.length; index++)
      // The three arrays have the same length; this is the loop that every evaluation runs.
      if ((address & masks4[index]!) === addresses4[index]) return places4[index]!;
  } else if (groups6 !== undefined) {
    for (const { place, groups, prefix } of ip6) if (inNetwork6(groups6, groups, prefix)) return place;
  }
  return record.terms.length;
}

/** The most that the networks of a record can cover, as shares of all addresses; overlaps and fails are counted too. */
export function networkShares(record: SpfRecord): { share4: number; share6: number } {
  return networksOf(record);
}

/** How many terms from this place on, and before the end, are networks without another term between them. */
export function networksFrom(record: SpfRecord, from: number, end: number): number {
  const { others } = networksOf(record);
  // Binary search for the first place from `from` on: a record may have thousands of other terms too.
  let low = 0;
  let high = others.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((others[middle] ?? end) < from) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, Math.min(others[low] ?? end, end) - from);
}
