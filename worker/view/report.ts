// A report as an answer: in the format and language of the request, with an ETag and its lifetime.
import type { Context } from 'hono';
import type { Report } from '../../shared/check/types.ts';
import type { Language } from '../../shared/findings/define.ts';
import { boundedReport } from '../../shared/report/bound.ts';
import { FORMAT_ALIASES, FORMAT_NAMES, FORMATS, type Format, type FormatName } from '../../shared/report/formats.ts';
import { ProblemError } from '../problem.ts';
import { queryOne, shown } from '../request.ts';
import type { EtagCache } from './etag.ts';
import { matchesEtag, weakTag } from './etag.ts';

/** Longest and shortest lifetime of a report in caches: a change should be visible soon. */
const MAX_AGE = 300;
const MIN_AGE = 10;
/** Characters of a header field that are read. */
const MAX_HEADER = 500;

/** Format and language of the request. */
interface Form {
  name: FormatName;
  language: Language;
  pretty: boolean;
}

/**
 * The report as an answer. Where the client's copy is what this isolate answered and it is still valid, the answer is 304
 * without another check.
 */
export async function answerWith(context: Context, tags: EtagCache, check: () => Promise<Report>): Promise<Response> {
  // `check` validates the request; a URL that was answered before is valid.
  const form = formOf(context);
  const key = `${form.name} ${form.language} ${context.req.url}`;
  const cached = tags.get(key);
  if (cached !== undefined && matchesEtag(context, cached.etag)) {
    return context.body(null, 304, cacheHeaders(cached.etag, maxAgeOf({ ttl: cached.left })));
  }
  const report = await check();
  const response = await reportResponse(context, report, form);
  const etag = response.headers.get('etag');
  // Valid as long as the answer is in caches. Only successes: a 422 has no condition.
  if (etag !== null && response.status < 400) tags.set(key, etag, Math.min(report.ttl, maxAgeOf(report)));
  return response;
}

export async function reportResponse(context: Context, whole: Report, form = formOf(context)): Promise<Response> {
  const { name, language, pretty } = form;
  const minScore = minScoreOf(context);
  const format: Format = FORMATS[name];
  const report = boundedReport(whole);
  const facts = JSON.stringify(report.facts);
  const etag = weakTag(`${name} ${language} ${meaningOf(report, facts)}`);
  const headers = cacheHeaders(etag, maxAgeOf(report));
  const failed = minScore !== undefined && report.score.value < minScore;
  // RFC 9110 section 13.2.1: a condition is for answers that would be a success without it.
  if (!failed && matchesEtag(context, etag)) return context.body(null, 304, headers);
  return context.body(format.write(report, language, { facts, pretty }), failed ? 422 : 200, {
    ...headers,
    'content-type': format.mediaType + (format.charset ? '; charset=utf-8' : ''),
    'content-language': language,
  });
}

function cacheHeaders(etag: string, maxAge: number): Record<string, string> {
  return { etag, 'cache-control': `public, max-age=${maxAge}`, vary: 'accept, accept-language' };
}

/** The meaning of a report, without its times and queries; `facts` are its facts as JSON. */
function meaningOf({ subject, score, findings }: Report, facts: string): string {
  // The id of an MTA-STS record to publish is the time of the check, and a policy's `expires` is counted from it.
  const found = findings.map(({ id, args }) => ({ id, args: { ...args, id: undefined } }));
  // A quotation mark within a text has a backslash, so that these are members.
  return JSON.stringify({ subject, score, found }) + facts.replace(/"(?:ttl|expires)":(?:\d+|"[^"]*")/g, '');
}

/** Seconds for which a report may be cached. */
export function maxAgeOf({ ttl }: Pick<Report, 'ttl'>): number {
  return Math.max(MIN_AGE, Math.min(MAX_AGE, ttl));
}

function formOf(context: Context): Form {
  return { name: formatOf(context), language: languageOf(context), pretty: isPretty(context) };
}

/** For people: a browser, or `?pretty`. */
function isPretty(context: Context): boolean {
  const [asked] = context.req.queries('pretty') ?? [];
  if (asked === undefined) return /\btext\/html\b/.test(context.req.header('accept') ?? '');
  if (asked === '1' || asked === '0' || asked === '') return asked !== '0';
  throw new ProblemError({
    status: 400,
    title: 'Neither yes nor no',
    detail: `pretty is 1 or 0, not “${shown(asked)}”.`,
    parameter: 'pretty',
  });
}

function formatOf(context: Context): FormatName {
  const asked = queryOne(context, 'format');
  if (asked === undefined) return preferredFormat(context.req.header('accept') ?? '');
  const name = FORMAT_NAMES.find((known) => known === asked) ?? FORMAT_ALIASES.get(asked);
  if (name !== undefined) return name;
  throw new ProblemError({
    status: 400,
    title: 'Unknown format',
    detail: `There is no format “${shown(asked)}”; there are ${FORMAT_NAMES.join(', ')}.`,
    parameter: 'format',
  });
}

/**
 * The format with the highest quality (RFC 9110 section 12.5.1); of equals the first of the table. Default: JSON, which a
 * browser, whose Accept has pages and pictures, can show.
 */
function preferredFormat(header: string): FormatName {
  const weights = new Map<string, number>();
  for (const part of header.slice(0, MAX_HEADER).split(',')) {
    const match = /^\s*([\w*!#$&^.+-]+\/[\w*!#$&^.+-]+)\s*(?:;(.*))?$/.exec(part);
    if (match === null) continue;
    const [, type = '', parameters = ''] = match;
    const quality = /(?:^|;)\s*q=([01](?:\.\d{0,3})?)\s*(?:;|$)/i.exec(parameters);
    weights.set(type.toLowerCase(), Number(quality?.[1] ?? 1));
  }
  const weightOf = (mediaType: string) =>
    weights.get(mediaType) ?? weights.get(mediaType.replace(/\/.*/, '/*')) ?? weights.get('*/*') ?? 0;
  let best: FormatName = 'json';
  // Most clients name no format.
  if (weights.size === 0) return best;
  let weight = 0;
  for (const name of FORMAT_NAMES) {
    const own = weightOf(FORMATS[name].mediaType);
    if (own > weight) [best, weight] = [name, own];
  }
  return best;
}

export function languageOf(context: Context): Language {
  const asked = queryOne(context, 'lang');
  if (asked !== undefined) {
    if (asked === 'en' || asked === 'ru') return asked;
    throw new ProblemError({
      status: 400,
      title: 'Unknown language',
      detail: `There is no language “${shown(asked)}”; there are en and ru.`,
      parameter: 'lang',
    });
  }
  return preferredLanguage(context.req.header('accept-language') ?? '');
}

/** The language with the higher quality (RFC 9110 section 12.5.4); default: English. */
function preferredLanguage(header: string): Language {
  const weights = { en: 0, ru: 0 };
  for (const part of header.slice(0, MAX_HEADER).split(',')) {
    const match = /^\s*([a-z]{2})(?:-[a-z0-9-]+)?\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*$/i.exec(part);
    const language = match?.[1]?.toLowerCase();
    if (language === 'en' || language === 'ru')
      weights[language] = Math.max(weights[language], Number(match?.[2] ?? 1));
  }
  return weights.ru > weights.en ? 'ru' : 'en';
}

function minScoreOf(context: Context): number | undefined {
  const asked = queryOne(context, 'min_score');
  if (asked === undefined) return undefined;
  if (/^(10(\.0)?|\d(\.\d)?)$/.test(asked)) return Number(asked);
  throw new ProblemError({
    status: 400,
    title: 'Not a score',
    detail: `min_score is a number from 0 to 10, such as 9 or 8.5, not “${shown(asked)}”.`,
    parameter: 'min_score',
  });
}
