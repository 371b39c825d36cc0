// The routes, and the one place where an error becomes an answer.
import type { Context } from 'hono';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { Hono } from 'hono/tiny';
import { guardRoutes } from './access/guard.ts';
import type { App, Edge } from './edge.ts';
import { json } from './openapi/answers.ts';
import { described } from './openapi/describe.ts';
import type { Health } from './openapi/types.ts';
import { ProblemError, problemResponse } from './problem.ts';
import { shown } from './request.ts';
import { badgeRoutes } from './routes/badge.ts';
import { bouncesRoutes } from './routes/bounces.ts';
import { checkRoutes } from './routes/checks.ts';
import { docsRoutes } from './routes/docs.ts';
import { embedRoutes } from './routes/embed.ts';
import { historyRoutes } from './routes/history.ts';
import { inboxPageRoutes } from './routes/inbox.pages.ts';
import { inboxRoutes } from './routes/inbox.ts';
import { messagePageRoutes } from './routes/message.pages.ts';
import { messageRoutes } from './routes/message.ts';
import { nextRoutes } from './routes/next.ts';
import { overviewRoutes } from './routes/overview.ts';
import { ownerRoutes } from './routes/owner.ts';
import { pageRoutes } from './routes/pages.ts';
import { preflightRoutes } from './routes/preflight.ts';
import { probeRoutes } from './routes/probe.ts';
import { reportsRoutes } from './routes/reports.ts';
import { sourcesRoutes } from './routes/sources.ts';
import { statusRoutes } from './routes/status.ts';
import { tlsReportsRoutes } from './routes/tls-reports.ts';
import { watchRoutes } from './routes/watch.ts';
import { troublePages } from './view/page.trouble.ts';

export function createApp(edge: Edge): App {
  const app: App = new Hono();
  app.use(troublePages);
  guardRoutes(app, edge);
  app.use(methodNotAllowed({ app, onMethodNotAllowed: otherMethod }));
  const health = described({
    summary: 'Check that the service runs and its settings are valid',
    tag: 'service',
    answers: { 200: json('It runs.', 'Health') },
  });
  app.get('/healthz', health, (context) => {
    edge.checkContext(context.env);
    return context.json({ status: 'ok' } satisfies Health, 200, { 'cache-control': 'no-store' });
  });
  checkRoutes(app, edge);
  preflightRoutes(app, edge);
  messageRoutes(app, edge);
  messagePageRoutes(app, edge);
  inboxRoutes(app, edge);
  inboxPageRoutes(app, edge);
  badgeRoutes(app, edge);
  embedRoutes(app, edge);
  pageRoutes(app, edge);
  historyRoutes(app, edge);
  watchRoutes(app, edge);
  statusRoutes(app, edge);
  reportsRoutes(app, edge);
  sourcesRoutes(app, edge);
  overviewRoutes(app, edge);
  ownerRoutes(app, edge);
  bouncesRoutes(app, edge);
  nextRoutes(app, edge);
  tlsReportsRoutes(app, edge);
  probeRoutes(app, edge);
  docsRoutes(app);
  app.notFound((context) =>
    problemResponse(context, {
      status: 404,
      title: 'No such page',
      detail: `There is nothing at ${shown(new URL(context.req.url).pathname)}. There are ${pathsOf(app).join(', ')}.`,
    }),
  );
  app.onError((error, context) => {
    if (error instanceof ProblemError) return problemResponse(context, error.problem, error.headers);
    // The message of a bug is for the log, not for clients.
    console.error(error);
    return problemResponse(context, {
      status: 500,
      title: 'Something broke',
      detail: 'This is a fault of the Worker. Its log has the details.',
    });
  });
  return app;
}

function otherMethod(context: Context, methods: string[]): Response {
  const allow = methods.join(', ');
  const detail = `${context.req.method} is not possible here; ${allow} ${methods.length > 1 ? 'are' : 'is'}.`;
  return problemResponse(context, { status: 405, title: 'Method not allowed', detail }, { allow });
}

function pathsOf(app: App): string[] {
  return [...new Set(app.routes.filter(({ method }) => method !== 'ALL').map(({ path }) => path))];
}
