// The status badge: a flat two-part label as every README knows them, in SVG text only.
import type { Score } from '../../shared/findings/score.ts';

export type BadgeColour = 'green' | 'yellowgreen' | 'orange' | 'red' | 'grey';

const COLOURS: Record<BadgeColour, string> = {
  green: '#3a7d0a',
  yellowgreen: '#6b7a00',
  orange: '#b35900',
  red: '#c0392b',
  grey: '#6b6b6b',
};

/** Below this coverage a score says too little to be coloured; below the other it is shown as "at most". */
const GREY_BELOW = 0.5;
const SURE_FROM = 0.8;

/** What the right half says and its colour; never green while receivers refuse mail. */
export function badgeOf({ value, coverage, refused }: Score): { message: string; colour: BadgeColour } {
  const figure = Number.isInteger(value) ? String(value) : value.toFixed(1);
  if (coverage < GREY_BELOW) return { message: `≤ ${figure}/10?`, colour: 'grey' };
  const message = coverage < SURE_FROM ? `≤ ${figure}/10` : `${figure}/10`;
  if (value < 5) return { message, colour: 'red' };
  if (value < 7) return { message, colour: 'orange' };
  return { message, colour: value >= 9 && !refused ? 'green' : 'yellowgreen' };
}

const HEIGHT = 20;
const PADDING = 6;

/** The picture. Both texts may hold anything: they are escaped, and cut at 60 characters. */
export function badgeSvg(label: string, message: string, colour: BadgeColour): string {
  const [left, right] = [label, message].map((text) =>
    [...text.replace(/[\x00-\x1f\x7f]/g, ' ')].slice(0, 60).join(''),
  ) as [string, string];
  const leftWidth = widthOf(left) + 2 * PADDING;
  const rightWidth = widthOf(right) + 2 * PADDING;
  const width = leftWidth + rightWidth;
  const text = (content: string, x: number, room: number) =>
    `<text x="${x}" y="14" textLength="${room}" lengthAdjust="spacingAndGlyphs">${escapeXml(content)}</text>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${HEIGHT}" viewBox="0 0 ${width} ${HEIGHT}" role="img" aria-label="${escapeXml(`${left}: ${right}`)}"><title>${escapeXml(`${left}: ${right}`)}</title><clipPath id="r"><rect width="${width}" height="${HEIGHT}" rx="3"/></clipPath><g clip-path="url(#r)"><rect width="${leftWidth}" height="${HEIGHT}" fill="#444"/><rect x="${leftWidth}" width="${rightWidth}" height="${HEIGHT}" fill="${COLOURS[colour]}"/></g><g fill="#fff" text-anchor="middle" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="11">${text(left, leftWidth / 2, leftWidth - 2 * PADDING)}${text(right, leftWidth + rightWidth / 2, rightWidth - 2 * PADDING)}</g></svg>
`;
}

// Verdana at 11 px: rough widths suffice, since textLength makes every font fill the same room.
function widthOf(text: string): number {
  let width = 0;
  for (const character of text) {
    if (/[ijl.,:;|!'()[\] ]/.test(character)) width += 4;
    else if (/[mwMW@%]/.test(character)) width += 10;
    else if (/[A-Z\u0410-\u042f]/.test(character)) width += 8;
    else width += 7;
  }
  return Math.max(width, 10);
}

export function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
