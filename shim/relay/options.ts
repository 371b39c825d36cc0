// The options of `mailshim relay postfix`, checked before any of them is written into a configuration or a script.

import { parseDomain } from '../../shared/text/domain.ts';
import { parseIp } from '../../shared/text/ip.ts';

export interface RelayOptions {
  hostname: string;
  /** The first is mydomain, unless there is one; empty where shops are only taken away. */
  domains: readonly string[];
  /** Networks of the shop, `203.0.113.5/32` or `2001:db8::/64`: who may connect. */
  allow: readonly string[];
  /** This machine is a shop as well; Postfix lets it in without being asked. */
  here: boolean;
  /** Names that have to log in. */
  saslUsers: readonly string[];
  /** Mail that is sent on: of one address, or by `@shop.example` of a whole domain. */
  receive: readonly Forward[];
  /** What is to be taken away: networks, domains, logins, `@shop.example` for mail that is sent on. */
  remove: readonly Removal[];
  /** What is there and not named here is dropped. */
  replace: boolean;
  /** Paths on the relay. */
  certificate: string;
  key: string;
  /** Certificate and key were named, and not only supposed to be where certbot puts them. */
  certificateNamed: boolean;
  ipv4Only: boolean;
  /** Certificates of receivers by DNSSEC (RFC 7672); needs a resolver that validates. */
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

/** Wider networks than this are no shop but a provider: IPv4 and IPv6. */
const WIDEST = { 4: 24, 6: 48 } as const;

/** `problem` is one line for a person. Never fails. */
export function readOptions(words: RelayAnswers): { options: RelayOptions } | { problem: string } {
  if (words.hostname === undefined)
    return { problem: '--hostname is missing: the name in the PTR record of the relay, such as mail.shop.example' };
  const hostname = parseDomain(words.hostname);
  if (!hostname.ok)
    return {
      problem: `--hostname ${JSON.stringify(words.hostname)} is not a full host name such as mail.shop.example`,
    };
  const removals = commaWords(words.remove).map(readRemoval);
  const domains: string[] = [];
  for (const word of commaWords(words.domain)) {
    const domain = parseDomain(word);
    if (!domain.ok) return { problem: `--domain ${JSON.stringify(word)} is not a domain such as shop.example` };
    domains.push(domain.name);
  }
  const senders = readSenders(words);
  if ('problem' in senders) return senders;
  const { allow, here, saslUsers } = senders;
  const isGiven = allow.length + saslUsers.length > 0 || here;
  if (domains.length === 0 && (isGiven || removals.length === 0))
    return { problem: '--domain is missing: the domain that the shop sends for, such as shop.example' };
  const receive = readForwards(words.receiveAt, domains);
  if ('problem' in receive) return receive;
  if (!isGiven && removals.length === 0 && receive.forwards.length === 0)
    return {
      problem: 'who may send? Name the address of the shop by --allow 203.0.113.5, or a login by --sasl-user shop',
    };
  const wrong = removals.find((removal): removal is { problem: string } => 'problem' in removal);
  if (wrong !== undefined) return wrong;
  const files = readFiles(words, hostname.name);
  if ('problem' in files) return files;
  return {
    options: {
      hostname: hostname.name,
      domains,
      allow,
      here,
      saslUsers,
      receive: receive.forwards,
      remove: removals as Removal[],
      replace: words.replace === true,
      ...files,
      ipv4Only: words.ipv4Only === true,
      dane: words.dane === true,
    },
  };
}

function readSenders(words: RelayAnswers): Pick<RelayOptions, 'allow' | 'here' | 'saslUsers'> | { problem: string } {
  const allow: string[] = [];
  let here = false;
  for (const word of commaWords(words.allow)) {
    const network = readNetwork('--allow', word);
    if ('problem' in network) return network;
    // Always let in: a second entry would say the same.
    if (network.loopback) here = true;
    else allow.push(network.network);
  }
  const saslUsers = commaWords(words.saslUser);
  for (const user of saslUsers) {
    if (!LOGIN.test(user))
      return { problem: `--sasl-user ${JSON.stringify(user)}: letters, digits, ".", "_" and "-" make a login name` };
  }
  return { allow: [...new Set(allow)], here, saslUsers: [...new Set(saslUsers)] };
}

/** `MAILBOX` is for all of each domain, `ADDRESS=MAILBOX` for one address. */
function readForwards(
  words: readonly string[] | undefined,
  domains: readonly string[],
): { forwards: Forward[] } | { problem: string } {
  const forwards: Forward[] = [];
  for (const word of commaWords(words)) {
    const [first, second, ...rest] = word.split('=');
    const mailbox = readMailbox(second ?? first!);
    const address = second === undefined ? undefined : readMailbox(first!);
    if (rest.length > 0 || mailbox === undefined || (second !== undefined && address === undefined))
      return {
        problem: `--receive-at ${JSON.stringify(word)} is not a mailbox such as owner@provider.example, and not orders@shop.example=owner@provider.example`,
      };
    const addresses = address === undefined ? domains.map((domain) => `@${domain}`) : [address];
    const foreign = addresses.find((each) => !domains.some((domain) => each.endsWith(`@${domain}`)));
    if (foreign !== undefined)
      return { problem: `--receive-at ${word}: ${foreign} is not in the domain that --domain names` };
    if (domains.some((domain) => mailbox.endsWith(`@${domain}`)))
      return {
        problem: `--receive-at ${word}: the mailbox is in the domain whose mail comes to this relay, so that the mail would go in a circle; name a mailbox elsewhere`,
      };
    forwards.push(...addresses.map((each) => ({ address: each, mailbox })));
  }
  return { forwards };
}

/** Only what needs no quoting in main.cf and in the script. */
function readMailbox(word: string): string | undefined {
  const [, local, host] = /^([A-Za-z0-9._+-]+)@([^@]+)$/.exec(word) ?? [];
  const domain = host === undefined ? undefined : parseDomain(host);
  return domain?.ok === true ? `${local}@${domain.name}` : undefined;
}

const LOGIN = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** A word with a dot is a domain: `login:shop.one` names the login. */
function readRemoval(word: string): Removal | { problem: string } {
  const network = readNetwork('--remove', word, 'any');
  if ('network' in network) {
    if (network.loopback) return { problem: `--remove ${word}: this machine itself may always send` };
    return { kind: 'network', word: network.network };
  }
  const login = word.replace(/^login:/, '');
  const domain = parseDomain(word.replace(/^@/, ''));
  const forward = word.startsWith('@') && domain.ok ? `@${domain.name}` : readMailbox(word);
  if (forward !== undefined) return { kind: 'forward', word: forward };
  if (login === word && domain.ok) return { kind: 'domain', word: domain.name };
  if (LOGIN.test(login)) return { kind: 'login', word: login };
  // Files, tables and names that somebody has written into mynetworks.
  if (/^!?(?:[a-z]+:)?\/[A-Za-z0-9/._+-]+$/.test(word)) return { kind: 'network', word };
  return { problem: `--remove ${JSON.stringify(word)} is not an address, a domain or a login of this relay` };
}

function readFiles(
  words: RelayAnswers,
  hostname: string,
): Pick<RelayOptions, 'certificate' | 'key' | 'certificateNamed'> | { problem: string } {
  if ((words.certificate === undefined) !== (words.key === undefined))
    return { problem: '--certificate and --key go together' };
  const folder = `/etc/letsencrypt/live/${hostname}`;
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
  return { certificate, key, certificateNamed: words.certificate !== undefined };
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
): { network: string; loopback: boolean } | { problem: string } {
  const [text, prefixText, ...rest] = word.split('/');
  const ip = parseIp(text!.replace(/^\[(.*)\]$/, '$1'));
  const bits = ip === undefined ? 0 : ip.bytes.length * 8;
  const prefix = prefixText === undefined ? bits : /^\d{1,3}$/.test(prefixText) ? Number(prefixText) : -1;
  if (ip === undefined || rest.length > 0 || prefix < 0 || prefix > bits)
    return {
      problem: `${option} ${JSON.stringify(word)} is not an address such as 203.0.113.5, nor a network such as 203.0.113.0/29`,
    };
  const loopback = ip.version === 4 ? ip.bytes[0] === 127 && prefix >= 8 : ip.text === '::1' && prefix === bits;
  if (prefix < WIDEST[ip.version] && !loopback && width === 'narrow')
    return {
      problem: `${option} ${word} would let strangers in: name the addresses of the shop, at most a /${WIDEST[ip.version]}`,
    };
  return { network: `${networkAddress(ip.bytes, prefix)}/${prefix}`, loopback };
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
