// IP addresses and networks, strictly in the form of RFC 7208 and RFC 4291; the arithmetic is that of ipaddr.js.
import ipaddr from 'ipaddr.js';

export interface Ip {
  version: 4 | 6;
  /** 4 or 16 bytes. */
  bytes: readonly number[];
  /** Canonical text (RFC 5952 for IPv6). */
  text: string;
}

// ipaddr.js also accepts "0x7f.1", like inet_aton, which is not allowed in records.
const DOTTED_QUAD = /^(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}$/;

/** An address, or undefined for other text. An IPv4-mapped IPv6 address is the IPv4 one (RFC 7208 section 5). */
export function parseIp(input: string): Ip | undefined {
  if (DOTTED_QUAD.test(input)) return ip4Of(input);
  const address = parse(input);
  if (address === undefined) return undefined;
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress()) return toIp(address.toIPv4Address());
  return toIp(address);
}

/** Like `parseIp`, but an IPv4-mapped address is kept as IPv6: for `ip6:` in a record. */
export function parseIpLiterally(input: string): Ip | undefined {
  if (DOTTED_QUAD.test(input)) return ip4Of(input);
  const address = parse(input);
  return address === undefined ? undefined : toIp(address);
}

/** Text that matches the pattern is in canonical form. */
function ip4Of(text: string): Ip {
  return { version: 4, bytes: text.split('.').map(Number), text };
}

function parse(input: string): ipaddr.IPv6 | undefined {
  if (!input.includes(':') || !/^[0-9a-f:.]+$/i.test(input)) return undefined;
  const tail = input.slice(input.lastIndexOf(':') + 1);
  if (tail.includes('.') && !DOTTED_QUAD.test(tail)) return undefined;
  const text = tail.includes('.') ? input.slice(0, -tail.length) + hexTail(tail) : input;
  return ipaddr.IPv6.isValid(text) ? ipaddr.IPv6.parse(text) : undefined;
}

// ipaddr.js reads "::1.2.3.4" as the mapped "::ffff:1.2.3.4"; a dotted tail is always two groups (RFC 4291 section 2.2).
function hexTail(tail: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = tail.split('.').map(Number);
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}

function toIp(address: ipaddr.IPv4 | ipaddr.IPv6): Ip {
  const text = address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString();
  return { version: address.kind() === 'ipv4' ? 4 : 6, bytes: address.toByteArray(), text };
}

/** Whether the first `prefix` bits are equal; false for different versions. */
export function inNetwork(ip: Ip, network: Ip, prefix: number): boolean {
  if (ip.version !== network.version) return false;
  const whole = prefix >> 3;
  for (let i = 0; i < whole; i++) if (ip.bytes[i] !== network.bytes[i]) return false;
  const rest = prefix & 7;
  if (rest === 0) return true;
  const mask = (0xff << (8 - rest)) & 0xff;
  return ((ip.bytes[whole] ?? 0) & mask) === ((network.bytes[whole] ?? 0) & mask);
}

/** A network in the notation "192.0.2.0/24", for constants. @throws for any other text: a bug */
export function networkOf(text: string): { network: Ip; prefix: number } {
  const [address = '', prefix] = text.split('/');
  const network = parseIp(address);
  if (network === undefined || prefix === undefined) throw new Error(`${text} is not a network`);
  return { network, prefix: Number(prefix) };
}

/** The name of the PTR record: `1.2.0.192.in-addr.arpa`, nibbles below `ip6.arpa` (RFC 3596 section 2.5). */
export function reverseName(ip: Ip): string {
  if (ip.version === 4) return `${[...ip.bytes].reverse().join('.')}.in-addr.arpa`;
  const nibbles = ip.bytes.flatMap((byte) => [byte >> 4, byte & 15]).reverse();
  return `${nibbles.map((nibble) => nibble.toString(16)).join('.')}.ip6.arpa`;
}

/** Not reachable from the Internet: private, loopback, link-local, documentation and so on. */
export function isReserved(ip: Ip): boolean {
  return ipaddr.fromByteArray([...ip.bytes]).range() !== 'unicast';
}
