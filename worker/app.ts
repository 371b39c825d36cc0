// The routes, and the one place where an error becomes an answer.
import { Hono } from 'hono';
import type { Edge } from './edge.ts';
import { ProblemError, problemResponse } from './problem.ts';
import { shown } from './request.ts';
import { badgeRoutes } from './routes/badge.ts';
import { checkRoutes } from './routes/checks.ts';
import { pageRoutes } from './routes/pages.ts';
import { preflightRoutes } from './routes/preflight.ts';
import type { Bindings } from './settings.ts';

export type App = Hono<{ Bindings: Bindings }>;

export function createApp(edge: Edge): App {
  const app: App = new Hono();
  app.use(async (context, next) => {
    await next();
    context.res.headers.set('x-content-type-options', 'nosniff');
    context.res.headers.set('referrer-policy', 'no-referrer');
    // Reports hold nothing but public DNS; a page of the shop may read them. Cookies and tokens are not used here.
    context.res.headers.set('access-control-allow-origin', '*');
  });
  app.get('/healthz', (context) => {
    edge.checkContext(context.env);
    return context.json({ status: 'ok' }, 200, { 'cache-control': 'no-store' });
  });
  checkRoutes(app, edge);
  preflightRoutes(app, edge);
  badgeRoutes(app, edge);
  pageRoutes(app, edge);
  const known = new Map<string, Set<string>>();
  for (const { path, method } of app.routes) {
    if (method === 'ALL') continue;
    known.set(path, (known.get(path) ?? new Set<string>()).add(method));
  }
  for (const [path, methods] of known) {
    const allow = [...methods, ...(methods.has('GET') ? ['HEAD'] : [])].join(', ');
    app.all(path, (context) =>
      problemResponse(
        context,
        {
          status: 405,
          title: 'Method not allowed',
          detail: `${context.req.method} is not possible here; ${allow} ${allow.includes(',') ? 'are' : 'is'}.`,
        },
        { allow },
      ),
    );
  }
  app.notFound((context) =>
    problemResponse(context, {
      status: 404,
      title: 'No such page',
      detail: `There is nothing at ${shown(new URL(context.req.url).pathname)}. There are ${[...known.keys()].join(', ')}.`,
    }),
  );
  app.onError((error, context) => {
    if (error instanceof ProblemError) return problemResponse(context, error.problem);
    // The detail stays here: what a bug says is for the log, not for strangers.
    console.error(error);
    return problemResponse(context, {
      status: 500,
      title: 'Something broke',
      detail: 'This is a fault of the Worker. Its log has the details.',
    });
  });
  return app;
}
