// The score as an arc of a ring, with a paler arc for what could not be checked. The figure stands beside it as text.
import { html } from 'hono/html';
import type { Score } from '../../shared/findings/score.ts';
import { MAX_SCORE } from '../../shared/findings/score.ts';
import type { Html } from './page.shell.ts';

const RADIUS = 52;
const LENGTH = 2 * Math.PI * RADIUS;

export function ring({ value, low, coverage }: Pick<Score, 'value' | 'low' | 'coverage'>): Html {
  const sure = coverage < 1 ? Math.min(low, value) : value;
  const arc = (name: string, points: number) =>
    points <= 0
      ? ''
      : html`<circle class="${name}" cx="60" cy="60" r="${RADIUS}" fill="none" stroke-width="10" stroke-linecap="round" stroke-dasharray="${((points / MAX_SCORE) * LENGTH).toFixed(1)} ${LENGTH.toFixed(1)}" transform="rotate(-90 60 60)"/>`;
  return html`<svg viewBox="0 0 120 120" aria-hidden="true" focusable="false"><circle class="track" cx="60" cy="60" r="${RADIUS}" fill="none" stroke-width="10"/>${arc('maybe', value > sure ? value : 0)}${arc('arc', sure)}</svg>`;
}
