// A score as a reader sees it: in one word, in a colour, in figures, and as a ring.

import { html } from 'hono/html';
import type { Report } from '../../shared/check/types.ts';
import { definitionOf, type Finding } from '../../shared/findings/catalog.ts';
import type { Area, Language } from '../../shared/findings/define.ts';
import { MAX_SCORE, type Score } from '../../shared/findings/score.ts';

export type Verdict = 'good' | 'mostly' | 'risk' | 'poor' | 'refused' | 'unknown' | 'absent';
export type Tone = 'good' | 'fair' | 'bad' | 'grey';

/** Below the first coverage there is no verdict; below the second the score is shown as "at most". */
export const KNOWN_FROM = 0.5;
export const SURE_FROM = 0.8;

/** Whether the domain does not exist. */
export function isAbsent({ findings }: Pick<Report, 'findings'>): boolean {
  return findings.some(({ id }) => id === 'check.no-such-domain');
}

export function verdictOf({ score, findings }: Pick<Report, 'score' | 'findings'>): Verdict {
  if (isAbsent({ findings })) return 'absent';
  if (score.coverage < KNOWN_FROM && !isKnownUnproven(findings)) return 'unknown';
  if (score.value < 5) return 'poor';
  if (isRefused({ score, findings })) return 'refused';
  if (score.value < 7) return 'risk';
  return score.value < 9 ? 'mostly' : 'good';
}

/** Areas with a finding for which receivers reject mail. */
function refusingAreas(findings: readonly Finding[]): Area[] {
  return findings
    .map(definitionOf)
    .filter(({ class: weight, points }) => weight === 'A' && points > 0)
    .map(({ area }) => area);
}

/**
 * Whether receivers reject the mail. Where SPF authenticates the From domain, they do not for a missing signature alone:
 * one of the two is enough (RFC 9989 section 4.4), and only bulk senders need both at Gmail, Yahoo and Outlook.com.
 */
function isRefused({ score, findings }: Pick<Report, 'score' | 'findings'>): boolean {
  const passes = findings.some(({ id }) => id === 'spf.pass');
  const contradicted = findings.some(({ id }) => id === 'alignment.none' || id === 'dmarc.message-fail');
  return score.refused && !(passes && !contradicted && refusingAreas(findings).every((area) => area === 'dkim'));
}

/** Neither SPF nor DKIM can pass for any address: that is certain at any coverage. */
function isKnownUnproven(findings: readonly Finding[]): boolean {
  const areas = refusingAreas(findings);
  return areas.includes('alignment') || (areas.includes('spf') && areas.includes('dkim'));
}

/** The colour of a report; never good while receivers reject mail. */
export function toneOf(report: Pick<Report, 'score' | 'findings'>): Tone {
  return TONES[verdictOf(report)];
}

const TONES: Record<Verdict, Tone> = {
  good: 'good',
  mostly: 'fair',
  risk: 'fair',
  refused: 'fair',
  poor: 'bad',
  absent: 'bad',
  unknown: 'grey',
};

/** "8", or "≤ 8" at a low coverage. */
export function scoreFigure(
  { value, low, coverage }: Pick<Score, 'value' | 'low' | 'coverage'>,
  language: Language,
): string {
  return `${coverage < SURE_FROM && low < value ? '≤ ' : ''}${figure(value, language)}`;
}

const RADIUS = 52;
const LENGTH = 2 * Math.PI * RADIUS;

export function ring({ value, low, coverage }: Pick<Score, 'value' | 'low' | 'coverage'>): ReturnType<typeof html> {
  const sure = coverage < 1 ? Math.min(low, value) : value;
  const arc = (name: string, points: number) =>
    points <= 0
      ? ''
      : html`<circle class="${name}" cx="60" cy="60" r="${RADIUS}" fill="none" stroke-width="10" stroke-linecap="round" stroke-dasharray="${((points / MAX_SCORE) * LENGTH).toFixed(1)} ${LENGTH.toFixed(1)}" transform="rotate(-90 60 60)"/>`;
  return html`<svg viewBox="0 0 120 120" aria-hidden="true" focusable="false"><circle class="track" cx="60" cy="60" r="${RADIUS}" fill="none" stroke-width="10"/>${arc('maybe', value > sure ? value : 0)}${arc('arc', sure)}</svg>`;
}

/** A number in the notation of the language; at most two decimals. */
export function figure(value: number, language: Language): string {
  const text = String(Math.round(value * 100) / 100);
  return language === 'ru' ? text.replace('.', ',') : text;
}
