// Bytes of a named character set as text: those of the runtime's decoder, and the stateful sets of mail that it does not have
// (RFC 1468, RFC 1557, RFC 1843, RFC 1922, RFC 2152).
import { fromBase64 } from './bytes.ts';

/** Names in mail that the Encoding Standard does not list. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['latin-1', 'latin1'],
  ['cp932', 'shift_jis'],
  ['cp936', 'gbk'],
  ['cp949', 'euc-kr'],
  ['cp950', 'big5'],
]);

const ESC = 0x1b;
const SHIFT_OUT = 0x0e;
const SHIFT_IN = 0x0f;
const LF = 0x0a;
const TILDE = 0x7e;

type Stateful = (bytes: Uint8Array, fatal: boolean) => string;

const STATEFUL: ReadonlyMap<string, Stateful> = new Map(
  (
    [
      [
        [
          ...['iso-2022-jp', 'csiso2022jp', 'iso-2022-jp-1', 'iso-2022-jp-2', 'iso-2022-jp-3', 'iso-2022-jp-2004'],
          ...['iso-2022-jp-ms', 'cp50220', 'cp50221'],
        ],
        iso2022Jp,
      ],
      [['iso-2022-kr', 'csiso2022kr'], (bytes, fatal) => decodeAs('euc-kr', shifted(bytes), fatal)],
      [['iso-2022-cn', 'iso-2022-cn-ext'], (bytes, fatal) => decodeAs('gbk', shifted(bytes), fatal)],
      [['hz-gb-2312', 'hz'], (bytes, fatal) => decodeAs('gbk', hz(bytes), fatal)],
      [['utf-7', 'utf7', 'unicode-1-1-utf-7'], utf7],
    ] satisfies [string[], Stateful][]
  ).flatMap(([names, decode]) => names.map((name): [string, Stateful] => [name, decode])),
);

/** Whether escapes in that set change the meaning of later bytes, so that each piece is decoded separately. */
export function isStateful(charset: string): boolean {
  return STATEFUL.has(charset.toLowerCase());
}

/**
 * The text, or undefined where the character set is unknown, or with `fatal` where the bytes are invalid in it.
 * @param more the bytes may end within a character, since they are only the start of a text
 */
export function decodeCharset(
  charset: string,
  bytes: Uint8Array,
  { fatal = false, more = false }: { fatal?: boolean; more?: boolean } = {},
): string | undefined {
  const name = charset.toLowerCase();
  try {
    const decode = STATEFUL.get(name);
    if (decode !== undefined) return decode(bytes, fatal && !more);
    return decodeAs(ALIASES.get(name) ?? name, bytes, fatal, more);
  } catch {
    return undefined;
  }
}

/** Whether receivers know the character set. */
export function isKnownCharset(charset: string): boolean {
  return decodeCharset(charset, new Uint8Array()) !== undefined;
}

/** @throws RangeError or TypeError, for the caller above */
function decodeAs(name: string, bytes: Uint8Array, fatal: boolean, more = false): string {
  return new TextDecoder(name, { fatal, ignoreBOM: false }).decode(bytes, { stream: more });
}

/** RFC 1468. The Encoding Standard's decoder rejects two escapes in a row as an attack; in mail the first has no effect. */
function iso2022Jp(bytes: Uint8Array, fatal: boolean): string {
  const kept = new Uint8Array(bytes.length);
  let length = 0;
  for (let at = 0; at < bytes.length; ) {
    const sequence = escapeLength(bytes, at);
    const next = at + Math.max(sequence, 1);
    if (sequence === 0 || escapeLength(bytes, next) === 0) {
      kept.set(bytes.subarray(at, next), length);
      length += next - at;
    }
    at = next;
  }
  return decodeAs('iso-2022-jp', kept.subarray(0, length), fatal);
}

/** Length of an escape sequence (ESC ( B, ESC ( J, ESC ( I, ESC $ @, ESC $ B); 0 where there is none. */
function escapeLength(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== ESC) return 0;
  const pair = String.fromCharCode(bytes[at + 1] ?? 0, bytes[at + 2] ?? 0);
  return /^(?:\([BIJ]|\$[@B])$/.test(pair) ? 3 : 0;
}

/** RFC 1557, RFC 1922: between SO and SI the bytes of a double-byte set without their eighth bit; a line starts in ASCII. */
function shifted(bytes: Uint8Array): Uint8Array {
  const plain = new Uint8Array(bytes.length);
  let length = 0;
  let high = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === SHIFT_OUT) high = 0x80;
    else if (byte === SHIFT_IN) high = 0;
    // ESC $ ) C and the like only designate the set of SO.
    else if (byte === ESC && bytes[at + 1] === 0x24 && bytes[at + 2] === 0x29) at += 3;
    else {
      if (byte === LF) high = 0;
      plain[length++] = byte > 0x20 ? byte | high : byte;
    }
  }
  return plain.subarray(0, length);
}

/** RFC 1843: "~{" to "~}" encloses GB 2312 without its eighth bit; "~~" is a tilde, "~" at a line's end continues it. */
function hz(bytes: Uint8Array): Uint8Array {
  const plain = new Uint8Array(bytes.length);
  let length = 0;
  let high = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    const next = bytes[at + 1];
    if (byte === TILDE && (next === 0x7b || next === 0x7d || next === LF)) {
      high = next === 0x7b ? 0x80 : next === 0x7d ? 0 : high;
      at++;
    } else if (byte === TILDE && next === TILDE && high === 0) {
      plain[length++] = TILDE;
      at++;
    } else {
      if (byte === LF) high = 0;
      plain[length++] = byte > 0x20 ? byte | high : byte;
    }
  }
  return plain.subarray(0, length);
}

/** RFC 2152: "+" to "-" encloses UTF-16 in base64. @throws TypeError with `fatal`, where a piece is not base64 */
function utf7(bytes: Uint8Array, fatal: boolean): string {
  const text = decodeAs('utf-8', bytes, fatal);
  return text.replace(/\+([A-Za-z0-9+/]*)-?/g, (whole, piece: string) => {
    if (piece === '') return whole === '+-' ? '+' : whole;
    const pairs = fromBase64(piece);
    if (pairs !== undefined) return decodeAs('utf-16be', pairs.subarray(0, pairs.length & ~1), fatal);
    if (fatal) throw new TypeError(`${whole} is not UTF-7`);
    return whole;
  });
}
