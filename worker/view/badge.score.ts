// What the status badge says of a score, and in which colour.
import type { Report } from '../../shared/check/types.ts';
import type { Language } from '../../shared/findings/define.ts';
import type { Trend } from '../monitor/trend.ts';
import type { BadgeColour } from './badge.ts';
import { figure } from './page.words.ts';
import { scoreFigure, type Verdict, verdictOf } from './verdict.ts';

const ARROWS: Record<Trend['direction'], string> = { up: ' ↑', down: ' ↓', steady: '' };

const COLOURS: Record<Exclude<Verdict, 'absent' | 'unknown' | 'refused'>, BadgeColour> = {
  good: 'green',
  mostly: 'yellowgreen',
  risk: 'orange',
  poor: 'red',
};

/** What the right half says, with where a watched domain's score is going, and its colour; never green while receivers refuse mail. */
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
