// Octets to text and back: UTF-8 (RFC 3629), octet strings, base64 (RFC 4648 section 4).

/** A whole message, or its octets as they come in. A string stands for its UTF-8 form. */
export type MessageSource = Uint8Array | string | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

const encoder = new TextEncoder();
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function toOctets(input: Uint8Array | string): Uint8Array {
  return typeof input === 'string' ? encoder.encode(input) : input;
}

/** UTF-8 where it is valid, else one character per octet: old software sends Latin-1 in headers. */
export function toText(octets: Uint8Array): string {
  try {
    return strict.decode(octets);
  } catch {
    return toOctetString(octets);
  }
}

/** One character (0–255) per octet. */
export function toOctetString(octets: Uint8Array): string {
  let text = '';
  // String.fromCharCode takes its octets from the stack, so in slices.
  for (let at = 0; at < octets.length; at += 8192) {
    text += String.fromCharCode(...octets.subarray(at, at + 8192));
  }
  return text;
}

export function fromOctetString(text: string): Uint8Array<ArrayBuffer> {
  const octets = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) octets[i] = text.charCodeAt(i);
  return octets;
}

export function joinOctets(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (const part of parts) length += part.length;
  const joined = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

export function sameOctets(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

export function toBase64(octets: Uint8Array): string {
  return btoa(toOctetString(octets));
}

/** Blanks and folds are skipped, missing padding is forgiven; undefined where the text is no base64. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  const compact = text.replace(/[ \t\r\n]+/g, '').replace(/={1,2}$/, '');
  if (!/^[A-Za-z0-9+/]*$/.test(compact) || compact.length % 4 === 1) return undefined;
  return fromOctetString(atob(compact));
}
