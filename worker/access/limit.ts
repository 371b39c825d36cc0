// The limit of requests per client address, by the rate limiting binding.
import type { Context } from 'hono';
import { parseIp } from '../../shared/text/ip.ts';
import { isUnreachable } from '../../shared/text/unreachable.ts';
import type { Bindings, Settings } from '../settings.ts';
import { hasToken } from './token.ts';

/** Seconds of Retry-After: the longest period that the binding supports. */
export const RETRY_AFTER = 60;
/** The cache-control of a rejection of one client, so that no shared cache gives it to others. */
export const OF_ONE_CLIENT = 'private, no-store';
/** Bytes of the IPv6 prefix of one customer. */
const CUSTOMER_BYTES = 8;

/**
 * The key of a client: its IPv4 address, or the /64 of its IPv6 address, which one customer has at least (RFC 6177
 * section 2); undefined for clients of the administrator's own machine or network, which are not limited. On an own
 * server the proxy must set cf-connecting-ip itself, as Cloudflare does.
 */
export function clientKey(address: string | undefined, bytes = CUSTOMER_BYTES): string | undefined {
  if (address === undefined) return undefined;
  const ip = parseIp(address.trim());
  // All texts that are not an address count as one client.
  if (ip === undefined) return 'unknown';
  if (isUnreachable(ip)) return undefined;
  return ip.version === 4 ? ip.text : ip.bytes.slice(0, bytes).join('.');
}

/**
 * Whether this request is over the limit. There is no limit for requests with a token, without the binding, and while
 * the binding fails.
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
