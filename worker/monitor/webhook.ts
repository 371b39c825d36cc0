// One attempt to call a webhook, signed as Standard Webhooks has it (https://www.standardwebhooks.com, version 1).
import type { Fetch } from '../../shared/dns/doh.ts';
import type { Resolver } from '../../shared/dns/types.ts';
import { publicFetch } from '../access/public-fetch.ts';
import type { Delivery, Outcome } from './deliveries.ts';

export interface WebhookContext {
  fetch: Fetch;
  resolver: Resolver;
  connectTo: ReadonlyMap<string, string>;
  /** `whsec_` and base64. */
  secret: string;
  /** Seconds since 1970, which the receiver compares with its own clock. */
  timestamp: number;
}

/** Milliseconds; a receiver should accept a message at once and process it later. */
const TIMEOUT_MS = 10_000;

/** Calls once; never throws, and follows no redirect. Every answer of 2xx is a success. */
export async function callWebhook(delivery: Delivery, context: WebhookContext): Promise<Outcome> {
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'mailshim',
    ...(await signatureHeaders(delivery.id, delivery.body, context)),
  };
  try {
    const init = { method: 'POST', headers, body: delivery.body, signal: AbortSignal.timeout(TIMEOUT_MS) };
    const response = await publicFetch(delivery.target, init, context);
    if (typeof response === 'string') return { result: 'deferred', reply: `not called: ${response}` };
    await response.body?.cancel();
    if (response.ok) return { result: 'delivered', reply: `HTTP ${response.status}` };
    return { result: response.status === 410 ? 'gone' : 'deferred', reply: `HTTP ${response.status}` };
  } catch (error) {
    const timedOut = error instanceof Error && error.name === 'TimeoutError';
    return {
      result: 'deferred',
      reply: timedOut ? `no answer within ${TIMEOUT_MS} ms` : `not reached: ${messageOf(error)}`,
    };
  }
}

/** Authenticates the call and its time to the receiver: HMAC-SHA256 over "id.timestamp.body". */
export async function signatureHeaders(
  id: string,
  body: string,
  { secret, timestamp }: Pick<WebhookContext, 'secret' | 'timestamp'>,
): Promise<Record<string, string>> {
  const keyBytes = Uint8Array.from(atob(secret.replace(/^whsec_/, '')), (character) => character.charCodeAt(0));
  const key = await crypto.subtle.importKey('raw', keyBytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const signed = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(`${id}.${timestamp}.${body}`));
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': `v1,${btoa(String.fromCharCode(...new Uint8Array(signed)))}`,
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
