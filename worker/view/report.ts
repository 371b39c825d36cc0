// A report in the form that was asked for: JSON, or text for a terminal.
import type { Context } from 'hono';
import type { Report } from '../../shared/check/types.ts';
import { definitionOf, textOf } from '../../shared/findings/catalog.ts';
import type { Language } from '../../shared/findings/define.ts';
import { deductions } from '../../shared/findings/score.ts';
import { reportText } from '../../shared/report/text.ts';
import { ProblemError } from '../problem.ts';
import { queryOne, shown } from '../request.ts';

type Format = 'json' | 'text';
const FORMATS: Record<string, Format> = { json: 'json', text: 'text', txt: 'text' };
/** Longest and shortest time that anyone keeps a report: a change made now shall be seen soon. */
const MAX_AGE = 300;
const MIN_AGE = 10;

export function reportResponse(context: Context, report: Report): Response {
  const format = formatOf(context);
  const language = languageOf(context);
  const least = leastScoreOf(context);
  const status = least !== undefined && report.score.value < least ? 422 : 200;
  const headers = {
    'cache-control': `public, max-age=${maxAgeOf(report)}`,
    vary: 'accept, accept-language',
    'content-language': language,
  };
  if (format === 'text') {
    return context.body(reportText(report, language), status, {
      'content-type': 'text/plain; charset=utf-8',
      ...headers,
    });
  }
  return context.body(`${JSON.stringify(withTexts(report, language), null, 2)}\n`, status, {
    'content-type': 'application/json; charset=utf-8',
    ...headers,
  });
}

/** Seconds for which a report may be kept. */
export function maxAgeOf({ ttl }: Pick<Report, 'ttl'>): number {
  return Math.max(MIN_AGE, Math.min(MAX_AGE, ttl));
}

/** The stored report knows no language; a reader of JSON gets each finding's severity, cost and text beside its id. */
export function withTexts(report: Report, language: Language): unknown {
  const costs = deductions(report.findings);
  const findings = report.findings.map((found, index) => {
    const { area, severity, points, source } = definitionOf(found);
    return {
      id: found.id,
      area,
      severity,
      points,
      cost: costs[index],
      source,
      args: found.args,
      ...textOf(found, language),
    };
  });
  return { ...report, findings };
}

export function formatOf(context: Context): Format {
  const asked = queryOne(context, 'format');
  if (asked !== undefined) {
    const format = Object.hasOwn(FORMATS, asked) ? FORMATS[asked] : undefined;
    if (format !== undefined) return format;
    throw new ProblemError({
      status: 400,
      title: 'Unknown format',
      detail: `There is no format “${shown(asked)}”; there are json and text.`,
      parameter: 'format',
    });
  }
  const accept = context.req.header('accept') ?? '';
  return /^\s*text\/plain\b/.test(accept) ? 'text' : 'json';
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

/** The better liked of the two (RFC 9110 section 12.5.4); English where neither is. */
function preferredLanguage(header: string): Language {
  const weights = { en: 0, ru: 0 };
  for (const part of header.slice(0, 500).split(',')) {
    const match = /^\s*([a-z]{2})(?:-[a-z0-9-]+)?\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*$/i.exec(part);
    const language = match?.[1]?.toLowerCase();
    if (language === 'en' || language === 'ru')
      weights[language] = Math.max(weights[language], Number(match?.[2] ?? 1));
  }
  return weights.ru > weights.en ? 'ru' : 'en';
}

function leastScoreOf(context: Context): number | undefined {
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
