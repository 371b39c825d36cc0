// The routes, and the one place where an error becomes an answer.
import { Hono } from 'hono';
import { ProblemError, problemResponse } from './problem.ts';
import type { Bindings } from './settings.ts';

export type App = Hono<{ Bindings: Bindings }>;

export function createApp(): App {
  const app: App = new Hono();
  app.get('/healthz', (context) => context.json({ status: 'ok' }));
  app.notFound((context) => problemResponse(context, { status: 404, title: 'No such page', detail: 'x' }));
  app.onError((error, context) => error instanceof ProblemError ? problemResponse(context, error.problem) : problemResponse(context, {status: 500, title: 'x', detail: 'y'}));
  return app;
}
