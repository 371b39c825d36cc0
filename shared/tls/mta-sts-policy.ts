// MTA-STS: the TXT record, the policy file, and the mail hosts that a policy allows (RFC 8461 sections 3.1, 3.2 and 4.1).
import { toAscii } from '../text/domain.ts';

/** RFC 8461 section 3.2: a year and a leap day. */
export const MAX_MAX_AGE = 31_557_600;
/** Patterns of a policy that are kept. */
const MAX_PATTERNS = 100;
const MAX_PROBLEMS = 10;

export interface MtaStsRecord {
  /** A well-formed record of this version; any other counts as none (RFC 8461 section 3.1). */
  valid: boolean;
  id: string | null;
  problem: 'version' | 'syntax' | 'missing-id' | 'bad-id' | null;
}

// (ALPHA / DIGIT) *31(ALPHA / DIGIT / "_" / "-" / ".")
const EXTENSION_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$/;
/** Runs of blanks mean the same as one, and trimming them in a text of 64 KB by pattern takes seconds. */
const BLANKS = /[ \t]{2,}/g;
// Printable, except "=", ";" and blanks.
const EXTENSION_VALUE = /^[\x21-\x3a\x3c\x3e-\x7e]+$/;

/** A TXT record that senders read as one of MTA-STS; several such records count as none. */
export function isMtaStsRecord(text: string): boolean {
  return /^v=STSv1[ \t]*(?:;|$)/.test(text);
}

/** Reads the record at `_mta-sts.` by the grammar of RFC 8461 section 3.1; never throws. */
export function parseMtaStsRecord(text: string): MtaStsRecord {
  const wrong = (problem: MtaStsRecord['problem']): MtaStsRecord => ({ valid: false, id: null, problem });
  if (!isMtaStsRecord(text)) return wrong('version');
  // sts-field-delim = *WSP ";" *WSP: blanks belong to the semicolon.
  const fields = text
    .replace(BLANKS, ' ')
    .split(';')
    .slice(1)
    .map((field) => field.replace(/^[ \t]+|[ \t]+$/g, ''));
  if (fields.at(-1) === '') fields.pop();
  let id: string | null = null;
  for (const field of fields) {
    const equals = field.indexOf('=');
    const [name, value] = [field.slice(0, equals), field.slice(equals + 1)];
    if (name === 'id') {
      // Duplicated fields: all but the first are ignored.
      if (id !== null) continue;
      if (!/^[A-Za-z0-9]{1,32}$/.test(value)) return wrong('bad-id');
      id = value;
    } else if (equals < 1 || !EXTENSION_NAME.test(name) || !EXTENSION_VALUE.test(value)) {
      return wrong('syntax');
    }
  }
  return id === null ? wrong('missing-id') : { valid: true, id, problem: null };
}

export type MtaStsMode = 'enforce' | 'testing' | 'none';
export type PolicyProblemId =
  | 'version'
  | 'missing-mode'
  | 'bad-mode'
  | 'missing-max-age'
  | 'bad-max-age'
  /** "mode" is not none and there is no "mx". */
  | 'missing-mx'
  | 'bad-mx'
  /** A line that is not "key: value"; strict senders discard the whole policy. */
  | 'syntax'
  /** A repeated field other than "mx": the first one applies. */
  | 'duplicate';

export interface MtaStsPolicy {
  /** Whether senders can use it. */
  valid: boolean;
  mode: MtaStsMode | null;
  /** Seconds. */
  maxAge: number | null;
  /** In lower case, as written: "mail.shop.example", "*.shop.example". */
  mx: string[];
  /** Those that make it invalid come first. */
  problems: { id: PolicyProblemId; detail: string }[];
}

/** Problems that make a policy invalid; the others are only reported. */
const FATAL: readonly PolicyProblemId[] = [
  ...(['version', 'missing-mode', 'bad-mode', 'missing-max-age', 'bad-max-age', 'missing-mx', 'bad-mx'] as const),
];

const MODES: readonly MtaStsMode[] = ['enforce', 'testing', 'none'];
const KNOWN_KEYS: readonly string[] = ['version', 'mode', 'max_age'];
// Printable, with inner blanks and UTF-8.
const POLICY_VALUE = /^[\x20-\x7e\u0080-\u{10ffff}]+$/u;

// ["*."] Domain, as in RFC 5321 section 4.1.2.
const PATTERN = /^(?:\*\.)?[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;

/**
 * Reads a policy file: lines of "key: value" that end with LF or CRLF. Never throws; `valid`: senders can use
 * it. Keys and values are case-sensitive; unknown keys are ignored (RFC 8461 section 3.2).
 */
export function parseMtaStsPolicy(text: string): MtaStsPolicy {
  const problems: MtaStsPolicy['problems'] = [];
  const add = (id: PolicyProblemId, detail: string) => problems.push({ id, detail: detail.slice(0, 80) });
  const values = new Map<string, string>();
  const mx: string[] = [];
  for (const line of text.replace(BLANKS, ' ').split(/\r?\n/)) {
    if (line.trim() === '') continue;
    const colon = line.indexOf(':');
    const key = line.slice(0, Math.max(0, colon));
    if (!EXTENSION_NAME.test(key)) {
      add('syntax', line);
      continue;
    }
    const value = line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '');
    if (key === 'mx') {
      const pattern = value.toLowerCase();
      if (!PATTERN.test(pattern) || pattern.length > 255) add('bad-mx', value);
      else if (!mx.includes(pattern) && mx.length < MAX_PATTERNS) mx.push(pattern);
    } else if (values.has(key)) {
      add('duplicate', key);
    } else {
      values.set(key, value);
      // Senders differ in whether they accept it, so it is reported and the policy is valid.
      if (!KNOWN_KEYS.includes(key) && !POLICY_VALUE.test(value)) add('syntax', line);
    }
  }
  if (values.get('version') !== 'STSv1') add('version', values.get('version') ?? '');
  const written = values.get('mode');
  const mode = MODES.find((one) => one === written);
  if (written === undefined) add('missing-mode', '');
  else if (mode === undefined) add('bad-mode', written);
  const age = values.get('max_age');
  const seconds = age !== undefined && /^\d{1,10}$/.test(age) ? Number(age) : undefined;
  if (age === undefined) add('missing-max-age', '');
  else if (seconds === undefined || seconds > MAX_MAX_AGE) add('bad-max-age', age);
  if (mode !== 'none' && mx.length === 0 && !problems.some(({ id }) => id === 'bad-mx')) add('missing-mx', '');
  const fatal = problems.filter(({ id }) => FATAL.includes(id));
  const others = problems.filter(({ id }) => !FATAL.includes(id));
  return {
    valid: fatal.length === 0,
    mode: mode ?? null,
    maxAge: seconds !== undefined && seconds <= MAX_MAX_AGE ? seconds : null,
    mx,
    problems: [...fatal, ...others].slice(0, MAX_PROBLEMS),
  };
}

/**
 * Whether a mail host matches one pattern of a policy: equal, or with one label instead of "*" (RFC 8461 section 4.1,
 * RFC 6125 section 6.4.3). Ignores case, U-labels and a final dot.
 */
export function matchesMxPattern(host: string, pattern: string): boolean {
  const name = toAscii(host);
  if (!name.ok) return false;
  const wildcard = pattern.startsWith('*.');
  const rest = toAscii(wildcard ? pattern.slice(2) : pattern);
  if (!rest.ok) return false;
  if (!wildcard) return name.name === rest.name;
  const dot = name.name.indexOf('.');
  return dot > 0 && name.name.slice(dot + 1) === rest.name;
}

/** Whether a policy allows a host. A policy of mode "none" allows all (RFC 8461 section 5). */
export function policyAllows(policy: Pick<MtaStsPolicy, 'mode' | 'mx'>, host: string): boolean {
  return policy.mode === 'none' || policy.mx.some((pattern) => matchesMxPattern(host, pattern));
}
