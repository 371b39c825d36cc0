// The targets of links, compared with their text (RFC 3986).
import { toAscii, toUnicode } from '../text/domain.ts';
import { parseIp } from '../text/ip.ts';
import { MAX_LINKS } from './html.ts';

export type LinkProblemId =
  /** The text is an address of another domain than the link's. */
  | 'other-domain'
  | 'ip-address'
  | 'shortened'
  | 'plain-http'
  /** javascript:, data:, file: and the like, which mail programs remove. */
  | 'scheme'
  /** Not an absolute address. */
  | 'unreadable';

export interface Link {
  /** As written, shortened. */
  address: string;
  /** Host as A-labels, '' where the address has none. */
  host: string;
  /** The domain in the text, where `other-domain` is a problem. */
  shownDomain?: string;
  problems: LinkProblemId[];
}

/** Characters of the address that are kept in a report. */
const SHOWN = 120;

/** Services that hide the target of a link; block lists have most of them, since spammers use them too. */
const SHORTENERS = new Set([
  ...['bit.ly', 'bitly.com', 'tinyurl.com', 'goo.gl', 't.co', 'ow.ly', 'is.gd', 'v.gd', 'buff.ly', 'cutt.ly'],
  ...['rebrand.ly', 'rb.gy', 'shorturl.at', 'tiny.cc', 't.ly', 'bit.do', 'lnkd.in', 's.id', 'soo.gd', 'tr.im'],
  ...['clck.ru', 'vk.cc', 'u.to', 'goo.su', 'qps.ru', 'surl.li', 'kurl.ru', 'short.io', 'dub.sh', 'trib.al'],
]);

/** "invoice.pdf" is not a domain; without "www." or a scheme, only names under these count as one. */
const COMMON_SUFFIXES =
  /\.(?:com|net|org|info|biz|shop|store|online|site|app|dev|io|co|me|eu|ru|su|by|kz|ua|uz|de|at|ch|fr|it|es|nl|be|pl|cz|uk|us|ca|au|in|cn|jp|br|xn--p1ai|example)$/;

/**
 * Checks one link. Never throws.
 * @param text the visible text; '' where that is the address itself
 * @param registrableDomain the registered domain of a name by the public suffix list, null for none
 */
export function judgeLink(address: string, text: string, registrableDomain: (name: string) => string | null): Link {
  const link: Link = { address: shown(address), host: '', problems: [] };
  const url = urlOf(address);
  if (url === undefined) {
    // "#top" refers to a place within the mail.
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

/** The domain of a text that is an address and nothing else. */
function domainIn(text: string): string | undefined {
  const [, prefix, host] = /^(https?:\/\/|www\.)?([^\s/?#:@]{1,253})(?:[/?#:][^\s]*)?$/iu.exec(text.trim()) ?? [];
  const name = toAscii(host ?? '');
  if (!name.ok || !name.name.includes('.') || parseIp(name.name) !== undefined) return undefined;
  return prefix !== undefined || COMMON_SUFFIXES.test(name.name) ? name.name : undefined;
}

function urlOf(address: string): URL | undefined {
  try {
    return new URL(address);
  } catch {
    return undefined;
  }
}

/** Characters at the end that belong to the sentence, not to the address. */
const SENTENCE_END = ".,;:!?)]}'’»";

/** The addresses in a plain text, which mail programs show as links. */
export function addressesInText(text: string): string[] {
  const found: string[] = [];
  for (const match of text.matchAll(/https?:\/\/[^\s<>"]{1,2000}/gi)) {
    let [address] = match;
    while (SENTENCE_END.includes(address.slice(-1))) address = address.slice(0, -1);
    found.push(address);
    if (found.length >= MAX_LINKS) break;
  }
  return found;
}

function shown(text: string): string {
  const clean = text.replace(/[\x00-\x1f\x7f]/g, '?');
  return clean.length > SHOWN ? `${clean.slice(0, SHOWN)}…` : clean;
}
