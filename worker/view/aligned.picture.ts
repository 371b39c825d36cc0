// The messages of each day as bars, and which share of them is aligned: in a page, or as a picture of its own.
import { html } from 'hono/html';
import type { Language } from '../../shared/findings/define.ts';
import { DAY, dateOf } from '../reports/day.ts';
import type { DayCount } from '../reports/sources.ts';
import type { Html } from './page.shell.ts';

const WIDTH = 360;
const HEIGHT = 96;
const LEFT = 34;
/** Below the bars: the first and the last day. */
const BOTTOM = 18;
const TOP = 10;
/** Shares of a day's width that its bar has. */
const BAR = 0.8;
/** Legible on light and dark ground, since the picture brings no style of its own. */
const COLOURS = { aligned: '#2f9e6e', other: '#d0604f', grid: '#8b958f', text: '#77827c' } as const;

export const alignedWords: Record<
  Language,
  {
    label: (days: number, messages: number, share: string) => string;
    none: string;
    day: (...values: string[]) => string;
  }
> = {
  en: {
    label: (days, messages, share) => `${messages} messages on ${days} days with reports, ${share} of them aligned.`,
    none: 'No reports of these days.',
    day: (day, aligned, messages) => `${day}: ${aligned} of ${messages} aligned`,
  },
  ru: {
    label: (days, messages, share) => `Дней с отчётами: ${days}, писем: ${messages}, из них с выравниванием ${share}.`,
    none: 'За эти дни отчётов нет.',
    day: (day, aligned, messages) => `${day}: с выравниванием ${aligned} из ${messages}`,
  },
};

/** @param since the first day that is drawn, and `until` the last, in milliseconds since 1970 */
export function alignedPicture(
  days: readonly DayCount[],
  { since, until }: { since: number; until: number },
  language: Language,
): Html {
  const said = alignedWords[language];
  const most = Math.max(1, ...days.map(({ messages }) => messages));
  const span = Math.max(1, Math.round((until - since) / DAY) + 1);
  const step = (WIDTH - LEFT) / span;
  const room = HEIGHT - TOP - BOTTOM;
  const round = (value: number) => Number(value.toFixed(2));
  const bar = (day: DayCount) => {
    const x = round(LEFT + ((day.day - since) / DAY) * step + ((1 - BAR) / 2) * step);
    const height = (day.messages / most) * room;
    const aligned = (day.aligned / most) * room;
    const part = (name: 'aligned' | 'other', y: number, tall: number) =>
      tall <= 0
        ? ''
        : html`<rect class="${name}" x="${x}" y="${round(y)}" width="${round(step * BAR)}" height="${round(tall)}" fill="${COLOURS[name]}"/>`;
    const base = TOP + room;
    return html`<g><title>${said.day(dateOf(day.day), String(day.aligned), String(day.messages))}</title>${part('other', base - height, height - aligned)}${part('aligned', base - aligned, aligned)}</g>`;
  };
  const total = (member: 'messages' | 'aligned') => days.reduce((sum, one) => sum + one[member], 0);
  const label =
    days.length === 0
      ? said.none
      : said.label(days.length, total('messages'), percent(total('aligned'), total('messages')));
  const words = (x: number, y: number, anchor: string, text: string | number) =>
    html`<text class="low" x="${x}" y="${y}" text-anchor="${anchor}" font-size="11" font-family="system-ui,sans-serif" fill="${COLOURS.text}">${text}</text>`;
  return html`<svg class="picture days" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}">${[
    [TOP, most],
    [TOP + room, 0],
  ].map(
    ([y, value]) =>
      html`<path class="grid" d="M${LEFT} ${y!}H${WIDTH}" stroke="${COLOURS.grid}" stroke-width=".5"/>${words(LEFT - 6, y! + 4, 'end', value!)}`,
  )}${days.filter(({ day }) => day >= since && day <= until).map(bar)}${words(LEFT, HEIGHT - 4, 'start', dateOf(since))}${words(WIDTH, HEIGHT - 4, 'end', dateOf(until))}</svg>`;
}

/** Rounded down, so that 100 % is all. */
function percent(part: number, whole: number): string {
  return `${whole === 0 ? 0 : Math.floor((part / whole) * 1000) / 10} %`;
}
