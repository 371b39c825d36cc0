// How much of the Internet a record lets send by its own networks (RFC 7208 sections 5.1 and 5.6); pure.
import type { Mechanism } from './types.ts';

const ALL_IPV4 = 2 ** 32;
/** The unicast IPv6 Internet is 2000::/3; a prefix this short holds half of it. */
const WIDE_PREFIX6 = 4;

/** The first term by which half of the Internet or more may send, alone or together with those before it; undefined where none does. */
export function openTerm(mechanisms: readonly Mechanism[]): Mechanism | undefined {
  const ranges: [from: number, to: number][] = [];
  for (const mechanism of mechanisms) {
    // What is refused or doubtful lets nobody in, and behind any "all" nothing is reached.
    if (mechanism.name === 'all') return mechanism.qualifier === '+' ? mechanism : undefined;
    if (mechanism.qualifier !== '+') continue;
    const { name, network, prefix4, prefix6 } = mechanism;
    if ((name === 'a' || name === 'mx') && (prefix4 <= 1 || prefix6 <= WIDE_PREFIX6)) return mechanism;
    if (network?.version === 6 && prefix6 <= WIDE_PREFIX6) return mechanism;
    if (network?.version !== 4) continue;
    const size = 2 ** (32 - prefix4);
    const address = network.bytes.reduce((sum, byte) => sum * 256 + byte, 0);
    const from = Math.floor(address / size) * size;
    ranges.push([from, from + size]);
    if (covered(ranges) >= ALL_IPV4 / 2) return mechanism;
  }
  return undefined;
}

/** Addresses in the union of the ranges, `to` not included. */
function covered(ranges: readonly [number, number][]): number {
  let sum = 0;
  let reached = 0;
  for (const [from, to] of [...ranges].sort((one, other) => one[0] - other[0])) {
    sum += Math.max(0, to - Math.max(from, reached));
    reached = Math.max(reached, to);
  }
  return sum;
}
