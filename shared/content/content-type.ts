// Content-Type and Content-Disposition: a word and its parameters (RFC 2045 section 5.1, RFC 2183, RFC 2231).

import { toText } from '../message/bytes.ts';
import { decodeCharset } from '../message/charset.ts';
import { decodeEncodedWords } from '../message/encoded-word.ts';
import { Scanner } from '../message/scanner.ts';

/** Parameters of one field that are kept; real fields have at most four. */
const MAX_PARAMETERS = 32;
/** Sections of one parameter that was split by RFC 2231. */
const MAX_SECTIONS = 16;

export interface ParameterisedValue {
  /** `text/html`, `attachment`: in lower case, '' where it cannot be read. */
  word: string;
  /** By name in lower case; a repeated name keeps its first value. RFC 2231 values are decoded and joined. */
  parameters: Map<string, string>;
}

/** Reads the value of such a field. Never throws; invalid parts are omitted. */
export function parseParameterised(value: string): ParameterisedValue {
  const scanner = new Scanner(value);
  scanner.skipCfws();
  const word = scanner
    .until(' \t\r\n;(')
    .toLowerCase()
    .replace(/[^\x21-\x7e]/g, '');
  const written = new Map<string, string>();
  scanner.until(';');
  while (scanner.take(';') && written.size < MAX_PARAMETERS) {
    scanner.skipCfws();
    const name = scanner.until(' \t\r\n=;(').toLowerCase();
    scanner.skipCfws();
    if (name !== '' && scanner.take('=')) {
      scanner.skipCfws();
      const text = scanner.quotedString() ?? scanner.until(' \t\r\n;(');
      if (!written.has(name)) written.set(name, text);
    }
    scanner.until(';');
  }
  return { word, parameters: joined(written) };
}

/** RFC 2231 sections 3 and 4: `name*0*=utf-8''a%20; name*1=b` is one parameter `name`. */
function joined(written: ReadonlyMap<string, string>): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const [name, value] of written) {
    if (!name.includes('*')) parameters.set(name, decodeEncodedWords(value));
  }
  for (const name of written.keys()) {
    const base = /^([^*]+)\*/.exec(name)?.[1];
    if (base === undefined || parameters.has(base)) continue;
    const whole = written.get(`${base}*`);
    if (whole !== undefined) {
      parameters.set(base, extended(whole));
      continue;
    }
    let text = '';
    let encoded = false;
    for (let section = 0; section < MAX_SECTIONS; section++) {
      const plain = written.get(`${base}*${section}`);
      const escaped = written.get(`${base}*${section}*`);
      if (plain === undefined && escaped === undefined) break;
      encoded ||= escaped !== undefined;
      // A plain section next to encoded ones is literal.
      text += escaped ?? encodeURIComponent(plain ?? '');
    }
    if (text !== '') parameters.set(base, encoded ? extended(text) : unescaped(text, 'utf-8'));
  }
  return parameters;
}

function extended(value: string): string {
  const [, charset = 'utf-8', text = value] = /^([^']*)'[^']*'([\s\S]*)$/.exec(value) ?? [];
  return unescaped(text, charset);
}

function unescaped(text: string, charset: string): string {
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at++) {
    const hex = text[at] === '%' ? /^[0-9a-f]{2}/i.exec(text.slice(at + 1, at + 3))?.[0] : undefined;
    bytes.push(hex === undefined ? text.charCodeAt(at) & 255 : Number.parseInt(hex, 16));
    if (hex !== undefined) at += 2;
  }
  const raw = Uint8Array.from(bytes);
  return decodeCharset(charset === '' ? 'utf-8' : charset, raw) ?? toText(raw);
}
