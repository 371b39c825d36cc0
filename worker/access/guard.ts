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

/** Monitoring calls these; they need no DNS query. */
const UNLIMITED = ['/healthz'];
/** Seconds that a browser caches the answer to a CORS preflight; Chromium's maximum is two hours. */
const PREFLIGHT_AGE = 7200;
/** Seconds: one year, as in the examples of RFC 6797 section 6.1.1. */
const HSTS_AGE = 31_536_000;

/** Call it before the routes are added. */
export function guardRoutes(app: App, edge: Edge): void {
  app.use((context, next) =>
    (context.req.url.startsWith('https:') ? headersOverHttps : headersOverHttp)(context, next),
  );
  app.use(crossOrigin);
  app.use(rateLimit(edge));
  app.use(allowedOnly(edge));
}

/** Pages with their own policy keep it. The other defaults of Hono would forbid badges and cards on other sites. */
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
/** RFC 6797 section 7.2: only answers over TLS may have the field. */
const headersOverHttps = secureHeaders({ ...HEADERS, strictTransportSecurity: `max-age=${HSTS_AGE}` });

/**
 * Reports contain only public DNS, so pages of other sites may request them, without credentials: the authorization
 * header is not allowed, since a token does not belong in a page.
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

/** The grey badge in the requested style, since a page would show an error as a broken picture. */
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
