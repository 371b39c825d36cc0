// Foreign text before it is stored: of bounded length, and without control sequences for a terminal, a page or a log.
import { parseDomain, toAscii } from '../text/domain.ts';
import { parseIp } from '../text/ip.ts';
import { UNPRINTABLE } from '../text/unprintable.ts';

/** Characters of an organization, an address, an id: the longest address has 254 (RFC 5321 section 4.5.3.1.3). */
export const MAX_NAME = 255;
/** Characters of a comment or a diagnostic. */
export const MAX_COMMENT = 1000;

const PLAIN = /^[ -~]*$/;

/** One line of at most so many characters. */
export function bounded(text: string, most = MAX_NAME): string {
  // Cut first, so that the cost is bounded. The part cut off from a long text is rarely blank.
  const start = text.length > most * 4 ? text.slice(0, most * 4) : text;
  const line = start.replace(/[ \t\r\n]+/g, ' ').trim();
  const clean = PLAIN.test(line) ? line : line.toWellFormed().replace(UNPRINTABLE, '\ufffd');
  if (clean.length <= most) return clean;
  return clean
    .slice(0, most)
    .toWellFormed()
    .replace(/\ufffd$/, '');
}

/** A domain in its A-label form, other text unchanged. */
export function domainText(text: string): string {
  const written = bounded(text);
  const domain = toAscii(written);
  return domain.ok ? domain.name : written.toLowerCase();
}

/** A mail domain, undefined for any other text. */
export function mailDomain(text: string): string | undefined {
  const domain = parseDomain(bounded(text));
  return domain.ok ? domain.name : undefined;
}

/** An IP address in its canonical form; accepts blanks and brackets around it. */
export function ipText(text: string): { text: string; ok: boolean } {
  const written = bounded(text.replace(/^\s*\[|\]\s*$/g, '').replace(/^IPv6:/i, ''));
  const ip = parseIp(written);
  return ip === undefined ? { text: written, ok: false } : { text: ip.text, ok: true };
}

/** The text in angle brackets, or the whole; for Message-ID and In-Reply-To. */
export function messageIdOf(value: string): string {
  const first = /<([^<>]{1,1000})>/.exec(value.slice(0, 2000))?.[1] ?? value.trim().replace(/\s.*/s, '');
  return bounded(first.replace(/\s+/g, '').replace(/^<|>$/g, ''));
}

/** Seconds since 1970 from the forms of reporters: seconds, milliseconds, a fraction, an ISO date; undefined for other text. */
export function secondsOf(text: string): number | undefined {
  const written = text.trim().slice(0, 64);
  const number = /^(\d{6,17})(?:\.\d*)?$/.exec(written)?.[1];
  if (number !== undefined) {
    const value = Number(number);
    // 11 digits of seconds are the year 5138; milliseconds have 13 and microseconds 16.
    return number.length <= 11 ? value : Math.floor(value / 10 ** (number.length <= 14 ? 3 : 6));
  }
  if (!/^\d{4}-\d\d-\d\d/.test(written)) return undefined;
  const zoned = /(?:Z|[+-]\d\d:?\d\d)$/i.test(written) ? written : `${written.replace(' ', 'T')}Z`;
  const time = Date.parse(/T/.test(zoned) ? zoned : written.slice(0, 10));
  return Number.isNaN(time) ? undefined : Math.floor(time / 1000);
}

/** An integer from 0 to `most`; undefined for other values. */
export function countOf(value: unknown, most = 1_000_000_000): number | undefined {
  const number =
    typeof value === 'number'
      ? value
      : typeof value === 'string' && /^\s*\d{1,15}\s*$/.test(value)
        ? Number(value)
        : NaN;
  return Number.isFinite(number) && number >= 0 && number <= most ? Math.floor(number) : undefined;
}
