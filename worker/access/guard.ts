// What holds for every route: security headers, CORS, the limit per client, and the list of domains.
import type { Context, MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import { secureHeaders } from 'hono/secure-headers';
import type { App, Edge } from '../edge.ts';
import { problemResponse } from '../problem.ts';
import type { Bindings } from '../settings.ts';
import { badgeAnswer, badgeLanguage, unavailableBadge } from '../view/badge.answer.ts';
import { requireAllowed } from './domains.ts';
import { isOverLimit, OF_ONE_CLIENT, RETRY_AFTER } from './limit.ts';

type Guard = MiddlewareHandler<{ Bindings: Bindings }>;

/** Whoever runs the Worker asks these; they cost no DNS question. */
const UNLIMITED = ['/healthz'];
/** Seconds that a browser remembers what a preflight said; Chromium keeps none longer than two hours. */
const PREFLIGHT_AGE = 7200;
/** Seconds: one year, as RFC 6797 section 6.1.1 has it in its examples. */
const HSTS_AGE = 31_536_000;

/** To be hooked up before the routes. */
export function guardRoutes(app: App, edge: Edge): void {
  app.use((context, next) =>
    (context.req.url.startsWith('https:') ? headersOverHttps : headersOverHttp)(context, next),
  );
  app.use(crossOrigin);
  app.use(rateLimit(edge));
  app.use(allowedOnly(edge));
}

/** Pages that have a policy of their own keep it. What Hono would add besides forbids badges and cards on other sites. */
const HEADERS = {
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    frameAncestors: ["'none'"],
    baseUri: ["'none'"],
    formAction: ["'none'"],
  },
  overwrite: false,
  crossOriginResourcePolicy: false,
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xFrameOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
};
const headersOverHttp = secureHeaders({ ...HEADERS, strictTransportSecurity: false });
/** RFC 6797 section 7.2: the field is for answers over TLS alone. */
const headersOverHttps = secureHeaders({ ...HEADERS, strictTransportSecurity: `max-age=${HSTS_AGE}` });

/**
 * Reports hold nothing but public DNS, so a page of another site may ask what anybody may ask; never with credentials. The
 * authorization header is not among those allowed: a token has no place in a page.
 */
const crossOrigin = cors({
  origin: '*',
  allowMethods: ['GET', 'HEAD', 'POST'],
  allowHeaders: ['accept', 'accept-language', 'content-type', 'if-none-match'],
  exposeHeaders: ['etag', 'location', 'retry-after'],
  maxAge: PREFLIGHT_AGE,
});

function rateLimit(edge: Edge): Guard {
  return async (context, next) => {
    const pathname = context.req.path;
    if (context.env.RATE_LIMITER === undefined || UNLIMITED.includes(pathname)) return next();
    if (!(await isOverLimit(context, edge.settings(context.env)))) return next();
    if (pathname.startsWith('/badge/')) return badgeInstead(context, OF_ONE_CLIENT);
    return problemResponse(
      context,
      {
        status: 429,
        title: 'Too many requests',
        detail: `Your address has asked too often. Come again in ${RETRY_AFTER} seconds, or ask the owner of this Worker for a token.`,
      },
      { 'retry-after': String(RETRY_AFTER), 'cache-control': OF_ONE_CLIENT },
    );
  };
}

/** A picture, or shields.io's JSON, in place of an error that a page would show as broken; it looks as the badge would. */
export function badgeInstead(context: Context, cache: string): Response {
  return badgeAnswer(context, unavailableBadge(badgeLanguage(context), cache));
}

/** The paths that name a domain. One expression, since routes with a parameter in each place make the router slow. */
const OF_DOMAIN = /^\/(?:v1\/[^/]+|report|embed|(badge))\/([^/]+)\/?$/;

function allowedOnly(edge: Edge): Guard {
  return async (context, next) => {
    const match = OF_DOMAIN.exec(context.req.path);
    if (match === null) return next();
    const { allowedDomains } = edge.settings(context.env);
    const [, badge, segment = ''] = match;
    const name = decoded(segment);
    try {
      requireAllowed(badge === undefined ? name : name.replace(/\.(?:svg|json)$/i, ''), { allowedDomains });
    } catch (error) {
      if (badge !== undefined) return badgeInstead(context, `public, max-age=${RETRY_AFTER}`);
      throw error;
    }
    return next();
  };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
