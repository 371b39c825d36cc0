// Addresses as numbers, which are read and compared faster than bytes: records of providers hold hundreds.
import type { Ip } from '../text/ip.ts';

const DOT = 0x2e;
const ZERO = 0x30;

/** The address from `from` up to `to` of the text as a number from 0 to 2³²−1; undefined for any other text. */
export function readAddress4(text: string, from = 0, to = text.length): number | undefined {
  let address = 0;
  let value = 0;
  let digits = 0;
  let dots = 0;
  for (let index = from; index < to; index++) {
    const code = text.charCodeAt(index);
    if (code === DOT) {
      if (digits === 0 || ++dots > 3) return undefined;
      address = address * 256 + value;
      value = 0;
      digits = 0;
      continue;
    }
    const digit = code - ZERO;
    // A leading zero is not allowed (RFC 7208 section 5.6).
    if (digit < 0 || digit > 9 || (digits > 0 && value === 0)) return undefined;
    value = value * 10 + digit;
    digits++;
    if (value > 255) return undefined;
  }
  return digits === 0 || dots !== 3 ? undefined : address * 256 + value;
}

export function ipOf(address4: number): Ip {
  const bytes = [24, 16, 8, 0].map((shift) => (address4 >>> shift) & 0xff);
  return { version: 4, bytes, text: bytes.join('.') };
}

export function numberOf({ bytes }: Ip): number {
  return bytes.reduce((number, byte) => number * 256 + byte, 0);
}

/** Whether the first `prefix` bits are equal. */
export function inNetwork4(address: number, network: number, prefix: number): boolean {
  // JavaScript shifts modulo 32: a shift by 32 would change nothing.
  return prefix === 0 || (address ^ network) >>> (32 - prefix) === 0;
}

/**
 * The eight groups of an IPv6 address in hexadecimal, from `from` up to `to` of the text; undefined for any other text,
 * and for a dotted tail (RFC 4291 section 2.2), which `parseIp` reads.
 */
export function readAddress6(text: string, from: number, to: number): number[] | undefined {
  const groups: number[] = [];
  let gap = -1;
  let index = from;
  if (text.startsWith('::', from)) {
    gap = 0;
    index += 2;
  }
  while (index < to) {
    const begin = index;
    let value = 0;
    for (; index < to && index < begin + 4; index++) {
      const digit = hexDigit(text.charCodeAt(index));
      if (digit === -1) break;
      value = value * 16 + digit;
    }
    if (index === begin || groups.length === 8) return undefined;
    groups.push(value);
    if (index === to) break;
    if (text.charCodeAt(index) !== COLON || ++index === to) return undefined;
    if (text.charCodeAt(index) === COLON) {
      if (gap !== -1) return undefined;
      gap = groups.length;
      index++;
    }
  }
  if (gap === -1) return groups.length === 8 ? groups : undefined;
  // "::" means one or more groups of zeros (RFC 5952 section 4.2.2 advises against one; all parsers accept it).
  if (groups.length > 7) return undefined;
  return [...groups.slice(0, gap), ...Array<number>(8 - groups.length).fill(0), ...groups.slice(gap)];
}

const COLON = 0x3a;

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** The groups of 16 bits of an IPv6 address. */
export function groupsOf({ bytes }: Ip): number[] {
  return Array.from({ length: 8 }, (_, index) => (bytes[2 * index] ?? 0) * 256 + (bytes[2 * index + 1] ?? 0));
}

/** Whether the first `prefix` bits are equal. */
export function inNetwork6(address: readonly number[], network: readonly number[], prefix: number): boolean {
  for (let index = 0, left = prefix; left > 0; index++, left -= 16) {
    const different = (address[index] ?? 0) ^ (network[index] ?? 0);
    if (left >= 16 ? different !== 0 : different >>> (16 - left) !== 0) return false;
  }
  return true;
}
