// Authentication-Results: reads the forms that receivers write, writes the form of RFC 8601 section 2.2.
import { Scanner } from './scanner.ts';

/** `header.d=example.org` is ptype `header`, property `d`; ptype is '' where a receiver wrote none ("action=none"). */
export interface AuthProperty {
  ptype: string;
  property: string;
  value: string;
}

/** One method's result. Method, result, ptype and property are in lower case. */
export interface AuthResult {
  method: string;
  /** The number after "/", default 1. */
  methodVersion: number;
  result: string;
  reason?: string;
  properties: AuthProperty[];
  /** Texts of the comments within this result, in order. */
  comments: string[];
}

export interface AuthenticationResults {
  /** Name of the service that authenticated; '' where the field has none, as those of Exchange Online. */
  authservId: string;
  /** Version of the field's syntax, default 1. */
  version: number;
  /** Empty for "none": no authentication was done. */
  results: AuthResult[];
  comments: string[];
}

export interface AuthResultsProblem {
  kind: 'no-authserv-id' | 'bad-version' | 'bad-result' | 'bad-property' | 'none-with-results' | 'empty';
  /** The text at fault and its offset in the value. */
  text: string;
  at: number;
}

const KEYWORD = ' \t\r\n();=/."';

/**
 * Reads the value of an Authentication-Results field (also of ARC-Authentication-Results, whose `i=` comes first).
 * `value` is the text after the colon, folded or not. Never throws: invalid parts are listed and skipped.
 * Only fields with the `authservId` of a trusted host are meaningful (RFC 8601 section 7.1).
 */
export function parseAuthenticationResults(value: string): {
  value: AuthenticationResults;
  problems: AuthResultsProblem[];
} {
  const scanner = new Scanner(value);
  const parsed: AuthenticationResults = { authservId: '', version: 1, results: [], comments: [] };
  const problems: AuthResultsProblem[] = [];
  const problem = (kind: AuthResultsProblem['kind'], at: number) => {
    problems.push({ kind, text: value.slice(at, at + 80).trim(), at });
  };
  readAuthservId(scanner, parsed, problem);
  parsed.comments.push(...scanner.takeComments());
  let none = false;
  while (!scanner.done) {
    if (!scanner.take(';')) {
      problem('bad-result', scanner.at);
      scanner.until(';');
      continue;
    }
    scanner.skipCfws();
    // A ";" at the end is common and harmless.
    if (scanner.done) break;
    const start = scanner.at;
    const result = readResult(scanner, problem);
    if (result === 'none') none = true;
    else if (result !== undefined) parsed.results.push(result);
    else problem('bad-result', start);
    scanner.skipCfws();
    parsed.comments.push(...scanner.takeComments());
  }
  if (none && parsed.results.length > 0) problem('none-with-results', 0);
  if (!none && parsed.results.length === 0) problem('empty', 0);
  return { value: parsed, problems };
}

type Report = (kind: AuthResultsProblem['kind'], at: number) => void;

function readAuthservId(scanner: Scanner, parsed: AuthenticationResults, problem: Report): void {
  scanner.skipCfws();
  // RFC 8617 section 4.1.1: "i=1; authserv-id; …".
  const instance = /^i[ \t\r\n]*=[^;]*;/i.exec(scanner.text.slice(scanner.at, scanner.at + 40));
  if (instance !== null) scanner.at += instance[0].length;
  scanner.skipCfws();
  const start = scanner.at;
  const name = scanner.quotedString() ?? scanner.until(' \t\r\n();="');
  scanner.skipCfws();
  if (scanner.peek() === '=') {
    problem('no-authserv-id', start);
    scanner.at = start;
    const result = readResult(scanner, problem);
    if (typeof result === 'object') parsed.results.push(result);
    scanner.skipCfws();
    return;
  }
  parsed.authservId = name;
  if (name === '') problem('no-authserv-id', start);
  const versionAt = scanner.at;
  const version = scanner.until(' \t\r\n();');
  if (version !== '') {
    if (/^\d{1,9}$/.test(version)) parsed.version = Number(version);
    else problem('bad-version', versionAt);
    scanner.skipCfws();
  }
}

function readResult(scanner: Scanner, problem: Report): AuthResult | 'none' | undefined {
  const method = scanner.until(KEYWORD).toLowerCase();
  scanner.skipCfws();
  if (method === 'none' && (scanner.done || scanner.peek() === ';')) return 'none';
  let methodVersion = 1;
  if (scanner.take('/')) {
    scanner.skipCfws();
    const version = scanner.until(KEYWORD);
    if (!/^\d{1,9}$/.test(version)) return skip(scanner);
    methodVersion = Number(version);
    scanner.skipCfws();
  }
  if (method === '' || !scanner.take('=')) return skip(scanner);
  scanner.skipCfws();
  const word = scanner.until(' \t\r\n();="').toLowerCase();
  if (word === '') return skip(scanner);
  const result: AuthResult = { method, methodVersion, result: word, properties: [], comments: [] };
  for (;;) {
    scanner.skipCfws();
    result.comments.push(...scanner.takeComments());
    if (scanner.done || scanner.peek() === ';') return result;
    const start = scanner.at;
    const property = readProperty(scanner);
    result.comments.push(...scanner.takeComments());
    if (property === undefined) {
      problem('bad-property', start);
      if (scanner.at === start) scanner.at++;
    } else if (property.ptype === '' && property.property === 'reason' && result.reason === undefined) {
      result.reason = property.value;
    } else {
      result.properties.push(property);
    }
  }
}

// Leaves the scanner before the next ";" that is not in a comment or a quoted string.
function skip(scanner: Scanner): undefined {
  for (;;) {
    scanner.skipCfws();
    if (scanner.done || scanner.peek() === ';') return undefined;
    if (scanner.quotedString() === undefined && scanner.until(' \t\r\n();"') === '') scanner.at++;
  }
}

function readProperty(scanner: Scanner): AuthProperty | undefined {
  let name = scanner.until(KEYWORD).toLowerCase();
  let ptype = '';
  scanner.skipCfws();
  if (scanner.take('.')) {
    ptype = name;
    scanner.skipCfws();
    name = scanner.until(' \t\r\n();="').toLowerCase();
    scanner.skipCfws();
  }
  if (name === '' || !scanner.take('=')) return undefined;
  scanner.skipCfws();
  return { ptype, property: name, value: readValue(scanner) };
}

/** A token, a quoted string, or `[local-part]@domain`, whose local part may be quoted (RFC 8601 section 2.2 pvalue). */
function readValue(scanner: Scanner): string {
  const quoted = scanner.quotedString();
  if (quoted === undefined) {
    // "<" and "/" are not token characters, but occur: smtp.mailfrom=<a@b>, header.b=abc/d.
    const bare = scanner.until(' \t\r\n();');
    // The angle brackets of a path are redundant.
    return /^<.*>$/.test(bare) ? bare.slice(1, -1) : bare;
  }
  if (scanner.peek() !== '@') return quoted;
  const local = /^[A-Za-z0-9.!#$%&'*+\-/=?^_`{|}~]+$/.test(quoted) ? quoted : `"${quoted.replace(/["\\]/g, '\\$&')}"`;
  return local + scanner.until(' \t\r\n();');
}

/** Values that need no quotes (RFC 2045 token, or an address in pvalue; RFC 8601 section 2.2 for text without "/"). */
const TOKEN = /^[A-Za-z0-9!#$%&'*+\-.^_`{|}~]+$/;
const PVALUE = /^(?:[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~.]*@)?[A-Za-z0-9!#$%&'*+\-.^_`{|}~]+$/;
/** Longest line of the folded field (RFC 5322 section 2.1.1). */
const MAX_LINE = 78;

/**
 * Writes the value of an Authentication-Results field, folded with CRLF and a tab, for after "Authentication-Results: ".
 * Control characters are replaced by blanks, so that no value can start a new field.
 */
export function formatAuthenticationResults(results: AuthenticationResults): string {
  const name = asValue(results.authservId, TOKEN);
  const parts = [[results.version === 1 ? name : `${name} ${results.version}`, ...results.comments.map(asComment)]];
  if (results.results.length === 0) parts.push(['none']);
  for (const result of results.results) {
    const version = result.methodVersion === 1 ? '' : `/${result.methodVersion}`;
    const words = [`${result.method}${version}=${result.result}`, ...result.comments.map(asComment)];
    if (result.reason !== undefined) words.push(`reason=${asValue(result.reason, TOKEN)}`);
    for (const { ptype, property, value } of result.properties) {
      words.push(`${ptype === '' ? '' : `${ptype}.`}${property}=${asValue(value, PVALUE)}`);
    }
    parts.push(words);
  }
  let text = '';
  let column = 'Authentication-Results: '.length;
  for (const [index, words] of parts.entries()) {
    for (const [position, word] of words.entries()) {
      const last = index === parts.length - 1 ? '' : ';';
      const piece = position === words.length - 1 ? word + last : word;
      const first = index === 0 && position === 0;
      const fold = !first && (position === 0 || column + 1 + piece.length > MAX_LINE);
      text += first ? piece : fold ? `\r\n\t${piece}` : ` ${piece}`;
      column = fold ? 8 + piece.length : column + 1 + piece.length;
    }
  }
  return text;
}

function clean(text: string): string {
  return text.replace(/[\x00-\x1f\x7f]+/g, ' ');
}

function asValue(text: string, plain: RegExp): string {
  return plain.test(text) ? text : `"${clean(text).replace(/["\\]/g, '\\$&')}"`;
}

function asComment(text: string): string {
  return `(${clean(text).replace(/[()\\]/g, '\\$&')})`;
}
