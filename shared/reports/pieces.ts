// A large aggregate report cut into documents that one invocation of a Worker can read within its time.
import { type AggregateOutcome, readAggregateText } from './aggregate.ts';
import { decodeXml } from './xml.ts';

const FIRST_RECORD = /<(?:[\w.-]{1,20}:)?record[\s>]/;
/** Characters in front of the first record; real ones have a thousand. */
const MAX_HEAD = 16 * 1024;
const RECORD_END = /<\/(?:[\w.-]{1,20}:)?record\s{0,20}>/g;
const ROOT_END = /^\s*<\/(?:[\w.-]{1,20}:)?feedback\s*>/;

/**
 * Reads a report; of one that is longer than `pieceLength` only the first piece, with the others in `later`. Each of them
 * is a document that `readAggregateText` takes, with the head of the report. Never throws.
 */
export function readInPieces(bytes: Uint8Array, name: string, pieceLength: number): AggregateOutcome {
  const document = decodeXml(bytes);
  if (document.text.length <= pieceLength) return readAggregateText(document, name);
  const [first, ...later] = piecesOf(document.text, pieceLength);
  if (first === undefined || later.length === 0) return readAggregateText(document, name);
  const outcome = readAggregateText({ ...document, text: first }, name);
  // The head may be behind the records: then the whole is needed to know what it is about.
  if (!outcome.ok && outcome.refusal.reason === 'member-missing') return readAggregateText(document, name);
  if (outcome.ok) outcome.report.later = later;
  return outcome;
}

/** Documents of about that length; none where the text does not look like a whole report. */
function piecesOf(text: string, pieceLength: number): string[] {
  const start = FIRST_RECORD.exec(text)?.index;
  // Each piece repeats the head.
  if (start === undefined || start > MAX_HEAD) return [];
  const root = /<((?:[\w.-]{1,20}:)?feedback)[\s>]/.exec(text.slice(0, start))?.[1];
  if (root === undefined) return [];
  const head = text.slice(0, start);
  const pieces: string[] = [];
  let from = start;
  let last = start;
  for (const match of text.slice(start).matchAll(RECORD_END)) {
    last = start + match.index + match[0].length;
    if (last - from < pieceLength) continue;
    pieces.push(`${head}${text.slice(from, last)}</${root}>`);
    from = last;
  }
  if (last > from) pieces.push(`${head}${text.slice(from, last)}</${root}>`);
  // Cut off in the middle of a record: the whole is read, and refused for it.
  return ROOT_END.test(text.slice(last, last + 1000)) ? pieces : [];
}
