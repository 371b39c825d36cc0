// Whether a mail holds the mail that it answers or forwards: attached, or quoted in its text.
import type { HtmlFacts } from './html.ts';
import type { Part } from './structure.ts';

/** Characters in which a quotation is looked for; it may stand below a long answer. */
const MAX_SEARCHED = 64 * 1024;
/** Lines such as "Von: …", "Gesendet: …", "Betreff: …" that follow each other. */
const LABELS_IN_A_ROW = 3;
/** Characters of a line in which its label is looked for. */
const MAX_LABEL = 200;

/** ">" in front of a line; "-- Forwarded message --" in any language; what Apple and Outlook write. */
const QUOTED_LINE = /^[ \t]{0,4}>/m;
const RULED_TITLE = /^[ \t]{0,4}[-_*]{3,80}[ \t]{0,4}\p{L}[^\n]{2,60}?[ \t]{0,4}[-_*]{3,80}[ \t]{0,4}$/mu;
const INTRODUCTION = /^(?:Begin forwarded message|Начало переадресованного сообщения|Anfang der weitergeleiteten)/im;
const LABEL = /^[ \t>*]{0,6}\p{L}[\p{L} ]{0,24}[ \t*]{0,3}:[ \t*]{0,3}\S/u;

/** A part that is a mail, or its head. */
export function isMail({ type, filename }: Part): boolean {
  return (
    /^message\/(?:rfc822|global|partial|external-body)$|^text\/rfc822-headers$/.test(type) ||
    /\.(?:eml|msg)$/i.test(filename)
  );
}

/** Never throws. */
export function holdsOriginal(leaves: readonly Part[], plain: string, html: HtmlFacts | undefined): boolean {
  return leaves.some(isMail) || html?.quotes === true || quotes(plain) || quotes(html?.visibleText ?? '');
}

function quotes(text: string): boolean {
  const searched = text.slice(0, MAX_SEARCHED).replaceAll('\r', '');
  if (QUOTED_LINE.test(searched) || RULED_TITLE.test(searched) || INTRODUCTION.test(searched)) return true;
  let labels = 0;
  let names = false;
  for (const line of searched.split('\n')) {
    if (LABEL.test(line.slice(0, MAX_LABEL))) {
      labels++;
      names ||= line.includes('@');
    } else if (line.trim() !== '') {
      labels = 0;
      names = false;
    }
    // The head of a mail names an address, a table of an order does not.
    if (labels >= LABELS_IN_A_ROW && names) return true;
  }
  return false;
}
