// A badge as an answer: what it says of a report, as the picture or as shields.io's JSON, in the look and language of the request.
import type { Context } from 'hono';
import type { Report } from '../../shared/check/types.ts';
import type { Language } from '../../shared/findings/define.ts';
import type { Trend } from '../monitor/trend.ts';
import type { ShieldsBadge } from '../openapi/types.ts';
import { BADGE_STYLES, type BadgeColour, badgeSvg, badgeText } from './badge.ts';
import { figure, scoreFigure, type Verdict, verdictOf } from './verdict.ts';

/** Seconds for which shields.io caches a badge. */
export const FRESH = 300;

export interface Badge {
  message: string;
  colour: BadgeColour;
  /** The value of cache-control. */
  cache: string;
  error?: boolean;
}

/** Where there is no score. */
export function unavailableBadge(language: Language, cache: string): Badge {
  return { message: badgeWords[language].unavailable, colour: 'grey', cache, error: true };
}

export function badgeAnswer(context: Context, { message, colour, cache, error }: Badge): Response {
  const label = context.req.query('label') ?? badgeWords[badgeLanguage(context)].label;
  const headers = { 'cache-control': cache };
  if (/\.json$/i.test(context.req.path)) {
    const body: ShieldsBadge = {
      schemaVersion: 1,
      label: badgeText(label),
      message,
      color: SHIELDS_COLOURS[colour],
      cacheSeconds: FRESH,
      ...(error === true ? { isError: true } : {}),
    };
    return context.json(body, 200, headers);
  }
  const style = BADGE_STYLES.find((known) => known === context.req.query('style')) ?? 'flat';
  return context.body(badgeSvg(label, message, colour, style), 200, {
    'content-type': 'image/svg+xml; charset=utf-8',
    // Opened directly the picture is a document; nothing in it may load or run.
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
    ...headers,
  });
}

export function badgeLanguage(context: Context): Language {
  return context.req.query('lang') === 'ru' ? 'ru' : 'en';
}

const ARROWS: Record<Trend['direction'], string> = { up: ' ↑', down: ' ↓', steady: '' };

const COLOURS: Record<Exclude<Verdict, 'absent' | 'unknown' | 'refused'>, BadgeColour> = {
  good: 'green',
  mostly: 'yellowgreen',
  risk: 'orange',
  poor: 'red',
};

/** The right half: score, trend of a watched domain, and colour; never green while receivers reject mail. */
export function badgeOf(
  report: Pick<Report, 'score' | 'findings'>,
  language: Language = 'en',
  direction: Trend['direction'] = 'steady',
): { message: string; colour: BadgeColour } {
  const verdict = verdictOf(report);
  const { value } = report.score;
  if (verdict === 'absent') return { message: badgeWords[language].absent, colour: 'red' };
  if (verdict === 'unknown') return { message: `≤ ${figure(value, language)}/10?`, colour: 'grey' };
  const message = `${scoreFigure(report.score, language)}/10${ARROWS[direction]}`;
  if (verdict === 'refused') return { message, colour: value < 7 ? 'orange' : 'yellowgreen' };
  return { message, colour: COLOURS[verdict] };
}

export const badgeWords: Record<Language, { label: string; absent: string; notADomain: string; unavailable: string }> =
  {
    en: { label: 'mail', absent: 'no such domain', notADomain: 'not a domain', unavailable: 'unavailable' },
    ru: { label: 'почта', absent: 'домена нет', notADomain: 'не домен', unavailable: 'недоступно' },
  };

/** As shields.io names colours for its endpoint badge. */
export const SHIELDS_COLOURS: Record<BadgeColour, string> = {
  green: 'brightgreen',
  yellowgreen: 'yellowgreen',
  orange: 'orange',
  red: 'red',
  grey: 'lightgrey',
};
