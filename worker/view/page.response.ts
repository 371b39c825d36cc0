// A page as an answer: its policy, its language, and what a cache has to tell apart.
import type { Context } from 'hono';
import type { Html } from './page.shell.ts';
import { contentSecurityPolicy } from './page.style.ts';
import { languageOf } from './report.ts';

/** `headers` has at least cache-control, and comes before what every page has. */
export async function pageResponse(
  context: Context,
  content: Html,
  headers: Record<string, string>,
  status: 200 | 400 | 403 | 501 = 200,
): Promise<Response> {
  return context.html(content, status, {
    'content-security-policy': await contentSecurityPolicy(),
    vary: 'accept, accept-language',
    'content-language': languageOf(context),
    ...headers,
  });
}
