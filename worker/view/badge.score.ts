// What the status badge says of a score, and in which colour.
import type { Language } from '../../shared/findings/define.ts';
import type { Score } from '../../shared/findings/score.ts';
import type { BadgeColour } from './badge.ts';
import { figure } from './page.words.ts';

/** Below this coverage a score says too little to be coloured; below the other it is shown as "at most". */
const GREY_BELOW = 0.5;
const SURE_FROM = 0.8;

/** What the right half says and its colour; never green while receivers refuse mail. */
export function badgeOf(
  { value, coverage, refused }: Score,
  language: Language = 'en',
): { message: string; colour: BadgeColour } {
  const text = figure(value, language);
  if (coverage < GREY_BELOW) return { message: `≤ ${text}/10?`, colour: 'grey' };
  const message = coverage < SURE_FROM ? `≤ ${text}/10` : `${text}/10`;
  if (value < 5) return { message, colour: 'red' };
  if (value < 7) return { message, colour: 'orange' };
  return { message, colour: value >= 9 && !refused ? 'green' : 'yellowgreen' };
}

export const badgeWords: Record<Language, { label: string; notADomain: string; unavailable: string }> = {
  en: { label: 'mail', notADomain: 'not a domain', unavailable: 'unavailable' },
  ru: { label: 'почта', notADomain: 'не домен', unavailable: 'недоступно' },
};

/** As shields.io names colours for its endpoint badge. */
export const SHIELDS_COLOURS: Record<BadgeColour, string> = {
  green: 'brightgreen',
  yellowgreen: 'yellowgreen',
  orange: 'orange',
  red: 'red',
  grey: 'lightgrey',
};
