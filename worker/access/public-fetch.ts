// fetch to the public Internet only: a name that was given must not lead into the network of whoever runs this Worker.
import type { Fetch } from '../../shared/dns/doh.ts';
import { isUnknown, type Resolver, recordsOf } from '../../shared/dns/types.ts';
import { parseDomain } from '../../shared/text/domain.ts';
import { parseIp } from '../../shared/text/ip.ts';
import { isUnreachable } from '../../shared/text/unreachable.ts';

/** Questions that one target costs: its A and its AAAA records. */
export const QUESTIONS_PER_TARGET = 2;

export type TargetFault =
  | 'not-https'
  /** A user name, a fragment, or a port that no web server of strangers has. */
  | 'bad-url'
  /** An address instead of a name, or a name that is none. */
  | 'not-a-name'
  | 'no-address'
  /** One of its addresses is private, loopback, link-local and so on. */
  | 'private'
  | 'dns-trouble';

const MAX_URL = 2000;

/** What is wrong with the URL itself, before anything is asked; undefined where nothing is. */
export function urlFault(text: string): TargetFault | undefined {
  if (text.length > MAX_URL || !URL.canParse(text)) return 'bad-url';
  const url = new URL(text);
  if (url.protocol !== 'https:') return 'not-https';
  if (url.username !== '' || url.password !== '' || url.hash !== '') return 'bad-url';
  if (url.port !== '' && url.port !== '8443') return 'bad-url';
  return parseDomain(url.hostname).ok ? undefined : 'not-a-name';
}

/** Whether the URL is https and all addresses of its name are public; asks at most `QUESTIONS_PER_TARGET` questions. */
export async function targetFault(text: string, resolver: Resolver): Promise<TargetFault | undefined> {
  const found = await targetOf(text, resolver);
  return typeof found === 'string' ? found : undefined;
}

/** The addresses of a target that is public, else what is wrong with it. */
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
 * Fetches from a target that is public, else says why not. Cloudflare keeps Workers off private networks by itself; on an
 * own server nothing else does, and the connection goes to the addresses that were looked at. Redirects are not followed:
 * their target was not looked at.
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
