// A badge as an answer: the picture or shields.io's JSON, in the look and language that its address asks for, whatever it says.
import type { Context } from 'hono';
import type { Language } from '../../shared/findings/define.ts';
import type { ShieldsBadge } from '../openapi/types.ts';
import { badgeWords, SHIELDS_COLOURS } from './badge.score.ts';
import { BADGE_STYLES, type BadgeColour, badgeSvg, badgeText } from './badge.ts';

/** Seconds for which shields.io keeps a badge. */
export const FRESH = 300;

export interface Badge {
  message: string;
  colour: BadgeColour;
  /** The value of cache-control. */
  cache: string;
  error?: boolean;
}

/** In place of a score that there is not. */
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
    // Opened by itself the picture is a document; nothing in it may load or run.
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
    ...headers,
  });
}

export function badgeLanguage(context: Context): Language {
  return context.req.query('lang') === 'ru' ? 'ru' : 'en';
}
