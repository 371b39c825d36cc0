// Texts of strangers as far as a report holds them.

/** What a text that was cut short ends with; no record holds it, since DNS gives bytes. */
const CUT = '…';

/** The text as far as a report holds it. From what was cut no record is ever made. */
export function cutText(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}${CUT}` : text;
}

export function isCut(text: string): boolean {
  return text.endsWith(CUT);
}
