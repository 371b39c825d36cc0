// Addresses that are not reachable from the Internet (RFC 6890).
import { type Ip, inNetwork, isReserved, networkOf } from './ip.ts';

// RFC 5737 and RFC 3849: examples and tests use them instead of real addresses.
const DOCUMENTATION = ['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '2001:db8::/32'].map(networkOf);

/** Private, loopback, link-local and so on; addresses for documentation count as public. */
export function isUnreachable(ip: Ip): boolean {
  return isReserved(ip) && !DOCUMENTATION.some(({ network, prefix }) => inNetwork(ip, network, prefix));
}
