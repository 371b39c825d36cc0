// How much one stranger may ask: the rate limiting binding, by address.
import type { Context } from 'hono';
import { parseIp } from '../../shared/text/ip.ts';
import { isUnreachable } from '../../shared/text/unreachable.ts';
import type { Bindings, Settings } from '../settings.ts';
import { hasToken } from './token.ts';

/** Seconds until a refused client is told to come again: the longest period that the binding knows. */
export const RETRY_AFTER = 60;
/** The cache-control of what is refused to one client: it is no answer to others, to which a shared cache would give it. */
export const OF_ONE_CLIENT = 'private, no-store';
/** Bytes of an IPv6 address that one customer has in common. */
const CUSTOMER_BYTES = 8;

/**
 * What is counted: an IPv4 address, or of IPv6 the /64 that one customer has at least (RFC 6177 section 2); undefined for clients
 * that are not limited, those of the operator's own machine or network. In front of a Worker on an own server, the proxy
 * must set cf-connecting-ip itself, as Cloudflare does.
 */
export function clientKey(address: string | undefined, bytes = CUSTOMER_BYTES): string | undefined {
  if (address === undefined) return undefined;
  const ip = parseIp(address.trim());
  // What is no address at all is one client.
  if (ip === undefined) return 'unknown';
  if (isUnreachable(ip)) return undefined;
  return ip.version === 4 ? ip.text : ip.bytes.slice(0, bytes).join('.');
}

/**
 * True where this request is one too many. Whoever has a token is not limited; without the binding nobody is, nor while it
 * does not answer.
 */
export async function isOverLimit(context: Context<{ Bindings: Bindings }>, settings: Settings): Promise<boolean> {
  const limiter = context.env.RATE_LIMITER;
  if (limiter === undefined) return false;
  const key = clientKey(context.req.header('cf-connecting-ip'));
  if (key === undefined || (await hasToken(context, settings.apiTokens))) return false;
  try {
    const { success } = await limiter.limit({ key });
    return !success;
  } catch (error) {
    console.error(error);
    return false;
  }
}
