// The error messages of the shim as its source writes them: what stands for an argument is "…".
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Message {
  /** "submit/open.ts:65". */
  where: string;
  /** "host … does not exist in DNS". */
  text: string;
  /** "USAGE", where the call itself names the exit code. */
  code?: string;
}

/** Calls that take a message, and perhaps an exit code, as arguments. */
const CALLS =
  /(?<![\w]|[^.]\.)(ExitError|WorkerError|failure|usage|EntryError|complain|fail|bad|note|withNotes)\(|(?<=\b(?:report|context)\.)(?:note|complain)\(|(?<=\b(?:notes|warnings)\.)push\(/g;
/** Properties and lists that hold messages. */
const PROPERTIES =
  /(?<![.\w])(?:problem|message|complaints|note|notes): |(?<=complaints|notes)\.push(?=\()|(?<=const (?:parts|message|where|note|notes|problem)) = /g;
/** Functions that return the part of a message that matters. */
const PARTS = ['distrustOf', 'refuse', 'notifySender', 'notesOf'];

const CLOSING: Record<string, string> = { '(': ')', '[': ']', '{': '}' };

/** Every message in the folder that the catalogue does not have, in the order of the files. */
export function messagesOf(folder: string): Message[] {
  return (
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      // The catalogue is imported, and the doctor has its own tables.
      .filter((file) => file.endsWith('.ts') && !/^(?:messages|doctor)\//.test(file))
      .sort()
      .flatMap((file) => messagesIn(file, readFileSync(join(folder, file), 'utf8')))
  );
}

export function messagesIn(file: string, source: string): Message[] {
  const found: Message[] = [];
  const add = (at: number, expression: string, code?: string) => {
    const where = `${file}:${source.slice(0, at).split('\n').length}`;
    for (const text of new Set(textsOf(expression)))
      if (isMessage(text)) found.push({ where, text, ...(code === undefined ? {} : { code }) });
  };
  for (const match of source.matchAll(CALLS)) {
    if (/function $/.test(source.slice(0, match.index))) continue;
    const words = split(inside(source, match.index + match[0].length - 1), ',');
    const code = words.map((word) => /^\s*EX\.([A-Z]+)\s*$/.exec(word)?.[1]).find((name) => name !== undefined);
    for (const word of words) add(match.index, word, code);
  }
  for (const match of source.matchAll(PROPERTIES)) {
    const start = match.index + match[0].length;
    const expression = source[start] === '(' || source[start] === '[' ? inside(source, start) : upTo(source, start);
    for (const word of split(expression, ',')) add(match.index, word);
  }
  for (const name of PARTS) {
    const start = source.indexOf(`function ${name}(`);
    if (start === -1) continue;
    const end = source.indexOf('\n}\n', start);
    for (const match of source.slice(start, end).matchAll(/\breturn /g))
      add(start + match.index, upTo(source, start + match.index + match[0].length));
  }
  return found;
}

/** A sentence, and not an argument alone or a name. */
function isMessage(text: string): boolean {
  return text.includes(' ') && text.replace(/[^A-Za-z]/g, '').length >= 6;
}

/** What an expression can come to; "…" for all that is not written there. */
function textsOf(expression: string): string[] {
  const code = expression.trim().replace(/^\.\.\./, '');
  if (/^[[(]/.test(code) && end(code, 0) === code.length)
    return split(inside(code, 0), ',').flatMap((part) => textsOf(part));
  const [condition, branches] = cut(code, '?');
  if (branches !== undefined && condition !== '') {
    const [yes, no] = cut(branches, ':');
    return [...textsOf(yes), ...textsOf(no ?? '')];
  }
  if (/^(['"])(?:\\.|(?!\1).)*\1$/s.test(code)) return [unescaped(code.slice(1, -1))];
  if (!code.startsWith('`') || end(code, 0) !== code.length) return ['…'];
  let texts = [''];
  for (let at = 1; at < code.length - 1; ) {
    const isArgument = code.startsWith('${', at);
    const next = isArgument ? end(code, at + 1) : at + (code[at] === '\\' ? 2 : 1);
    const added = isArgument ? textsOf(code.slice(at + 2, next - 1)) : [unescaped(code.slice(at, next))];
    texts = texts.flatMap((text) => added.map((more) => text + more));
    at = next;
  }
  return texts;
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, (_, letter: string) => (letter === 'n' ? '\n' : letter));
}

/** Behind what begins at `at`: a string, a template, a bracket with all in it, a comment, or one character. */
function end(source: string, at: number): number {
  const first = source[at]!;
  if (first === "'" || first === '"' || first === '`') {
    for (let next = at + 1; next < source.length; next++) {
      if (source[next] === '\\') next++;
      else if (first === '`' && source.startsWith('${', next)) next = end(source, next + 1) - 1;
      else if (source[next] === first) return next + 1;
    }
    return source.length;
  }
  if (source.startsWith('//', at)) return Math.max(at + 2, source.indexOf('\n', at));
  const regex = /^\/(?![*/ ])(?:\\.|\[(?:\\.|[^\]\n])*\]|[^/\\\n[])+\/[a-z]*/.exec(source.slice(at, at + 300));
  if (regex !== null) return at + regex[0].length;
  const closing = CLOSING[first];
  if (closing === undefined) return at + 1;
  let next = at + 1;
  while (next < source.length && source[next] !== closing) next = end(source, next);
  return next + 1;
}

/** What stands between the bracket at `at` and its partner. */
function inside(source: string, at: number): string {
  return source.slice(at + 1, end(source, at) - 1);
}

/** An expression up to what ends it. */
function upTo(source: string, start: number): string {
  let at = start;
  while (at < source.length && !',;}])'.includes(source[at]!)) at = end(source, at);
  return source.slice(start, at);
}

function split(code: string, separator: string): string[] {
  const [first, rest] = cut(code, separator);
  return rest === undefined ? [first] : [first, ...split(rest, separator)];
}

/** At the first separator outside of brackets and strings; `??` and `?.` are none. */
function cut(code: string, separator: string): [string, string | undefined] {
  for (let at = 0; at < code.length; ) {
    const isOperator = separator === '?' && (code[at + 1] === '?' || code[at + 1] === '.');
    if (code[at] === separator && !isOperator) return [code.slice(0, at), code.slice(at + 1)];
    at = isOperator && code[at] === '?' ? at + 2 : end(code, at);
  }
  return [code, undefined];
}
