// Problems (RFC 9457) as pages, cards and badges where a browser requested one.
import type { Context, MiddlewareHandler } from 'hono';
import type { Language } from '../../shared/findings/define.ts';
import { parseDomain } from '../../shared/text/domain.ts';
import { domainIn } from '../../shared/text/typed.ts';
import { badgeInstead } from '../access/guard.ts';
import { RETRY_AFTER } from '../access/limit.ts';
import type { Problem } from '../problem.ts';
import { shown } from '../request.ts';
import { cardOptions, cardPolicy, troubleCard } from './embed.ts';
import type { Html } from './page.shell.ts';
import { type Trouble, troublePage } from './page.start.ts';
import { contentSecurityPolicy } from './page.style.ts';
import { pageWords } from './page.words.ts';
import { languageOf } from './report.ts';

/** The first middleware. */
export const troublePages: MiddlewareHandler = async (context, next) => {
  await next();
  const { res } = context;
  if (!/^application\/problem\+json/.test(res.headers.get('content-type') ?? '')) return;
  const url = new URL(context.req.url);
  if (res.status >= 500 && url.pathname.startsWith('/badge/')) {
    const badge = badgeInstead(context, `public, max-age=${RETRY_AFTER}`);
    for (const [name, value] of res.headers) {
      if (!badge.headers.has(name) && name !== 'content-length') badge.headers.set(name, value);
    }
    context.res = undefined;
    context.res = badge;
    return;
  }
  if (!wantsPage(context, url)) return;
  // Of this content type only `problemResponse` makes answers.
  const problem = (await res.json()) as Problem;
  const retryAfter = Number(res.headers.get('retry-after') ?? 0);
  const language = languageFor(context);
  const { body, policy, status } = url.pathname.startsWith('/embed/')
    ? await inFrame({ ...problem, retryAfter }, url, language)
    : await inPage({ ...problem, retryAfter }, url, language);
  const headers = new Headers(res.headers);
  headers.set('content-type', 'text/html; charset=utf-8');
  headers.set('content-security-policy', policy);
  headers.set('content-language', language);
  headers.set('vary', 'accept, accept-language');
  headers.delete('content-length');
  context.res = undefined;
  context.res = new Response(String(await body), { status, headers });
};

/** With the seconds of Retry-After, or 0. */
type Refused = Problem & { retryAfter: number };

interface Answer {
  body: Html;
  policy: string;
  status: number;
}

async function inPage(problem: Refused, { pathname, searchParams }: URL, language: Language): Promise<Answer> {
  const typed = {
    domain: searchParams.get('domain') ?? domainInPath(pathname),
    ...(searchParams.has('ip') ? { ip: searchParams.getAll('ip').join(', ') } : {}),
  };
  const trouble = troubleOf(problem, typed.domain, language);
  return {
    body: troublePage(language, trouble, typed),
    policy: await contentSecurityPolicy(),
    status: problem.status,
  };
}

async function inFrame(problem: Refused, url: URL, language: Language): Promise<Answer> {
  const domain = domainInPath(url.pathname);
  const options = cardOptions(url, language);
  const { text } = troubleOf(problem, domain, language);
  return {
    body: troubleCard(text, shown(domain), options),
    policy: await cardPolicy(options.theme),
    // Some browsers show no content of a failed answer in a frame.
    status: problem.status >= 500 ? 200 : problem.status,
  };
}

/** Whether the answer is for a person: browsers accept HTML when they open a page or a frame, programs do not. */
function wantsPage(context: Context, { pathname }: URL): boolean {
  return /\btext\/html\b/.test(context.req.header('accept') ?? '') && !/^\/(?:v1|badge)\//.test(pathname);
}

function troubleOf({ status, parameter, detail, retryAfter }: Refused, typed: string, language: Language): Trouble {
  const words = pageWords[language];
  if (status === 404) return { text: words.problem.notFound };
  if (retryAfter > RETRY_AFTER) return { text: words.problem.later(Math.ceil(retryAfter / 60)) };
  if (status === 429) return { text: words.problem.busy };
  if (status === 403) return { text: words.problem.notServed };
  if (status >= 500) return { text: words.problem.broken };
  if (parameter === 'domain') {
    const meant = domainIn(typed);
    const parsed = parseDomain(meant);
    if (!parsed.ok) return { text: words.domainProblem[parsed.problem](shown(meant)), field: 'domain' };
  }
  if (parameter === 'ip') return { text: words.parameterProblem.ip, field: 'ip' };
  if (parameter === 'selector' || parameter === 'helo' || parameter === 'lang')
    return { text: words.parameterProblem[parameter] };
  return { text: parameter === undefined ? detail : words.parameterProblem.other(parameter) };
}

function languageFor(context: Context): Language {
  try {
    return languageOf(context);
  } catch {
    return 'en';
  }
}

/** The segment of the domain in "/report/shop.example" and "/embed/shop.example". */
function domainInPath(path: string): string {
  const [, segment = ''] = /^\/(?:report|embed)\/([^/]*)$/.exec(path) ?? [];
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
