// How wide text is in Verdana and its metric kin (DejaVu Sans, Geneva), in thousandths of the font's size.

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
/** CJK, emoji and whatever else fills a square. */
const SQUARE = 1000;
/** Bold letters and figures are wider by about this. */
const BOLD = 1.12;

/** Width in px. The picture makes every font fill this room, so that a rough answer for a rare letter suffices. */
export function textWidth(text: string, size: number, bold = false): number {
  let width = 0;
  for (const character of text) {
    const code = character.codePointAt(0)!;
    width += ASCII[code - 0x20] ?? CYRILLIC[code - 0x410] ?? (code >= 0x1100 ? SQUARE : OTHER);
  }
  return Math.round((width / 1000) * size * (bold ? BOLD : 1) * 10) / 10;
}
