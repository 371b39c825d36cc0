// The pre-flight: whether the sender is aligned, from the cache, the Worker or the check in this process. Without an answer the
// mail is sent unchecked.

import type { PreflightAnswer, PreflightRequest, PreflightVerdict } from '../../shared/check/types.ts';
import { type Diagnostic, placed } from '../exit.ts';
import { fetchReason, limitedText } from '../http.ts';
import { diagnostic } from '../messages/catalogue.ts';
import type { AnswerCache } from './cache.ts';

export interface PreflightSource {
  /** May throw, and may take longer than the timeout. */
  ask: (request: PreflightRequest, signal: AbortSignal) => Promise<PreflightAnswer | { problem: Diagnostic }>;
  /** Part of the cache key: two Workers may see different zones. */
  name: string;
}

export type PreflightResult =
  | { asked: true; answer: PreflightAnswer; cached: boolean }
  /** No answer: the mail is sent anyway. */
  | { asked: false; why: Diagnostic; cached: boolean };

/** Seconds before a failed question is repeated: a Worker that is down must not delay every mail by its timeout. */
export const FAILURE_TTL = 60;
/** Bounds in seconds for the time to live of an answer. */
const MIN_TTL = 30;
const MAX_TTL = 86_400;
/** Bytes; an answer is a few findings, and the login page of a proxy may be longer. */
const MAX_ANSWER = 256 * 1024;
const VERDICTS: readonly PreflightVerdict[] = [
  'aligned',
  'aligned_by_spf_only',
  'aligned_by_dkim_only',
  'misaligned',
  'unknown',
];

/**
 * Answers within `timeout` milliseconds, from the cache if possible; never throws.
 * `random` is a hex string for a temporary file's name.
 */
export async function askPreflight(
  request: PreflightRequest,
  source: PreflightSource,
  cache: AnswerCache,
  timeout: number,
  now: Date,
  random: string,
): Promise<PreflightResult> {
  const key = ['preflight', 2, source.name, request];
  const stored = cache.read(key, now);
  if (isFailure(stored)) return { asked: false, why: stored.failure, cached: true };
  const known = parseAnswer(stored);
  if (known !== undefined) return { asked: true, answer: known, cached: true };
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<{ problem: Diagnostic }>((resolve) => {
    timer = setTimeout(() => {
      resolve({ problem: diagnostic('preflight.late', { seconds: timeout / 1000 }) });
      controller.abort();
    }, timeout);
  });
  const asked = source
    .ask(request, controller.signal)
    .catch((error: unknown) => ({ problem: diagnostic('preflight.unreachable', { why: fetchReason(error) }) }));
  const given = await Promise.race([asked, late]).finally(() => clearTimeout(timer));
  const answer = parseAnswer(given);
  if (answer !== undefined) {
    cache.write(key, answer, Math.min(Math.max(answer.ttl, MIN_TTL), MAX_TTL), now, random);
    return { asked: true, answer, cached: false };
  }
  const why = placed(
    source.name,
    'problem' in given ? given.problem : diagnostic('preflight.answer', { fault: 'shape' }),
  );
  cache.write(key, { failure: why }, FAILURE_TTL, now, random);
  return { asked: false, why, cached: false };
}

/** The Worker's POST /v1/preflight. */
export function workerSource(url: string, token: string | undefined): PreflightSource {
  return {
    name: url,
    async ask(request, signal) {
      const response = await fetch(`${url}/v1/preflight`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json',
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify(request),
        // The token is only for this address.
        redirect: 'error',
        signal,
      });
      if (!response.ok) return { problem: diagnostic('preflight.http', { status: response.status }) };
      const text = await limitedText(response, MAX_ANSWER);
      if (text === undefined) return { problem: diagnostic('preflight.answer', { fault: 'long' }) };
      try {
        // Checked by `parseAnswer`.
        return JSON.parse(text) as PreflightAnswer;
      } catch {
        return { problem: diagnostic('preflight.answer', { fault: 'json' }) };
      }
    },
  };
}

/** The known members of a value with the right shape; undefined for others. */
function parseAnswer(value: unknown): PreflightAnswer | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { verdict, reason, findings, suggestedSender, ttl, checkedAt } = value as Partial<PreflightAnswer>;
  if (verdict === undefined || !VERDICTS.includes(verdict)) return undefined;
  if (typeof reason !== 'string' || typeof ttl !== 'number' || !Array.isArray(findings)) return undefined;
  return {
    verdict,
    reason,
    findings,
    suggestedSender: typeof suggestedSender === 'string' ? suggestedSender : null,
    ttl,
    checkedAt: typeof checkedAt === 'string' ? checkedAt : '',
  };
}

/** As `askPreflight` writes it. */
function isFailure(value: unknown): value is { failure: Diagnostic } {
  const { text } = ((value as { failure?: unknown } | undefined)?.failure ?? {}) as { text?: unknown };
  return typeof text === 'string';
}
