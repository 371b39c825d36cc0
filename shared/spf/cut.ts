// Foreign texts, shortened for a report.

/** The end of a shortened text; no record contains it, since the characters of a record are bytes. */
const CUT = '…';

/** The text, shortened where it is longer than `most`. No record is ever made from a shortened text. */
export function cutText(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}${CUT}` : text;
}

export function isCut(text: string): boolean {
  return text.endsWith(CUT);
}
