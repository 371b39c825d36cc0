// The pre-flight: is this sender aligned? From the cache, the Worker or the engine in process; never in a mail's way.

import type { PreflightAnswer, PreflightRequest, PreflightVerdict } from '../../shared/check/types.ts';
import { fetchReason, limitedText } from '../http.ts';
import type { AnswerCache } from './cache.ts';

export interface PreflightSource {
  /** Asks; may throw, and may take longer than is waited for. */
  ask: (request: PreflightRequest, signal: AbortSignal) => Promise<PreflightAnswer>;
  /** Part of the cache key: two Workers may see different zones. */
  name: string;
}

export type PreflightResult =
  | { asked: true; answer: PreflightAnswer; cached: boolean }
  /** No answer: the mail goes out all the same. */
  | { asked: false; why: string; cached: boolean };

/** Seconds for which a failed question is not repeated: a dead Worker must not cost every mail its timeout. */
export const FAILURE_TTL = 60;
/** Bounds in seconds for an answer's own time to live, whatever the Worker says. */
const MIN_TTL = 30;
const MAX_TTL = 86_400;
/** An answer is a few findings; a proxy's login page must not be read to its end. */
const MAX_ANSWER = 256 * 1024;
const VERDICTS: readonly PreflightVerdict[] = [
  'aligned',
  'aligned_by_spf_only',
  'aligned_by_dkim_only',
  'misaligned',
  'unknown',
];

/**
 * Answers within `timeout` milliseconds, from the cache where it can; never throws.
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
  const key = ['preflight', 1, source.name, request];
  const stored = cache.read(key, now);
  if (isFailure(stored)) return { asked: false, why: stored.failure, cached: true };
  const known = parseAnswer(stored);
  if (known !== undefined) return { asked: true, answer: known, cached: true };
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer in ${timeout / 1000} s`));
      controller.abort();
    }, timeout);
  });
  try {
    const answer = parseAnswer(await Promise.race([source.ask(request, controller.signal), late]));
    if (answer === undefined) throw new Error('the answer is not one of a pre-flight');
    cache.write(key, answer, Math.min(Math.max(answer.ttl, MIN_TTL), MAX_TTL), now, random);
    return { asked: true, answer, cached: false };
  } catch (error) {
    const why = `${source.name}: ${fetchReason(error)}`;
    cache.write(key, { failure: why }, FAILURE_TTL, now, random);
    return { asked: false, why, cached: false };
  } finally {
    clearTimeout(timer);
  }
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
        // The token is for this address alone.
        redirect: 'error',
        signal,
      });
      if (!response.ok) throw new Error(`HTTP ${response.status}`);
      const text = await limitedText(response, MAX_ANSWER);
      if (text === undefined) throw new Error('the answer is too long');
      try {
        return JSON.parse(text) as PreflightAnswer;
      } catch {
        throw new Error('the answer is not JSON');
      }
    },
  };
}

/** Takes from outside only what has the right shape. */
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

function isFailure(value: unknown): value is { failure: string } {
  return typeof value === 'object' && value !== null && typeof (value as { failure?: unknown }).failure === 'string';
}
