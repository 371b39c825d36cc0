// SPF macros: reading macro-strings and expanding them (RFC 7208 section 7).

import type { Ip } from '../text/ip.ts';
import type { MacroString, MacroToken } from './types.ts';

const LETTERS = 'slodiphv';
/** Only in explanations (RFC 7208 section 7.2). */
const EXPLANATION_LETTERS = `${LETTERS}crt`;
const DEFAULT_DELIMITER = '.';
/** In text form without the trailing dot (RFC 7208 section 7.3). */
const MAX_EXPANDED_NAME = 253;
/** Bytes; an SMTP reply line has up to 512 (RFC 5321 section 4.5.3.1.5), and a few lines are enough. */
const MAX_EXPLANATION = 2000;

/** `macro`: a macro with invalid syntax; `character`: one that is not allowed here. */
export interface MacroFault {
  kind: 'macro' | 'character';
  /** Offset of the fault in the record's text. */
  at: number;
}
export type MacroParse = { ok: true; value: MacroString; endsInMacro: boolean } | { ok: false; fault: MacroFault };

/**
 * Reads a macro-string, or with `explanation` an explain-string, which may contain blanks and the letters c, r and t
 * (RFC 7208 section 7.1). `letters: 'all'` allows those letters without the blanks, for unknown modifiers.
 */
export function parseMacroString(
  text: string,
  at: number,
  options: { explanation?: boolean; letters?: 'all' } = {},
): MacroParse {
  const letters = options.explanation || options.letters === 'all' ? EXPLANATION_LETTERS : LETTERS;
  // Most names contain no macro.
  if (PLAIN.test(text)) return { ok: true, value: { text, at, tokens: literalTokens(text) }, endsInMacro: false };
  const lowest = options.explanation ? 0x20 : 0x21;
  const tokens: MacroToken[] = [];
  let literal = '';
  let endsInMacro = false;
  for (let i = 0; i < text.length; ) {
    const code = text.charCodeAt(i);
    if (code !== 0x25) {
      // macro-literal = %x21-24 / %x26-7E
      if (code < lowest || code > 0x7e) return { ok: false, fault: { kind: 'character', at: at + i } };
      literal += text[i];
      endsInMacro = false;
      i++;
      continue;
    }
    endsInMacro = true;
    const fixed = FIXED[text[i + 1] ?? ''];
    if (fixed !== undefined) {
      literal += fixed;
      i += 2;
      continue;
    }
    const macro = readMacro(text, i, letters);
    if (macro === undefined) return { ok: false, fault: { kind: 'macro', at: at + i } };
    if (literal !== '') tokens.push({ kind: 'literal', text: literal });
    literal = '';
    tokens.push(macro.token);
    i = macro.end;
  }
  if (literal !== '') tokens.push({ kind: 'literal', text: literal });
  return { ok: true, value: { text, at, tokens }, endsInMacro };
}

const PLAIN = /^[\x21-\x24\x26-\x7e]*$/;
const literalTokens = (text: string): MacroToken[] => (text === '' ? [] : [{ kind: 'literal', text }]);

const FIXED: Record<string, string> = { '%': '%', _: ' ', '-': '%20' };
const MACRO = /%\{([a-z])([0-9]*)(r?)([.\-+,/_=]*)\}/iy;

function readMacro(text: string, from: number, letters: string): { token: MacroToken; end: number } | undefined {
  MACRO.lastIndex = from;
  const match = MACRO.exec(text);
  if (match === null) return undefined;
  const [, written = '', digits = '', reverse, delimiters] = match;
  const letter = written.toLowerCase();
  if (!letters.includes(letter)) return undefined;
  const parts = Number(digits);
  // RFC 7208 section 7.1: "the DIGIT transformer ... must be nonzero".
  if (digits !== '' && parts === 0) return undefined;
  const token: MacroToken = {
    kind: 'macro',
    letter,
    escape: letter !== written,
    parts,
    reverse: reverse !== '',
    delimiters: delimiters || DEFAULT_DELIMITER,
  };
  return { token, end: MACRO.lastIndex };
}

/** The values of the macro letters; `validatedName` is looked up only where a macro needs it. */
export interface MacroValues {
  ip: Ip;
  sender: { localPart: string; domain: string };
  /** The domain whose record is being evaluated: it changes inside include and redirect. */
  domain: string;
  helo: string;
  receiver: string;
  /** Seconds since 1970. */
  time: number;
  /** The `p` macro. */
  validatedName: string;
}

/** The text, where it contains no macro; else undefined. */
export function staticText(macroString: MacroString): string | undefined {
  const [first] = macroString.tokens;
  if (first === undefined) return '';
  return macroString.tokens.length === 1 && first.kind === 'literal' ? first.text : undefined;
}

export function usesLetter(macroString: MacroString, letters: string): boolean {
  return macroString.tokens.some((token) => token.kind === 'macro' && letters.includes(token.letter));
}

/** Expands every macro of a name (RFC 7208 section 7.3) and shortens it to the limit of DNS, by whole labels from the left. */
export function expandName({ tokens }: MacroString, values: MacroValues): string {
  let name = '';
  // From the right, since only the right is kept: 64 KB of macros could expand to gigabytes.
  for (const token of [...tokens].reverse()) {
    if (name.length > MAX_EXPANDED_NAME + 1) break;
    name = expandToken(token, values) + name;
  }
  return truncateName(name);
}

/** Expands every macro of an explanation, up to `MAX_EXPLANATION` characters. */
export function expandExplanation({ tokens }: MacroString, values: MacroValues): string {
  let text = '';
  for (const token of tokens) {
    if (text.length >= MAX_EXPLANATION) break;
    text += expandToken(token, values);
  }
  return text.slice(0, MAX_EXPLANATION);
}

const expandToken = (token: MacroToken, values: MacroValues) =>
  token.kind === 'literal' ? token.text : expand(token, values);

function expand(token: Extract<MacroToken, { kind: 'macro' }>, values: MacroValues): string {
  let value = macroValue(token.letter, values);
  if (token.reverse || token.parts > 0 || token.delimiters !== DEFAULT_DELIMITER) {
    // The parts are joined by dots, also where they were split at another delimiter (RFC 7208 section 7.3).
    let parts: string[] = [''];
    for (const char of value) {
      if (token.delimiters.includes(char)) parts.push('');
      else parts[parts.length - 1] += char;
    }
    if (token.reverse) parts.reverse();
    if (token.parts > 0) parts = parts.slice(-token.parts);
    value = parts.join('.');
  }
  return token.escape ? escapeUrl(value) : value;
}

function macroValue(letter: string, { ip, sender, domain, helo, receiver, time, validatedName }: MacroValues): string {
  switch (letter) {
    case 's':
      return `${sender.localPart}@${sender.domain}`;
    case 'l':
      return sender.localPart;
    case 'o':
      return sender.domain;
    case 'd':
      return domain;
    case 'i':
      return dotted(ip);
    case 'p':
      return validatedName;
    case 'v':
      return ip.version === 4 ? 'in-addr' : 'ip6';
    case 'h':
      return helo;
    case 'c':
      return ip.text;
    case 'r':
      return receiver;
    default:
      return String(time);
  }
}

// RFC 7208 section 7.3: IPv6 as 32 nibbles between dots. DNS ignores case, explanations show it: upper case, as in the openspf suite.
function dotted(ip: Ip): string {
  if (ip.version === 4) return ip.text;
  return ip.bytes.map((byte) => `${(byte >> 4).toString(16)}.${(byte & 15).toString(16)}`.toUpperCase()).join('.');
}

/** Everything outside RFC 3986's unreserved set, byte by byte of its UTF-8 form. */
function escapeUrl(text: string): string {
  if (/^[A-Za-z0-9\-._~]*$/.test(text)) return text;
  let out = '';
  for (const byte of new TextEncoder().encode(text)) {
    const char = String.fromCharCode(byte);
    out += /[A-Za-z0-9\-._~]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return out;
}

/** A name shortened to the limit of DNS, by whole labels from the left (RFC 7208 section 7.3). */
export function truncateName(name: string): string {
  let out = name.endsWith('.') ? name.slice(0, -1) : name;
  while (out.length > MAX_EXPANDED_NAME) {
    const dot = out.indexOf('.');
    if (dot === -1) return out;
    out = out.slice(dot + 1);
  }
  return out;
}
