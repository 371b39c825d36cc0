// IPv4 addresses as numbers, which are read and compared faster than bytes: records of providers hold hundreds.
import type { Ip } from '../text/ip.ts';

const DOT = 0x2e;
const ZERO = 0x30;

/** The address from `from` up to `to` of the text as a number from 0 to 2³²−1; undefined where these are no dotted quad. */
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
  // A shift by 32 would be none.
  return prefix === 0 || (address ^ network) >>> (32 - prefix) === 0;
}
