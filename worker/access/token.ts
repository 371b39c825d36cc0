// A bearer token (RFC 6750) of API_TOKENS, which routes need that cost or change something.
import type { Context } from 'hono';
import { ProblemError } from '../problem.ts';
import type { Settings } from '../settings.ts';

/** Longer tokens are rejected without hashing them. */
const MAX_TOKEN = 512;

export interface TokenForms {
  /** Also as the password of a URL (RFC 7617), for callers that can send no other header. */
  basic?: boolean;
}

/** Throws 501 where the Worker has no tokens, 401 where the request has none or a wrong one. */
export async function requireToken(context: Context, { apiTokens }: Settings, forms: TokenForms = {}): Promise<void> {
  if (apiTokens.length === 0) {
    throw new ProblemError({
      status: 501,
      title: 'Not set up',
      detail: 'This needs a token, and the Worker has none. Set one: npx wrangler secret put API_TOKENS.',
    });
  }
  if (await hasToken(context, apiTokens, forms)) return;
  const given = context.req.header('authorization') !== undefined;
  throw new ProblemError(
    {
      status: 401,
      title: given ? 'Wrong token' : 'Token needed',
      detail: given
        ? 'The token is not one of the Worker’s API_TOKENS.'
        : 'Send one of the Worker’s API_TOKENS: curl -H "authorization: Bearer TOKEN".',
      parameter: 'authorization',
    },
    // RFC 6750 section 3.
    { 'www-authenticate': `Bearer realm="mailshim"${given ? ', error="invalid_token"' : ''}` },
  );
}

/** Whether the request has one of the tokens; in constant time. */
export async function hasToken(
  context: Context,
  apiTokens: readonly string[],
  { basic = false }: TokenForms = {},
): Promise<boolean> {
  const header = context.req.header('authorization') ?? '';
  const given = /^Bearer +([\x21-\x7e]+) *$/i.exec(header)?.[1] ?? (basic ? passwordIn(header) : undefined);
  return given !== undefined && isToken(given, apiTokens);
}

/** The same for a token that came another way. */
export async function isToken(given: string, apiTokens: readonly string[]): Promise<boolean> {
  if (given.length > MAX_TOKEN || apiTokens.length === 0) return false;
  const own = await digest(given);
  let found = false;
  // The digests of all tokens are compared, so that the time shows neither length nor first difference.
  for (const token of apiTokens) found = equal(own, await digest(token)) || found;
  return found;
}

function passwordIn(header: string): string | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/=]{1,2000}) *$/i.exec(header)?.[1];
  if (encoded === undefined) return undefined;
  try {
    return /^[^:]*:([\x21-\x7e]+)$/.exec(atob(encoded))?.[1];
  } catch {
    return undefined;
  }
}

async function digest(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
}

/** In constant time; both have 32 bytes. */
function equal(a: Uint8Array, b: Uint8Array): boolean {
  let difference = 0;
  for (const [index, byte] of a.entries()) difference |= byte ^ (b[index] ?? 0);
  return difference === 0;
}
