// Addresses that nobody on the Internet can reach (RFC 6890).
import { type Ip, inNetwork, isReserved, parseIp } from './ip.ts';

// RFC 5737 and RFC 3849: examples and tests use them where a real address would stand.
const DOCUMENTATION: readonly { network: Ip; prefix: number }[] = [
  { network: parseIp('192.0.2.0')!, prefix: 24 },
  { network: parseIp('198.51.100.0')!, prefix: 24 },
  { network: parseIp('203.0.113.0')!, prefix: 24 },
  { network: parseIp('2001:db8::')!, prefix: 32 },
];

/** Private, loopback, link-local and so on; addresses kept for documentation are taken as the public ones they stand for. */
export function isUnreachable(ip: Ip): boolean {
  return isReserved(ip) && !DOCUMENTATION.some(({ network, prefix }) => inNetwork(ip, network, prefix));
}
