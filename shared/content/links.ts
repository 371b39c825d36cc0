// Where links go, and whether that is where their text says (RFC 3986).
import { toAscii, toUnicode } from '../text/domain.ts';
import { parseIp } from '../text/ip.ts';
import { MAX_LINKS } from './html.ts';

export type LinkProblemId =
  /** The text is an address of another domain than the link's. */
  | 'other-domain'
  | 'ip-address'
  | 'shortened'
  | 'plain-http'
  /** javascript:, data:, file: and the like, which mail programs take out. */
  | 'scheme'
  /** No address at all: relative, or not readable. */
  | 'unreadable';

export interface Link {
  /** As written, shortened. */
  address: string;
  /** Host as A-labels, '' where the address has none. */
  host: string;
  /** The domain that the reader sees in its place, where `other-domain` is a problem. */
  shownDomain?: string;
  problems: LinkProblemId[];
}

/** Of the address that is kept in a report. */
const SHOWN = 120;

/** Services that hide where a link goes; block lists hold most of them, since spammers like them too. */
const SHORTENERS = new Set([
  ...['bit.ly', 'bitly.com', 'tinyurl.com', 'goo.gl', 't.co', 'ow.ly', 'is.gd', 'v.gd', 'buff.ly', 'cutt.ly'],
  ...['rebrand.ly', 'rb.gy', 'shorturl.at', 'tiny.cc', 't.ly', 'bit.do', 'lnkd.in', 's.id', 'soo.gd', 'tr.im'],
  ...['clck.ru', 'vk.cc', 'u.to', 'goo.su', 'qps.ru', 'surl.li', 'kurl.ru', 'short.io', 'dub.sh', 'trib.al'],
]);

/** Text such as "invoice.pdf" is no domain; without "www." or a scheme, only names under these are taken for one. */
const COMMON_SUFFIXES =
  /\.(?:com|net|org|info|biz|shop|store|online|site|app|dev|io|co|me|eu|ru|su|by|kz|ua|uz|de|at|ch|fr|it|es|nl|be|pl|cz|uk|us|ca|au|in|cn|jp|br|xn--p1ai|example)$/;

/**
 * Judges one link. Never throws.
 * @param text what the reader sees; '' where the address itself is what is seen
 * @param registrableDomain the registered domain of a name by the public suffix list, null for none
 */
export function judgeLink(address: string, text: string, registrableDomain: (name: string) => string | null): Link {
  const link: Link = { address: shown(address), host: '', problems: [] };
  const url = urlOf(address);
  if (url === undefined) {
    // "#top" leads somewhere within the mail.
    if (!address.startsWith('#') || address === '#') link.problems.push('unreadable');
    return link;
  }
  if (['mailto:', 'tel:', 'sms:', 'cid:', 'geo:', 'callto:'].includes(url.protocol)) return link;
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    link.problems.push('scheme');
    return link;
  }
  const host = hostName(url);
  link.host = host;
  if (parseIp(host.replace(/^\[|\]$/g, '')) !== undefined) link.problems.push('ip-address');
  if (SHORTENERS.has(host.replace(/^www\./, ''))) link.problems.push('shortened');
  if (url.protocol === 'http:') link.problems.push('plain-http');
  const seen = domainIn(text);
  if (seen !== undefined && !sameOwner(seen, host, registrableDomain)) {
    link.problems.push('other-domain');
    link.shownDomain = toUnicode(seen);
  }
  return link;
}

/** The host of a web address, as A-labels; '' where it has none. */
export function hostOf(address: string): string {
  const url = urlOf(address);
  return url?.protocol === 'http:' || url?.protocol === 'https:' ? hostName(url) : '';
}

function hostName(url: URL): string {
  return url.hostname.toLowerCase().replace(/\.$/, '').slice(0, 255);
}

function sameOwner(seen: string, host: string, registrableDomain: (name: string) => string | null): boolean {
  return (registrableDomain(seen) ?? seen) === (registrableDomain(host) ?? host);
}

/** The domain that a text shows, where the text is an address and nothing else. */
function domainIn(text: string): string | undefined {
  const match = /^(https?:\/\/|www\.)?([^\s/?#:@]{1,253})(?:[/?#:][^\s]*)?$/iu.exec(text.trim());
  if (match === null) return undefined;
  const name = toAscii(match[2]!);
  if (!name.ok || !name.name.includes('.') || parseIp(name.name) !== undefined) return undefined;
  return match[1] !== undefined || COMMON_SUFFIXES.test(name.name) ? name.name : undefined;
}

function urlOf(address: string): URL | undefined {
  try {
    return new URL(address);
  } catch {
    return undefined;
  }
}

/** Characters that end the sentence rather than the address. */
const SENTENCE_END = ".,;:!?)]}'’»";

/** The addresses that a plain text shows; mail programs make links of them. */
export function addressesInText(text: string): string[] {
  const found: string[] = [];
  for (const match of text.matchAll(/https?:\/\/[^\s<>"]{1,2000}/gi)) {
    let end = match[0].length;
    while (end > 0 && SENTENCE_END.includes(match[0][end - 1]!)) end--;
    found.push(match[0].slice(0, end));
    if (found.length >= MAX_LINKS) break;
  }
  return found;
}

function shown(text: string): string {
  const clean = text.replace(/[\x00-\x1f\x7f]/g, '?');
  return clean.length > SHOWN ? `${clean.slice(0, SHOWN)}…` : clean;
}
