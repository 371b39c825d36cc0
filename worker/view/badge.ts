// The badge as SVG, in the four usual styles. Text only: no font, no script, no other origin.

export const BADGE_STYLES = ['flat', 'flat-square', 'plastic', 'for-the-badge'] as const;
export type BadgeStyle = (typeof BADGE_STYLES)[number];
export type BadgeColour = 'green' | 'yellowgreen' | 'orange' | 'red' | 'grey';

/** White text on each has a contrast of at least 4.5 (WCAG 2.2 section 1.4.3). */
export const COLOURS: Record<BadgeColour, string> = {
  green: '#2f7d0d',
  yellowgreen: '#6b7a00',
  orange: '#b35900',
  red: '#c0392b',
  grey: '#6b6b6b',
};
const LABEL_GROUND = '#444';

/** Characters of a label that are drawn. */
const MAX_CHARACTERS = 40;

interface Look {
  height: number;
  radius: number;
  fontSize: number;
  baseline: number;
  padding: number;
  /** px between characters. */
  spacing: number;
  upperCase: boolean;
  boldMessage: boolean;
  shadow: boolean;
  /** Lightness from top to bottom, as stops of white and black. */
  gloss: readonly [at: number, colour: '#fff' | '#000', opacity: number][];
}

const FLAT: Look = {
  height: 20,
  radius: 3,
  fontSize: 11,
  baseline: 14,
  padding: 6,
  spacing: 0,
  upperCase: false,
  boldMessage: false,
  shadow: true,
  gloss: [
    [0, '#fff', 0.12],
    [1, '#000', 0.1],
  ],
};
const LOOKS: Record<BadgeStyle, Look> = {
  flat: FLAT,
  'flat-square': { ...FLAT, radius: 0, shadow: false, gloss: [] },
  plastic: {
    ...FLAT,
    height: 18,
    baseline: 13,
    radius: 4,
    gloss: [
      [0, '#fff', 0.35],
      [0.1, '#fff', 0.1],
      [0.9, '#000', 0.15],
      [1, '#000', 0.4],
    ],
  },
  'for-the-badge': {
    ...FLAT,
    height: 28,
    radius: 0,
    fontSize: 10,
    baseline: 18,
    padding: 12,
    spacing: 1.25,
    upperCase: true,
    boldMessage: true,
    shadow: false,
    gloss: [],
  },
};

/** The picture. The texts may have any characters: those that XML lacks are removed, the others escaped, long texts cut; an empty label is omitted. */
export function badgeSvg(label: string, message: string, colour: BadgeColour, style: BadgeStyle = 'flat'): string {
  const look = LOOKS[style];
  const halves = [half(label, look, false), half(message, look, look.boldMessage)] as const;
  const left = halves[0].text === '' ? 0 : halves[0].width + 2 * look.padding;
  const right = halves[1].width + 2 * look.padding;
  const width = round(left + right);
  const { height } = look;
  const title = escapeXml([halves[0].plain, halves[1].plain].filter((text) => text !== '').join(': '));
  const gloss = look.gloss.map(
    ([at, stop, opacity]) => `<stop offset="${at}" stop-color="${stop}" stop-opacity="${opacity}"/>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}"><title>${title}</title>${
    gloss.length === 0 ? '' : `<linearGradient id="g" x2="0" y2="1">${gloss.join('')}</linearGradient>`
  }<clipPath id="c"><rect width="${width}" height="${height}" rx="${look.radius}"/></clipPath><g clip-path="url(#c)">${
    left === 0 ? '' : `<rect width="${left}" height="${height}" fill="${LABEL_GROUND}"/>`
  }<rect x="${left}" width="${right}" height="${height}" fill="${COLOURS[colour]}"/>${
    gloss.length === 0 ? '' : `<rect width="${width}" height="${height}" fill="url(#g)"/>`
  }</g><g fill="#fff" font-family="Verdana,Geneva,'DejaVu Sans',sans-serif" font-size="${look.fontSize}"${
    look.spacing === 0 ? '' : ` letter-spacing="${look.spacing}"`
  }>${left === 0 ? '' : textSvg(halves[0], look.padding, look, false)}${textSvg(halves[1], left + look.padding, look, look.boldMessage)}</g></svg>
`;
}

interface Half {
  /** For screen readers. */
  plain: string;
  /** As it is drawn. */
  text: string;
  width: number;
}

function half(content: string, look: Look, bold: boolean): Half {
  const plain = badgeText(content);
  const text = look.upperCase ? plain.toUpperCase() : plain;
  return { plain, text, width: round(textWidth(text, look.fontSize, bold) + look.spacing * [...text].length) };
}

/** In one line and in its own direction: no character that XML lacks, that breaks the line, or that turns the text around. */
export function badgeText(text: string): string {
  const clean = text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ')
    .replace(/[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff]/g, '')
    .trim();
  const characters = [...clean];
  return characters.length > MAX_CHARACTERS ? `${characters.slice(0, MAX_CHARACTERS - 1).join('')}…` : clean;
}

function textSvg({ text, width }: Half, x: number, { baseline, shadow }: Look, bold: boolean): string {
  const drawn = (y: number, more: string) =>
    `<text x="${round(x)}" y="${y}" textLength="${width}"${bold ? ' font-weight="bold"' : ''}${more}>${escapeXml(text)}</text>`;
  return `${shadow ? drawn(baseline + 1, ' fill="#000" fill-opacity=".3" aria-hidden="true"') : ''}${drawn(baseline, '')}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

export function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** U+0020 to U+007E. */
const ASCII = [
  318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636, 636, 636, 636, 636,
  636, 636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632, 575, 775, 752, 295, 295, 656, 557, 863,
  748, 787, 603, 787, 695, 635, 611, 732, 684, 989, 685, 611, 685, 390, 337, 390, 838, 500, 500, 613, 635, 550, 635,
  615, 352, 635, 634, 278, 278, 579, 278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636,
  337, 636, 838,
];
/** U+0410 to U+044F. */
const CYRILLIC = [
  684, 686, 686, 610, 781, 632, 1077, 641, 748, 748, 710, 752, 863, 752, 787, 752, 603, 698, 611, 609, 861, 685, 776,
  686, 1069, 1094, 833, 882, 686, 698, 1080, 695, 613, 617, 589, 525, 691, 615, 901, 532, 650, 650, 604, 639, 754, 654,
  612, 654, 635, 550, 583, 592, 855, 592, 681, 591, 915, 942, 707, 790, 589, 549, 842, 602,
];
/** Of letters that are in neither: about what ё and é have. */
const OTHER = 615;
/** CJK, emoji and other full-width characters. */
const SQUARE = 1000;
/** Bold letters and figures are wider by about this. */
const BOLD = 1.12;

/** Width in px. The picture stretches every font to this width, so that an estimate suffices for rare letters. */
export function textWidth(text: string, size: number, bold = false): number {
  let width = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    width += ASCII[code - 0x20] ?? CYRILLIC[code - 0x410] ?? (code >= 0x1100 ? SQUARE : OTHER);
  }
  return Math.round((width / 1000) * size * (bold ? BOLD : 1) * 10) / 10;
}
