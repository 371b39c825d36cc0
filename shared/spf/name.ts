// Names that can be queried (RFC 7208 sections 4.3 and 4.8).
import { MAX_NAME, toAscii } from '../text/domain.ts';
import { staticText, truncateName } from './macro.ts';
import type { MacroString } from './types.ts';

/** A name as most are written, with labels below the limit. */
const PLAIN_NAME = /^[a-z0-9_-]{1,31}\.[a-z0-9_-]{1,31}(?:\.[a-z0-9_-]{1,31}){0,4}$/;
/** Labels of 1 to 63 bytes each (RFC 1035 section 2.3.4). */
const LABELS = /^[^.]{1,63}(?:\.[^.]{1,63})*$/s;

/**
 * The name as it is queried, in lower case, or undefined where it is not a valid query name: an empty label, one over 63
 * bytes, non-ASCII; and, for the domain of a record, a single label (RFC 7208 section 4.3). Any ASCII character is
 * allowed, since macros may yield any.
 */
export function askableName(input: string, accepted: { singleLabel?: boolean } = {}): string | undefined {
  if (PLAIN_NAME.test(input)) return input;
  let name = input.endsWith('.') ? input.slice(0, -1) : input;
  if (/[^\x20-\x7e]/.test(name)) {
    const ascii = toAscii(name);
    if (!ascii.ok) return undefined;
    name = ascii.name;
  }
  if (name.length > MAX_NAME || !LABELS.test(name)) return undefined;
  if (accepted.singleLabel !== true && !name.includes('.')) return undefined;
  return name.toLowerCase();
}

/** The query name of a domain without macros, computed once; undefined with macros, and where it is not a valid query name. */
export function plainName(spec: MacroString): string | undefined {
  if (spec.name === undefined) {
    const fixed = staticText(spec);
    spec.name = fixed === undefined ? null : (askableName(truncateName(fixed)) ?? null);
  }
  return spec.name ?? undefined;
}
