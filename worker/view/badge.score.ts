// What the status badge says of a score, and in which colour.
import type { Report } from '../../shared/check/types.ts';
import type { Language } from '../../shared/findings/define.ts';
import type { Trend } from '../monitor/trend.ts';
import type { BadgeColour } from './badge.ts';
import { figure } from './page.words.ts';
import { isAbsent, KNOWN_FROM, SURE_FROM } from './verdict.ts';

const ARROWS: Record<Trend['direction'], string> = { up: ' ↑', down: ' ↓', steady: '' };

/** What the right half says, with where a watched domain's score is going, and its colour; never green while receivers refuse mail. */
export function badgeOf(
  report: Pick<Report, 'score' | 'findings'>,
  language: Language = 'en',
  direction: Trend['direction'] = 'steady',
): { message: string; colour: BadgeColour } {
  const { value, coverage, refused } = report.score;
  if (isAbsent(report)) return { message: badgeWords[language].absent, colour: 'red' };
  const text = figure(value, language);
  if (coverage < KNOWN_FROM) return { message: `≤ ${text}/10?`, colour: 'grey' };
  const message = `${coverage < SURE_FROM ? '≤ ' : ''}${text}/10${ARROWS[direction]}`;
  if (value < 5) return { message, colour: 'red' };
  if (value < 7) return { message, colour: 'orange' };
  return { message, colour: value >= 9 && !refused ? 'green' : 'yellowgreen' };
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
