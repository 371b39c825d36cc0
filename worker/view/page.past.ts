// The past of a watched domain on its page: the trend of the score as a drawing and a table, and whether the shop's mail is delivered.
import { html } from 'hono/html';
import type { Language } from '../../shared/findings/define.ts';
import { MAX_SCORE } from '../../shared/findings/score.ts';
import type { FlowVerdict } from '../monitor/flow.ts';
import type { Point, Trend } from '../monitor/trend.ts';
import { pastWords } from './page.past.words.ts';
import { type Html, icon, type Sign } from './page.shell.ts';

export interface ShownPast {
  /** Newest first. */
  entries: readonly Point[];
  trend: Trend | null;
  flow?: { verdict: FlowVerdict; reportedAt: number };
}

const FLOW_SIGNS: Record<FlowVerdict, Sign> = { flowing: 'good', stuck: 'bad', silent: 'grey' };
const TREND_SIGNS: Record<Trend['direction'], Sign> = { up: 'good', down: 'bad', steady: 'info' };
/** Size of the drawing, in its own units, with room for the line's width. */
const WIDTH = 360;
const HEIGHT = 96;
const MARGIN = 8;
/** Left of it are the scores of the lines. */
const LEFT = 26;
/** Rows of the table. */
const MAX_ROWS = 30;

/** The section, '' where the domain has no past. */
export function pastSection(past: ShownPast | undefined, language: Language): Html | string {
  if (past === undefined) return '';
  const { entries, trend, flow } = past;
  const words = pastWords[language];
  const line = (sign: Sign, title: string, text: string) =>
    html`<li><span class="mark ${sign === 'info' ? 'grey' : sign}">${icon(sign)}</span><span><strong>${title}</strong> ${text}</span></li>`;
  return html`<section aria-labelledby="past"><h2 id="past">${words.title}</h2><div class="panel"><div class="${entries.length > 1 ? 'two' : ''}">${entries.length > 1 ? drawing(entries, language) : ''}
<ul class="voices">${trend === null ? '' : line(TREND_SIGNS[trend.direction], words.score, words.trend(trend))}${
    flow === undefined
      ? ''
      : line(
          FLOW_SIGNS[flow.verdict],
          words.mail,
          words.flow[flow.verdict](moment(new Date(flow.reportedAt).toISOString())),
        )
  }</ul></div>${entries.length > 0 ? table(entries, language) : ''}</div></section>`;
}

function drawing(entries: readonly Point[], language: Language): Html | string {
  const points = entries.map(({ checkedAt, score }) => ({ time: Date.parse(checkedAt), score })).reverse();
  const [start] = points;
  const end = points.at(-1);
  if (start === undefined || end === undefined) return '';
  const span = Math.max(1, end.time - start.time);
  const x = (time: number) => LEFT + ((time - start.time) / span) * (WIDTH - LEFT - MARGIN);
  const y = (score: number) => HEIGHT - MARGIN - (score / MAX_SCORE) * (HEIGHT - 2 * MARGIN);
  const at = points.map(({ time, score }) => `${x(time).toFixed(1)} ${y(score).toFixed(1)}`);
  return html`<svg class="picture past" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${pastWords[language].drawn(points.length, start.score, end.score)}">${[MAX_SCORE, MAX_SCORE / 2, 0].map((score) => html`<path class="grid" d="M${LEFT} ${y(score)}H${WIDTH}"/><text class="low" x="${LEFT - 8}" y="${y(score) + 4}" text-anchor="end">${score}</text>`)}<path class="line" d="M${at.join('L')}"/><circle cx="${x(end.time)}" cy="${y(end.score)}" r="4.5"/></svg>`;
}

function table(entries: readonly Point[], language: Language): Html {
  const words = pastWords[language];
  return html`<details><summary>${words.all}</summary><table><thead><tr><th scope="col">${words.when}</th><th scope="col">${words.score}</th></tr></thead><tbody>${entries
    .slice(0, MAX_ROWS)
    .map(
      ({ checkedAt, score }) => html`<tr><td>${moment(checkedAt)}</td><td>${words.figure(score)}</td></tr>`,
    )}</tbody></table></details>`;
}

function moment(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')} UTC`;
}
