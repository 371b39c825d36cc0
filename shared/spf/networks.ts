// The networks of a record apart from its other terms: a record may hold thousands, and every evaluation compares them.
import { inNetwork6 } from './address.ts';
import type { Client } from './evaluation.ts';
import type { SpfRecord } from './types.ts';

interface Networks {
  /** Places of the terms that are no `ip4` or `ip6`, in the record's order. */
  others: readonly number[];
  /** Of the `ip4` terms: places, addresses and masks side by side. */
  places4: readonly number[];
  addresses4: Int32Array;
  masks4: Int32Array;
  /** Of the `ip6` terms. */
  places6: readonly number[];
  /** The sum of their shares of all addresses, each version for itself. */
  share4: number;
  share6: number;
}

/** For as long as the record itself is kept. */
const known = new WeakMap<SpfRecord, Networks>();

function networksOf(record: SpfRecord): Networks {
  let networks = known.get(record);
  if (networks === undefined) {
    networks = apart(record);
    known.set(record, networks);
  }
  return networks;
}

function apart({ terms }: SpfRecord): Networks {
  const others: number[] = [];
  const places4: number[] = [];
  const places6: number[] = [];
  for (let place = 0; place < terms.length; place++) {
    const term = terms[place]!;
    if (term.kind === 'mechanism' && term.address4 !== undefined) places4.push(place);
    else if (term.kind === 'mechanism' && term.groups6 !== undefined) places6.push(place);
    else others.push(place);
  }
  let share4 = 0;
  let share6 = 0;
  const addresses4 = new Int32Array(places4.length);
  const masks4 = new Int32Array(places4.length);
  for (let index = 0; index < places4.length; index++) {
    const term = terms[places4[index]!]!;
    if (term.kind !== 'mechanism') continue;
    // A shift by 32 would be none.
    const mask = term.prefix4 === 0 ? 0 : -1 << (32 - term.prefix4);
    masks4[index] = mask;
    share4 += 2 ** -term.prefix4;
    addresses4[index] = term.address4! & mask;
  }
  for (const place of places6) {
    const term = terms[place]!;
    if (term.kind === 'mechanism') share6 += 2 ** -term.prefix6;
  }
  return { others, places4, addresses4, masks4, places6, share4, share6 };
}

/** The places of the terms that are no networks, in order. */
export function otherTerms(record: SpfRecord): readonly number[] {
  return networksOf(record).others;
}

/** The place of the first network that holds the client; the number of terms where none does (RFC 7208 section 5.6). */
export function firstNetwork(record: SpfRecord, { address4, groups6 }: Client): number {
  const { places4, addresses4, masks4, places6 } = networksOf(record);
  if (address4 !== undefined) {
    const address = address4 | 0;
    for (let index = 0; index < addresses4.length; index++)
      if ((address & masks4[index]!) === addresses4[index]) return places4[index]!;
  } else if (groups6 !== undefined) {
    for (const place of places6) {
      const term = record.terms[place]!;
      if (term.kind === 'mechanism' && inNetwork6(groups6, term.groups6!, term.prefix6)) return place;
    }
  }
  return record.terms.length;
}

/** What the networks of a record cover at most, as shares of all addresses; overlaps and refusals are counted. */
export function networkShares(record: SpfRecord): { share4: number; share6: number } {
  return networksOf(record);
}

/** How many terms from this place on, and before the end, are networks without another term between them. */
export function networksFrom(record: SpfRecord, from: number, end: number): number {
  const { others } = networksOf(record);
  // The first place that is not before `from`: a record may hold thousands of other terms too.
  let low = 0;
  let high = others.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (others[middle]! < from) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, Math.min(others[low] ?? end, end) - from);
}
