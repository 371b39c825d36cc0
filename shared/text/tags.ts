// Tag lists "k=v; k=v", the syntax that DKIM, DMARC, MTA-STS, TLS-RPT and BIMI share (RFC 6376 section 3.2).

export interface Tag {
  name: string;
  value: string;
  /** Offset of the name in the text, from 0. */
  at: number;
}
export interface TagProblem {
  kind: 'no-equals' | 'bad-name' | 'empty' | 'duplicate' | 'bad-value';
  tag: string;
  at: number;
}
export interface TagList {
  /** In the order written; of a duplicated tag the first. */
  tags: Tag[];
  /** Values by tag name, names as written: they are case-sensitive (RFC 6376 section 3.2). */
  values: Map<string, string>;
  problems: TagProblem[];
}

/** Reads a tag list; never throws. Faults are listed, and the valid tags are returned. */
export function parseTags(text: string): TagList {
  const tags: Tag[] = [];
  const values = new Map<string, string>();
  const problems: TagProblem[] = [];
  const parts = text.split(';');
  let at = 0;
  for (const [index, part] of parts.entries()) {
    const start = at + firstOfText(part);
    at += part.length + 1;
    const trimmed = trimBlanks(part);
    if (trimmed === '') {
      // A single trailing ";" is allowed, an empty tag between two is not.
      if (index < parts.length - 1) problems.push({ kind: 'empty', tag: '', at: start });
      continue;
    }
    const equals = trimmed.indexOf('=');
    if (equals === -1) {
      problems.push({ kind: 'no-equals', tag: trimmed, at: start });
      continue;
    }
    const name = trimBlanks(trimmed.slice(0, equals));
    const value = trimBlanks(trimmed.slice(equals + 1));
    if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(name)) {
      problems.push({ kind: 'bad-name', tag: name, at: start });
      continue;
    }
    if (values.has(name)) {
      problems.push({ kind: 'duplicate', tag: name, at: start });
      continue;
    }
    if (/[^\x20-\x7e\t\r\n]/.test(value)) problems.push({ kind: 'bad-value', tag: name, at: start });
    values.set(name, value);
    tags.push({ name, value, at: start });
  }
  return { tags, values, problems };
}

const BLANKS = ' \t\r\n';

// Without a regular expression: one for the end would try every run of blanks, which takes quadratic time on a hostile record.
function trimBlanks(text: string): string {
  const start = firstOfText(text);
  let end = text.length;
  while (end > start && BLANKS.includes(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}

function firstOfText(text: string): number {
  let start = 0;
  while (start < text.length && BLANKS.includes(text.charAt(start))) start++;
  return start;
}
