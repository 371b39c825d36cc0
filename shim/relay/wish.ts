// What `mailshim relay postfix` is asked for, checked word by word before any of it stands in a configuration or a script.

import { parseDomain } from '../../shared/text/domain.ts';
import { parseIp } from '../../shared/text/ip.ts';

export interface RelayWish {
  hostname: string;
  /** The first is mydomain. */
  domains: readonly [string, ...string[]];
  /** Networks of the shop, `203.0.113.5/32` or `2001:db8::/64`: who may connect. */
  allow: readonly string[];
  /** Names that have to log in. */
  saslUsers: readonly string[];
  /** Paths on the relay. */
  certificate: string;
  key: string;
  ipv4Only: boolean;
  /** Certificates of receivers by DNSSEC (RFC 7672); needs a resolver that validates. */
  dane: boolean;
}
export interface WishWords {
  hostname?: string;
  domain?: readonly string[];
  allow?: readonly string[];
  saslUser?: readonly string[];
  certificate?: string;
  key?: string;
  ipv4Only?: boolean;
  dane?: boolean;
}

/** Wider networks than this are no shop but a provider: IPv4 and IPv6. */
const WIDEST = { 4: 24, 6: 48 } as const;

/** `problem` is one line for a person. Never fails. */
export function readWish(words: WishWords): { wish: RelayWish } | { problem: string } {
  if (words.hostname === undefined)
    return { problem: '--hostname is missing: the name in the PTR record of the relay, such as mail.shop.example' };
  const hostname = parseDomain(words.hostname);
  if (!hostname.ok)
    return { problem: `--hostname ${JSON.stringify(words.hostname)} is no full host name such as mail.shop.example` };
  const domains: string[] = [];
  for (const word of commaWords(words.domain)) {
    const domain = parseDomain(word);
    if (!domain.ok) return { problem: `--domain ${JSON.stringify(word)} is no domain such as shop.example` };
    domains.push(domain.name);
  }
  if (domains.length === 0)
    return { problem: '--domain is missing: the domain that the shop sends for, such as shop.example' };
  const allow: string[] = [];
  for (const word of commaWords(words.allow)) {
    const network = readNetwork(word);
    if ('problem' in network) return network;
    allow.push(network.network);
  }
  const saslUsers = [...commaWords(words.saslUser)];
  for (const user of saslUsers) {
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(user))
      return { problem: `--sasl-user ${JSON.stringify(user)}: letters, digits, ".", "_" and "-" make a login name` };
  }
  if (allow.length === 0 && saslUsers.length === 0)
    return {
      problem: 'who may send? Name the address of the shop by --allow 203.0.113.5, or a login by --sasl-user shop',
    };
  if ((words.certificate === undefined) !== (words.key === undefined))
    return { problem: '--certificate and --key go together' };
  const folder = `/etc/letsencrypt/live/${hostname.name}`;
  const certificate = words.certificate ?? `${folder}/fullchain.pem`;
  const key = words.key ?? `${folder}/privkey.pem`;
  for (const [option, path] of [
    ['--certificate', certificate],
    ['--key', key],
  ] as const) {
    // A space would end the value for some of Postfix's lists, and a quote the word in the script.
    if (!/^\/[A-Za-z0-9/._+@-]+$/.test(path))
      return { problem: `${option} ${JSON.stringify(path)}: an absolute path without spaces is needed` };
  }
  return {
    wish: {
      hostname: hostname.name,
      domains: domains as [string, ...string[]],
      allow,
      saslUsers,
      certificate,
      key,
      ipv4Only: words.ipv4Only === true,
      dane: words.dane === true,
    },
  };
}

function commaWords(words: readonly string[] | undefined): string[] {
  return (words ?? [])
    .flatMap((word) => word.split(','))
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

function readNetwork(word: string): { network: string } | { problem: string } {
  const [text, prefixText, ...rest] = word.split('/');
  const ip = parseIp(text!.replace(/^\[(.*)\]$/, '$1'));
  const bits = ip === undefined ? 0 : ip.bytes.length * 8;
  const prefix = prefixText === undefined ? bits : /^\d{1,3}$/.test(prefixText) ? Number(prefixText) : -1;
  if (ip === undefined || rest.length > 0 || prefix < 0 || prefix > bits)
    return {
      problem: `--allow ${JSON.stringify(word)} is no address such as 203.0.113.5 and no network such as 203.0.113.0/29`,
    };
  if (prefix < WIDEST[ip.version])
    return {
      problem: `--allow ${word} would let strangers in: name the addresses of the shop, at most a /${WIDEST[ip.version]}`,
    };
  return { network: `${networkAddress(ip.bytes, prefix)}/${prefix}` };
}

/** Postfix refuses a network with bits behind the prefix ("non-null host address bits"): these are set to nothing. */
export function networkAddress(bytes: readonly number[], prefix: number): string {
  const masked = bytes.map((byte, index) => byte & (0xff << Math.max(0, 8 - Math.max(0, prefix - index * 8))) & 0xff);
  if (masked.length === 4) return masked.join('.');
  const groups = Array.from({ length: 8 }, (_, at) => ((masked[at * 2]! << 8) | masked[at * 2 + 1]!).toString(16));
  return parseIp(groups.join(':'))!.text;
}

/** As main.cf writes it: `[2001:db8::]/64`. */
export function postfixNetwork(network: string): string {
  if (!network.includes(':')) return network;
  const [address, prefix] = network.split('/');
  return `[${address}]/${prefix}`;
}
