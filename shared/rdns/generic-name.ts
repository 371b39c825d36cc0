// Host names that providers assign automatically, which mail filters treat as home connections (RFC 8601 section 3 leaves it to them).
import type { Ip } from '../text/ip.ts';

export type GenericReason = 'address' | 'dynamic' | 'customer';

/** Words of host names by their meaning; compared with the parts between dots, hyphens and digits. */
const WORDS: readonly { reason: GenericReason; words: readonly string[] }[] = [
  {
    reason: 'dynamic',
    words: [
      ...['dyn', 'dynamic', 'dynip', 'dhcp', 'dial', 'dialup', 'dialin', 'ppp', 'pppoe', 'pool', 'pools'],
      ...['dsl', 'adsl', 'vdsl', 'xdsl', 'sdsl', 'cable', 'catv', 'cablemodem', 'hfc', 'docsis', 'broadband', 'bband'],
      ...['ftth', 'fttx', 'fiber', 'fibre', 'gpon', 'wimax', 'wifi', 'wlan', 'gprs', 'lte', 'mobile', 'umts', 'nat'],
      ...['residential', 'resnet', 'home'],
    ],
  },
  {
    reason: 'customer',
    words: [
      ...['static', 'cust', 'customer', 'customers', 'client', 'clients', 'user', 'users', 'unassigned', 'unused'],
      ...['unknown', 'rev', 'reverse', 'rdns', 'ip', 'compute', 'vps', 'vds', 'vmi', 'kvm'],
    ],
  },
];
/** A name with one of these was chosen for a mail server. */
const MAIL_WORDS = new Set(
  'mail mailer mails mailout mx smtp smtps esmtp relay mta out outbound outgoing send sender email newsletter bounce'.split(
    ' ',
  ),
);
/** Labels of the registered domain, where "cable" or "static" may be a name. */
const OWN_LABELS = 2;

/** Why a name looks assigned by a provider, or null. `ip` is its address. */
export function genericReason(name: string, ip: Ip): GenericReason | null {
  const labels = name.toLowerCase().split('.').slice(0, -OWN_LABELS);
  const host = labels.join('.');
  const words = host.split(/[^a-z]+/).filter((word) => word !== '');
  if (words.some((word) => MAIL_WORDS.has(word))) return null;
  if (ip.version === 4 ? holdsIpv4(host, ip.bytes) : holdsIpv6(host, ip.bytes)) return 'address';
  return WORDS.find((entry) => words.some((word) => entry.words.includes(word)))?.reason ?? null;
}

/** Three consecutive bytes, forwards or backwards, in decimal; or the whole address in hexadecimal. */
function holdsIpv4(host: string, bytes: readonly number[]): boolean {
  const numbers = host.match(/\d+/g)?.map(Number) ?? [];
  const orders = [bytes, [...bytes].reverse()];
  const rows = orders.flatMap((order) => [order.slice(0, 3), order.slice(1)]);
  if (rows.some((row) => numbers.some((_, at) => row.every((byte, index) => numbers[at + index] === byte))))
    return true;
  const padded = orders.map((order) => order.map((byte) => String(byte).padStart(3, '0')).join(''));
  const hex = orders.map((order) => order.map((byte) => byte.toString(16).padStart(2, '0')).join(''));
  return [...padded, ...hex].some((digits) => host.includes(digits));
}

/** The lower or upper half of the address, written out, or as its groups without leading zeros. */
function holdsIpv6(host: string, bytes: readonly number[]): boolean {
  const plain = host.replace(/[-.]/g, '');
  const hex = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
  const nibbles = [...hex].reverse().join('');
  if ([hex.slice(0, 16), hex.slice(16), nibbles.slice(0, 16)].some((half) => plain.includes(half))) return true;
  const groups = (hex.match(/.{4}/g) ?? []).map((group) => group.replace(/^0+(?=.)/, ''));
  const between = `-${host.replace(/[.-]+/g, '-')}-`;
  return [groups.slice(0, 4), groups.slice(4)].some((half) => between.includes(`-${half.join('-')}-`));
}
