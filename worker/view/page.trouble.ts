// Errors for people: where a browser asked for a page, a problem (RFC 9457) becomes a page that says what to do.
import type { Context, MiddlewareHandler } from 'hono';
import type { Language } from '../../shared/findings/define.ts';
import { parseDomain } from '../../shared/text/domain.ts';
import type { Problem } from '../problem.ts';
import { shown } from '../request.ts';
import { type Trouble, troublePage } from './page.start.ts';
import { contentSecurityPolicy } from './page.style.ts';
import { domainIn } from './page.typed.ts';
import { pageWords } from './page.words.ts';
import { languageOf } from './report.ts';

/** To be hooked up in front of everything else. */
export const troublePages: MiddlewareHandler = async (context, next) => {
  await next();
  const { res } = context;
  if (!/^application\/problem\+json/.test(res.headers.get('content-type') ?? '') || !wantsPage(context)) return;
  const problem = (await res.json()) as Problem;
  const language = languageFor(context);
  const asked = new URL(context.req.url);
  const typed = {
    domain: asked.searchParams.get('domain') ?? /^\/report\/([^/]*)$/.exec(decoded(asked.pathname))?.[1] ?? '',
    ip: asked.searchParams.getAll('ip').join(', '),
  };
  const body = await troublePage(language, troubleOf(problem, typed.domain, language), typed);
  const headers = new Headers(res.headers);
  headers.set('content-type', 'text/html; charset=utf-8');
  headers.set('content-security-policy', await contentSecurityPolicy());
  headers.set('content-language', language);
  headers.set('vary', 'accept, accept-language');
  headers.delete('content-length');
  context.res = undefined;
  context.res = new Response(String(body), { status: problem.status, headers });
};

/** Whether a person looks at the answer: browsers name HTML when they open a page, programs do not. */
function wantsPage(context: Context): boolean {
  const { pathname } = new URL(context.req.url);
  return /\btext\/html\b/.test(context.req.header('accept') ?? '') && !/^\/(?:v1|embed|badge)\//.test(pathname);
}

function troubleOf({ status, parameter, detail }: Problem, typed: string, language: Language): Trouble {
  const said = pageWords[language];
  if (status === 404) return { text: said.problem.notFound };
  if (status === 429) return { text: said.problem.busy };
  if (status === 403) return { text: said.problem.notServed };
  if (status >= 500) return { text: said.problem.broken };
  if (parameter === 'domain') {
    const meant = domainIn(typed);
    const parsed = parseDomain(meant);
    if (!parsed.ok) return { text: said.domainProblem[parsed.problem](shown(meant)), field: 'domain' };
  }
  if (parameter === 'ip') return { text: said.parameterProblem.ip, field: 'ip' };
  if (parameter === 'selector' || parameter === 'helo' || parameter === 'lang')
    return { text: said.parameterProblem[parameter] };
  return { text: parameter === undefined ? detail : said.parameterProblem.other(parameter) };
}

function languageFor(context: Context): Language {
  try {
    return languageOf(context);
  } catch {
    return 'en';
  }
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
