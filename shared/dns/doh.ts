// DNS over HTTPS in wire format over a given fetch (RFC 8484).
import type { Answer, RecordData, RecordType, Resolver } from './types.ts';
import { badName, decodeAnswer, encodeQuery } from './wire.ts';

/** `addresses` are those that the caller resolved for the URL's host: where the runtime allows it, fetch connects to no other. */
export type Fetch = (url: string, init?: RequestInit, addresses?: readonly string[]) => Promise<Response>;

export interface DohOptions {
  /** The resolver's address without a query: `https://cloudflare-dns.com/dns-query`. */
  url: string;
  fetch: Fetch;
  /** Milliseconds for one query; default 5000. */
  timeoutMs?: number;
}

const MEDIA_TYPE = 'application/dns-message';
/** A DNS message cannot be longer (RFC 1035 section 4.2.2). */
const MAX_MESSAGE = 65_535;
const DEFAULT_TIMEOUT_MS = 5000;

/** A resolver that uses GET, which every cache supports (RFC 8484 section 4.1). */
export function dohResolver({ url, fetch, timeoutMs = DEFAULT_TIMEOUT_MS }: DohOptions): Resolver {
  const start = `${url}${url.includes('?') ? '&' : '?'}dns=`;
  return {
    async query<T extends RecordType>(name: string, type: T): Promise<Answer<RecordData[T]>> {
      const bad = badName(name);
      if (bad !== undefined) return { kind: 'error', reason: 'badname', detail: bad };
      const question = { id: 0, name, type };
      try {
        const response = await fetch(start + base64url(encodeQuery(question)), {
          headers: { accept: MEDIA_TYPE },
          signal: AbortSignal.timeout(timeoutMs),
        });
        const { headers } = response;
        const message = await bodyOf(response, headers);
        if (typeof message === 'string') return { kind: 'error', reason: 'network', detail: message };
        return aged(decodeAnswer(message, question), headers.get('age'));
      } catch (error) {
        const timedOut = error instanceof Error && error.name === 'TimeoutError';
        return timedOut
          ? { kind: 'error', reason: 'timeout', detail: `no answer within ${timeoutMs} ms` }
          : { kind: 'error', reason: 'network', detail: `the DNS-over-HTTPS request failed: ${messageOf(error)}` };
      }
    },
  };
}

async function bodyOf(response: Response, headers: Headers): Promise<Uint8Array | string> {
  if (!response.ok) {
    await response.body?.cancel();
    return `the DNS-over-HTTPS server answered HTTP ${response.status}`;
  }
  const written = headers.get('content-type');
  const type = written === MEDIA_TYPE ? written : written?.split(';')[0]?.trim().toLowerCase();
  if (type !== MEDIA_TYPE) {
    await response.body?.cancel();
    return `the DNS-over-HTTPS server answered ${type ?? 'no media type'} instead of ${MEDIA_TYPE}`;
  }
  const length = Number(headers.get('content-length') ?? 0);
  if (length > MAX_MESSAGE) {
    await response.body?.cancel();
    return `the DNS-over-HTTPS server answered ${length} bytes`;
  }
  const message = new Uint8Array(await response.arrayBuffer());
  return message.length > MAX_MESSAGE ? `the DNS-over-HTTPS server answered ${message.length} bytes` : message;
}

// RFC 8484 section 5.1: a response from a cache is Age seconds older.
function aged<T>(answer: Answer<T>, age: string | null): Answer<T> {
  const seconds = Number(age);
  if (answer.kind === 'error' || !(seconds > 0)) return answer;
  return { ...answer, ttl: Math.max(0, answer.ttl - seconds) };
}

function base64url(bytes: Uint8Array): string {
  const text = btoa(String.fromCharCode(...bytes));
  return /[+/=]/.test(text) ? text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '') : text;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
