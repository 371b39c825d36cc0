// fetch to public addresses only: a name in a request must not resolve into the administrator's own network.
import type { Fetch } from '../../shared/dns/doh.ts';
import { isUnknown, type Resolver, recordsOf } from '../../shared/dns/types.ts';
import { parseDomain } from '../../shared/text/domain.ts';
import { parseIp } from '../../shared/text/ip.ts';
import { isUnreachable } from '../../shared/text/unreachable.ts';

/** Queries for one target: its A and its AAAA records. */
export const QUERIES_PER_TARGET = 2;

export type TargetFault =
  | 'not-https'
  /** A user name, a fragment, or a port that public web servers do not use. */
  | 'bad-url'
  /** An address, or not a domain name. */
  | 'not-a-name'
  | 'no-address'
  /** One of its addresses is private, loopback, link-local and so on. */
  | 'private'
  | 'dns-trouble';

const MAX_URL = 2000;

/** The fault of the URL itself, without DNS; undefined where there is none. */
export function urlFault(text: string): TargetFault | undefined {
  if (text.length > MAX_URL || !URL.canParse(text)) return 'bad-url';
  const url = new URL(text);
  if (url.protocol !== 'https:') return 'not-https';
  if (url.username !== '' || url.password !== '' || url.hash !== '') return 'bad-url';
  if (url.port !== '' && url.port !== '8443') return 'bad-url';
  return parseDomain(url.hostname).ok ? undefined : 'not-a-name';
}

/** Why the URL may not be fetched; undefined where it is https and all addresses of its name are public. At most `QUERIES_PER_TARGET` queries. */
export async function targetFault(text: string, resolver: Resolver): Promise<TargetFault | undefined> {
  const found = await targetOf(text, resolver);
  return typeof found === 'string' ? found : undefined;
}

/** The addresses of a public target, else its fault. */
async function targetOf(text: string, resolver: Resolver): Promise<readonly string[] | TargetFault> {
  const fault = urlFault(text);
  if (fault !== undefined) return fault;
  const { hostname } = new URL(text);
  const answers = await Promise.all([resolver.query(hostname, 'A'), resolver.query(hostname, 'AAAA')]);
  const addresses = answers.flatMap((answer) => [...recordsOf<string>(answer)]);
  for (const address of addresses) {
    const ip = parseIp(address);
    if (ip === undefined || isUnreachable(ip)) return 'private';
  }
  if (addresses.length > 0) return addresses;
  return answers.some(isUnknown) ? 'dns-trouble' : 'no-address';
}

/**
 * Fetches from a public target, else returns its fault. Cloudflare itself keeps Workers off private networks; on an own
 * server only this does, so the connection is made to the addresses that were checked. Redirects are not followed, since
 * their target was not checked.
 */
export async function publicFetch(
  url: string,
  init: RequestInit,
  { fetch, resolver, connectTo }: { fetch: Fetch; resolver: Resolver; connectTo: ReadonlyMap<string, string> },
): Promise<Response | TargetFault> {
  const target = await targetOf(url, resolver);
  if (typeof target === 'string') return target;
  const instead = connectedUrl(url, connectTo);
  return fetch(instead ?? url, { ...init, redirect: 'manual' }, instead === undefined ? target : undefined);
}

/** The URL with the host that the operator's CONNECT_TO puts in its place; undefined where it does not. */
function connectedUrl(text: string, connectTo: ReadonlyMap<string, string>): string | undefined {
  const url = new URL(text);
  const instead = connectTo.get(`${url.hostname}:${url.port === '' ? '443' : url.port}`);
  if (instead === undefined) return undefined;
  url.host = instead;
  return url.href;
}
