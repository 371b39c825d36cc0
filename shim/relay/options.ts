// The options of `mailshim relay postfix`, checked before any of them is written into a configuration or a script.

import { parseDomain } from '../../shared/text/domain.ts';
import { parseIp } from '../../shared/text/ip.ts';
import type { Diagnostic } from '../exit.ts';
import { diagnostic } from '../messages/catalogue.ts';

export interface RelayOptions {
  hostname: string;
  /** The first becomes mydomain if that is not set; empty where shops are only removed. */
  domains: readonly string[];
  /** Networks of the shop, `203.0.113.5/32` or `2001:db8::/64`, that may connect. */
  allow: readonly string[];
  /** This machine is a shop as well; Postfix always allows it. */
  here: boolean;
  /** Login names. */
  saslUsers: readonly string[];
  /** Mail to forward: for one address, or with `@shop.example` for a domain. */
  receive: readonly Forward[];
  /** What to remove: networks, domains, logins, `@shop.example` for forwarded mail. */
  remove: readonly Removal[];
  /** Everything that is not named here is removed. */
  replace: boolean;
  /** Paths on the relay. */
  certificate: string;
  key: string;
  /** Certificate and key were given; false: those of certbot. */
  certificateNamed: boolean;
  ipv4Only: boolean;
  /** DANE for outgoing mail (RFC 7672); needs a validating resolver. */
  dane: boolean;
}

export interface Forward {
  address: string;
  mailbox: string;
}

export type Removal = { kind: 'network' | 'domain' | 'login' | 'forward'; word: string };

export interface RelayAnswers {
  hostname?: string;
  domain?: readonly string[];
  allow?: readonly string[];
  saslUser?: readonly string[];
  receiveAt?: readonly string[];
  remove?: readonly string[];
  replace?: boolean;
  certificate?: string;
  key?: string;
  ipv4Only?: boolean;
  dane?: boolean;
}

/** Wider networks than this belong to a provider, not to a shop: IPv4 and IPv6. */
const WIDEST = { 4: 24, 6: 48 } as const;

type Problem = { problem: Diagnostic };

function expected(option: string, value: string, what: string): Problem {
  return { problem: diagnostic('command.value', { command: 'relay postfix', option, value, expected: what }) };
}

function missing(option: string, example: string): Problem {
  return { problem: diagnostic('command.missing', { command: 'relay postfix', options: [option], example }) };
}

/** Never throws. */
export function readOptions(given: RelayAnswers): { options: RelayOptions } | Problem {
  if (given.hostname === undefined) return missing('--hostname', 'mail.shop.example');
  const hostname = parseDomain(given.hostname);
  if (!hostname.ok) return expected('--hostname', given.hostname, 'a full host name such as mail.shop.example');
  const domains: string[] = [];
  for (const word of commaWords(given.domain)) {
    const domain = parseDomain(word);
    if (!domain.ok) return expected('--domain', word, 'a domain such as shop.example');
    domains.push(domain.name);
  }
  const senders = readSenders(given);
  if ('problem' in senders) return senders;
  const remove: Removal[] = [];
  for (const word of commaWords(given.remove)) {
    const removal = readRemoval(word);
    if ('problem' in removal) return removal;
    remove.push(removal);
  }
  const isGiven = senders.allow.length + senders.saslUsers.length > 0 || senders.here;
  if (domains.length === 0 && (isGiven || remove.length === 0)) return missing('--domain', 'shop.example');
  const receive = readForwards(given.receiveAt, domains);
  if ('problem' in receive) return receive;
  if (!isGiven && remove.length === 0 && receive.forwards.length === 0)
    return { problem: diagnostic('relay-setup.no-sender') };
  const files = readFiles(given, hostname.name);
  if ('problem' in files) return files;
  return {
    options: {
      hostname: hostname.name,
      domains,
      ...senders,
      receive: receive.forwards,
      remove,
      replace: given.replace === true,
      ...files,
      ipv4Only: given.ipv4Only === true,
      dane: given.dane === true,
    },
  };
}

function readSenders(given: RelayAnswers): Pick<RelayOptions, 'allow' | 'here' | 'saslUsers'> | Problem {
  const allow: string[] = [];
  let here = false;
  for (const word of commaWords(given.allow)) {
    const network = readNetwork('--allow', word);
    if ('problem' in network) return network;
    // Always allowed, without an entry.
    if (network.loopback) here = true;
    else allow.push(network.network);
  }
  const saslUsers = commaWords(given.saslUser);
  for (const user of saslUsers) {
    if (!LOGIN.test(user)) return expected('--sasl-user', user, 'letters, digits, ".", "_" and "-"');
  }
  return { allow: [...new Set(allow)], here, saslUsers: [...new Set(saslUsers)] };
}

/** `MAILBOX` is for each domain, `ADDRESS=MAILBOX` for one address. */
function readForwards(
  words: readonly string[] | undefined,
  domains: readonly string[],
): { forwards: Forward[] } | Problem {
  const forwards: Forward[] = [];
  for (const word of commaWords(words)) {
    const [first, second, ...rest] = word.split('=');
    const mailbox = readMailbox(second ?? first!);
    const address = second === undefined ? undefined : readMailbox(first!);
    if (rest.length > 0 || mailbox === undefined || (second !== undefined && address === undefined))
      return expected('--receive-at', word, 'owner@provider.example, or orders@shop.example=owner@provider.example');
    const addresses = address === undefined ? domains.map((domain) => `@${domain}`) : [address];
    const foreign = addresses.find((each) => !domains.some((domain) => each.endsWith(`@${domain}`)));
    if (foreign !== undefined)
      return { problem: diagnostic('relay-setup.foreign-address', { word, address: foreign }) };
    if (domains.some((domain) => mailbox.endsWith(`@${domain}`)))
      return { problem: diagnostic('relay-setup.loop', { word }) };
    forwards.push(...addresses.map((each) => ({ address: each, mailbox })));
  }
  return { forwards };
}

/** Only an address that needs no quotes in main.cf and in the script. */
function readMailbox(word: string): string | undefined {
  const [, local, host] = /^([A-Za-z0-9._+-]+)@([^@]+)$/.exec(word) ?? [];
  const domain = host === undefined ? undefined : parseDomain(host);
  return domain?.ok === true ? `${local}@${domain.name}` : undefined;
}

const LOGIN = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** A word with a dot is a domain; `login:shop.one` is the login. */
function readRemoval(word: string): Removal | Problem {
  const network = readNetwork('--remove', word, 'any');
  if ('network' in network) {
    if (network.loopback) return { problem: diagnostic('relay-setup.this-machine', { word }) };
    return { kind: 'network', word: network.network };
  }
  const login = word.replace(/^login:/, '');
  const domain = parseDomain(word.replace(/^@/, ''));
  const forward = word.startsWith('@') && domain.ok ? `@${domain.name}` : readMailbox(word);
  if (forward !== undefined) return { kind: 'forward', word: forward };
  if (login === word && domain.ok) return { kind: 'domain', word: domain.name };
  if (LOGIN.test(login)) return { kind: 'login', word: login };
  // Files, tables and names that an administrator has added to mynetworks.
  if (/^!?(?:[a-z]+:)?\/[A-Za-z0-9/._+-]+$/.test(word)) return { kind: 'network', word };
  return expected('--remove', word, 'an address, a domain or a login of this relay');
}

function readFiles(
  given: RelayAnswers,
  hostname: string,
): Pick<RelayOptions, 'certificate' | 'key' | 'certificateNamed'> | Problem {
  if ((given.certificate === undefined) !== (given.key === undefined))
    return { problem: diagnostic('relay-setup.certificate') };
  const folder = `/etc/letsencrypt/live/${hostname}`;
  const certificate = given.certificate ?? `${folder}/fullchain.pem`;
  const key = given.key ?? `${folder}/privkey.pem`;
  for (const [option, path] of [
    ['--certificate', certificate],
    ['--key', key],
  ] as const) {
    // A space would end the value in some of Postfix's lists, and a quote the word in the script.
    if (!/^\/[A-Za-z0-9/._+@-]+$/.test(path)) return expected(option, path, 'an absolute path without spaces');
  }
  return { certificate, key, certificateNamed: given.certificate !== undefined };
}

function commaWords(words: readonly string[] | undefined): string[] {
  return (words ?? [])
    .flatMap((word) => word.split(','))
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

function readNetwork(
  option: string,
  word: string,
  width: 'narrow' | 'any' = 'narrow',
): { network: string; loopback: boolean } | Problem {
  const [text, prefixText, ...rest] = word.split('/');
  const ip = parseIp(text!.replace(/^\[(.*)\]$/, '$1'));
  const bits = ip === undefined ? 0 : ip.bytes.length * 8;
  const prefix = prefixText === undefined ? bits : /^\d{1,3}$/.test(prefixText) ? Number(prefixText) : -1;
  if (ip === undefined || rest.length > 0 || prefix < 0 || prefix > bits)
    return expected(option, word, 'an address such as 203.0.113.5, or a network such as 203.0.113.0/29');
  const loopback = ip.version === 4 ? ip.bytes[0] === 127 && prefix >= 8 : ip.text === '::1' && prefix === bits;
  if (prefix < WIDEST[ip.version] && !loopback && width === 'narrow')
    return { problem: diagnostic('relay-setup.wide', { option, network: word, most: WIDEST[ip.version] }) };
  return { network: `${networkAddress(ip.bytes, prefix)}/${prefix}`, loopback };
}

/** The address with zeros after the prefix: Postfix rejects other bits ("non-null host address bits"). */
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
