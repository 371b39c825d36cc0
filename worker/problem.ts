// Errors as answers: problem+json (RFC 9457).
import type { Context } from 'hono';

export interface Problem {
  status: 400 | 401 | 403 | 404 | 405 | 408 | 413 | 415 | 422 | 429 | 500 | 501 | 502 | 503;
  title: string;
  /** What was wrong and what to do about it. */
  detail: string;
  /** The parameter, header or member of the body at fault. */
  parameter?: string;
}

/** What was wrong with the request and what to do about it (RFC 9457). */
export interface ProblemAnswer extends Problem {
  type: 'about:blank';
  /** The path of the request. */
  instance: string;
}

/** Thrown by the functions that read a request; the app's one error handler answers it. */
export class ProblemError extends Error {
  readonly problem: Problem;
  readonly headers: Record<string, string>;
  constructor(problem: Problem, headers: Record<string, string> = {}) {
    super(problem.detail);
    this.problem = problem;
    this.headers = headers;
  }
}

export function problemResponse(context: Context, problem: Problem, headers: Record<string, string> = {}): Response {
  const body: ProblemAnswer = { type: 'about:blank', ...problem, instance: new URL(context.req.url).pathname };
  return context.body(`${JSON.stringify(body, null, 2)}\n`, problem.status, {
    'content-type': 'application/problem+json; charset=utf-8',
    'cache-control': 'no-store',
    ...headers,
  });
}
