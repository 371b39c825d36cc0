// Canonical forms of header fields, and the selection of the signed ones (RFC 6376 sections 3.4.1, 3.4.2, 3.7 and 5.4.2).

import { fromByteString, joinBytes, toBytes } from '../message/bytes.ts';
import { type HeaderField, parseField } from '../message/header.ts';
import type { Canonicalization } from './types.ts';

const TAB = 9;
const LF = 10;
const CR = 13;
const SP = 32;
const SEMICOLON = 59;
const EQUALS = 61;
const LOWER_B = 98;

const CRLF = Uint8Array.of(CR, LF);

/** One field in canonical form, without the CRLF at its end. */
export function canonicalField(field: HeaderField, kind: Canonicalization): Uint8Array {
  return kind === 'relaxed' ? relaxedField(field) : simpleField(field.raw);
}

// Section 3.4.1 changes nothing; but folds with a bare LF are sent as CRLF.
function simpleField(raw: Uint8Array): Uint8Array {
  let bare = 0;
  for (let i = 0; i < raw.length; i++) if (raw[i] === LF && raw[i - 1] !== CR) bare++;
  if (bare === 0) return raw;
  const out = new Uint8Array(raw.length + bare);
  let at = 0;
  for (let i = 0; i < raw.length; i++) {
    if (raw[i] === LF && raw[i - 1] !== CR) out[at++] = CR;
    out[at++] = raw[i] ?? 0;
  }
  return out;
}

// Section 3.4.2: name in lower case, unfolded, runs of blanks one space, none at the end or around the colon.
function relaxedField(field: HeaderField): Uint8Array {
  const { raw, key, valueAt } = field;
  const out = new Uint8Array(raw.length + 1);
  out.set(toBytes(`${key}:`), 0);
  let at = key.length + 1;
  const start = at;
  let blank = false;
  for (let i = valueAt; i < raw.length; i++) {
    const byte = raw[i] ?? 0;
    if (byte === SP || byte === TAB) {
      blank = true;
    } else if (byte !== LF && !(byte === CR && raw[i + 1] === LF)) {
      if (blank && at > start) out[at++] = SP;
      blank = false;
      out[at++] = byte;
    }
  }
  return out.subarray(0, at);
}

/**
 * The fields that h= names, in its order: of equal names the lowest first, then the one above it; a name without a
 * remaining field counts as empty, which is how over-signing works (RFC 6376 section 5.4.2).
 */
export function selectFields(
  fields: readonly HeaderField[],
  names: readonly string[],
  signature?: HeaderField,
): HeaderField[] {
  const left = new Map<string, HeaderField[]>();
  for (const field of fields) {
    // Section 3.5, h=: the signature itself is excluded.
    if (field.key === '' || field === signature) continue;
    const same = left.get(field.key);
    if (same === undefined) left.set(field.key, [field]);
    else same.push(field);
  }
  const chosen: HeaderField[] = [];
  for (const name of names) {
    const field = left.get(name.toLowerCase())?.pop();
    if (field !== undefined) chosen.push(field);
  }
  return chosen;
}

/** The data to hash and sign: the selected fields, then the signature field with an empty b= and no CRLF (section 3.7). */
export function signedBytes(
  fields: readonly HeaderField[],
  names: readonly string[],
  signature: HeaderField,
  kind: Canonicalization,
): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  for (const field of selectFields(fields, names, signature)) parts.push(canonicalField(field, kind), CRLF);
  parts.push(canonicalField(withoutSignatureValue(signature), kind));
  return joinBytes(parts);
}

/** The field without the value of its b= tag and the blanks and folds around it. */
export function withoutSignatureValue(field: HeaderField): HeaderField {
  const { raw } = field;
  for (let start = field.valueAt; start < raw.length; ) {
    let end = raw.indexOf(SEMICOLON, start);
    if (end === -1) end = raw.length;
    const equals = raw.subarray(start, end).indexOf(EQUALS);
    if (equals !== -1 && isNamedB(raw.subarray(start, start + equals))) {
      return parseField(joinBytes([raw.subarray(0, start + equals + 1), raw.subarray(end)]));
    }
    start = end + 1;
  }
  return field;
}

function isNamedB(name: Uint8Array): boolean {
  let found = false;
  for (const byte of name) {
    if (byte === SP || byte === TAB || byte === CR || byte === LF) continue;
    if (byte !== LOWER_B || found) return false;
    found = true;
  }
  return found;
}

/** A field from text of one character per byte, for a signature that is being created. */
export function fieldFromText(text: string): HeaderField {
  return parseField(fromByteString(text));
}
