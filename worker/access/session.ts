// The owner's login on the pages: a cookie signed with the API token that was typed, so that revoking the token ends it.
import type { Context } from 'hono';
import { deleteCookie, getSignedCookie, setSignedCookie } from 'hono/cookie';
import { csrf } from 'hono/csrf';
import { createMiddleware } from 'hono/factory';
import { HTTPException } from 'hono/http-exception';
import { ProblemError } from '../problem.ts';
import type { Settings } from '../settings.ts';
import { isToken } from './token.ts';

/** Seconds: a working day. */
const SESSION_AGE = 8 * 3600;
const NAME = 'mailshim';

/** RFC 6265bis section 4.1.3.2: a browser takes `__Host-` only over TLS, and then from no other host. */
const nameOf = (context: Context) => (isSecure(context) ? `__Host-${NAME}` : NAME);
const isSecure = (context: Context) => context.req.url.startsWith('https:');
/** Not the token itself: a signature made for something else is no session. */
const secretOf = (token: string) => `session ${token}`;

/** Sets the cookie; false where the token is not one of API_TOKENS. */
export async function openSession(context: Context, token: string, { apiTokens }: Settings): Promise<boolean> {
  if (!(await isToken(token, apiTokens))) return false;
  const expires = String(Date.now() + SESSION_AGE * 1000);
  await setSignedCookie(context, nameOf(context), expires, secretOf(token), {
    path: '/',
    httpOnly: true,
    sameSite: 'Strict',
    secure: isSecure(context),
    maxAge: SESSION_AGE,
  });
  return true;
}

export function closeSession(context: Context): void {
  deleteCookie(context, nameOf(context), { path: '/', secure: isSecure(context) });
}

/** The API token that the request's session was opened with; undefined without a session, or after its end. */
export async function sessionToken(context: Context, { apiTokens }: Settings): Promise<string | undefined> {
  for (const token of apiTokens) {
    const expires = await getSignedCookie(context, secretOf(token), nameOf(context));
    if (typeof expires === 'string' && Number(expires) > Date.now()) return token;
  }
  return undefined;
}

const sameOrigin = csrf();

/** Rejects forms that another site sends (Fetch Metadata's Sec-Fetch-Site, or Origin). */
export const ownForms = createMiddleware(async (context, next) => {
  try {
    return await sameOrigin(context, next);
  } catch (error) {
    if (!(error instanceof HTTPException)) throw error;
    throw new ProblemError({
      status: 403,
      title: 'A form of another site',
      detail: 'This form was not sent from a page of this Worker. Open the page here and send it again.',
    });
  }
});
