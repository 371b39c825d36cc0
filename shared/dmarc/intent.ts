// The intended meaning of a faulty DMARC record, with the parts where it is not certain.
import { toAscii } from '../text/domain.ts';
import { POLICIES, strengthOf } from './enforcement.ts';
import { MAX_REPORT_URIS, parseReportUris } from './report-uri.ts';
import type { AlignmentMode, DmarcPolicy } from './types.ts';

export interface Intent {
  /** Of several values of one tag the mildest. */
  policies: { p?: DmarcPolicy; sp?: DmarcPolicy; np?: DmarcPolicy };
  /** The policies as written: "p=reject". */
  written: string[];
  /** `t`; absent where the tag is. */
  testing?: boolean;
  publicSuffix?: 'y' | 'n';
  /** `pct`; absent where the tag is. */
  percentage?: number;
  adkim?: AlignmentMode;
  aspf?: AlignmentMode;
  failureOptions: string[];
  /** URIs, each valid. */
  rua: string[];
  ruf: string[];
  /** Parts that are ambiguous or unknown. */
  unclear: string[];
}

/** Longer texts were not written by a person. */
const MAX_TEXT = 4096;
/** Records at one name that are joined. */
const MAX_RECORDS = 5;
/** Characters of a part that are reported. */
const MAX_PART = 100;

const TAG = '(?:policy|adkim|aspf|psd|pct|rua|ruf|sp|np|fo|rf|ri|v|p|t)';
const NEXT_TAG = `(?=${TAG} ?=)`;
const QUOTES_BEFORE_TAG = new RegExp(`" ?"${NEXT_TAG}`, 'gi');
const VALUE_BEFORE_TAG = new RegExp(`(DMARC1|none|quarantine|reject)[ .:,]{0,3}${NEXT_TAG}`, 'gi');
const MARKS_BEFORE_TAG = new RegExp(`[ ,]{1,3}${NEXT_TAG}`, 'gi');
const KNOWN_TAG = new RegExp(`^(${TAG}) ?[=:] ?(.*)$`, 'i');
/** Tags that are long enough to be recognized with a typing error. */
const LONG_TAGS = ['policy', 'adkim', 'aspf', 'psd', 'pct', 'rua', 'ruf'];

/** Reads texts that were meant as one record; several are joined. Never throws. */
export function readIntent(texts: readonly string[]): Intent {
  const intent: Intent = { policies: {}, written: [], failureOptions: [], rua: [], ruf: [], unclear: [] };
  if (texts.length > MAX_RECORDS) intent.unclear.push(`${texts.length} TXT`);
  for (const text of texts.slice(0, MAX_RECORDS)) {
    if (text.length > MAX_TEXT) intent.unclear.push(`${text.slice(0, MAX_PART)}…`);
    for (const [name, value] of tagsOf(text.slice(0, MAX_TEXT), intent)) take(name, value, intent);
  }
  for (const tag of ['rua', 'ruf'] as const) {
    intent[tag] = [...new Set(intent[tag])];
    if (intent[tag].length > MAX_REPORT_URIS) intent.unclear.push(`${tag}=`);
  }
  intent.unclear = [...new Set(intent.unclear.map((part) => part.slice(0, MAX_PART)))];
  return intent;
}

/** The tags of a text, with the separators between them corrected. */
function tagsOf(text: string, { unclear }: Intent): [name: string, value: string][] {
  const plain = utf8(text)
    .replace(/[\s\u200b\ufeff]+/g, ' ')
    // A run of commas becomes one, so that no pattern below takes quadratic time.
    .replace(/,(?: ?,)+/g, ',')
    // A line of a zone file, and strings that were joined with their quotation marks.
    .replace(/^[^=;]*\bTXT ?(?=["“„«]? ?v ?=)/i, '')
    .replace(QUOTES_BEFORE_TAG, ';')
    .replace(/" ?"/g, '')
    .replace(/["“”„«»\\]/g, '')
    .replace(VALUE_BEFORE_TAG, '$1;')
    .replace(MARKS_BEFORE_TAG, ';');
  const tags: [string, string][] = [];
  for (const part of plain.split(';').map((one) => one.trim().replace(/^['`]+|['`]+$/g, ''))) {
    const [, name, value = ''] = KNOWN_TAG.exec(part) ?? [];
    const last = tags.at(-1);
    if (part === '') continue;
    if (name !== undefined) tags.push([name.toLowerCase(), value.trim()]);
    else if ((last?.[0] === 'rua' || last?.[0] === 'ruf') && /@|:\/\//.test(part)) last[1] += `,${part}`;
    else if (!isHarmless(part)) unclear.push(part);
  }
  return tags;
}

/** Whether the part cannot have a meaning for receivers: an extension, or a stray word. */
function isHarmless(part: string): boolean {
  const name = part
    .replace(/[=:].*/s, '')
    .trim()
    .toLowerCase();
  return !/@|:\/\/|quar|rej|none|strict|relaxed/i.test(part) && !LONG_TAGS.some((tag) => isTypoOf(name, tag));
}

/** One letter added, missing, replaced, or two exchanged. */
function isTypoOf(name: string, tag: string): boolean {
  if (Math.abs(name.length - tag.length) > 1) return false;
  let same = 0;
  while (same < tag.length && name[same] === tag[same]) same++;
  const [a, b] = [name.slice(same), tag.slice(same)];
  const exchanged = a[0] === b[1] && a[1] === b[0] && a.slice(2) === b.slice(2);
  return a.slice(1) === b || a === b.slice(1) || a.slice(1) === b.slice(1) || exchanged;
}

const MODES = { r: 'relaxed', relaxed: 'relaxed', s: 'strict', strict: 'strict' } as const;
const YES_OR_NO = { y: true, yes: true, true: true, n: false, no: false, false: false } as const;
const SUFFIX = { y: 'y', yes: 'y', n: 'n', no: 'n', u: undefined } as const;

function take(name: string, value: string, intent: Intent): void {
  if (value === '' || name === 'rf' || name === 'ri') return;
  const word = value.replace(/[.,'` ]+$/, '').toLowerCase();
  const unclear = () => intent.unclear.push(`${name}=${value}`);
  /** Duplicates must agree. */
  const set = <K extends 'testing' | 'publicSuffix' | 'percentage' | 'adkim' | 'aspf'>(
    key: K,
    words: Record<string, Intent[K]>,
  ) => {
    const meant = words[word];
    if (!Object.hasOwn(words, word) || (intent[key] ?? meant) !== meant) unclear();
    else if (meant !== undefined) intent[key] = meant;
  };
  if (name === 'v') {
    if (!/^d ?mar ?c ?1?$/.test(word)) unclear();
  } else if (name === 'p' || name === 'policy' || name === 'sp' || name === 'np') {
    takePolicy(name === 'policy' ? 'p' : name, `${name}=${value}`, word, intent);
  } else if (name === 'pct') {
    set('percentage', /^(?:\d{1,2}|100) ?%?$/.test(word) ? { [word]: Number.parseInt(word, 10) } : {});
  } else if (name === 't') {
    set('testing', YES_OR_NO);
  } else if (name === 'psd') {
    set('publicSuffix', SUFFIX);
  } else if (name === 'adkim' || name === 'aspf') {
    set(name, MODES);
  } else if (name === 'fo') {
    const options = word.split(/[:, ]+/);
    if (options.every((option) => /^[01ds]$/.test(option))) intent.failureOptions.push(...options);
    else unclear();
  } else if (name === 'rua' || name === 'ruf') takeAddresses(name, value, intent);
}

// An invalid policy has never been in force, so it is only reported.
function takePolicy(tag: 'p' | 'sp' | 'np', written: string, word: string, { policies, written: all }: Intent): void {
  all.push(written.slice(0, MAX_PART));
  const policy = POLICIES.find((one) => one === word);
  const known = policies[tag];
  if (policy === undefined) return;
  if (known === undefined || strengthOf(policy) < strengthOf(known)) policies[tag] = policy;
}

function takeAddresses(tag: 'rua' | 'ruf', value: string, intent: Intent): void {
  const parts = value
    .replace(/ ?! ?\d+ ?[kmgt]?(?=$|[, ])/gi, '')
    .replace(/mailto ?: ?/gi, 'mailto:')
    .split(/[, ]+/);
  for (const part of parts.map((one) => one.replace(/[<>]/g, '').replace(/^['`]+|['`]+$/g, ''))) {
    if (part === '') continue;
    const uri = reportUri(part);
    if (uri === undefined) intent.unclear.push(`${tag}=${part}`);
    else intent[tag].push(uri);
  }
}

/** A valid URI for the written address; undefined where there is none. */
function reportUri(part: string): string | undefined {
  const scheme = /^(mailto|https?):./i.exec(part)?.[1]?.toLowerCase();
  if (scheme !== undefined && isUsable(part)) return part;
  const [, local, host] = /^(?:(?:e-?)?mail(?:to)?[:=/]+)?([^@:,;!/=]+)@([^@:,;!/=]+)$/i.exec(part) ?? [];
  const domain = toAscii(host ?? '');
  if (local === undefined || !domain.ok || !domain.name.includes('.')) return undefined;
  const uri = `mailto:${local.replace(/[^\x21-\x7e]/gu, encoded)}@${domain.name}`;
  return isUsable(uri) ? uri : undefined;
}

function isUsable(uri: string): boolean {
  const { uris, problems } = parseReportUris(uri, 'rua');
  return uris.length === 1 && problems.every(({ id }) => id === 'report-scheme');
}

// A lone surrogate cannot be encoded; "%" makes the address unusable.
function encoded(letter: string): string {
  try {
    return encodeURIComponent(letter);
  } catch {
    return '%';
  }
}

/** DNS answers have one character per byte; text that people typed is UTF-8. */
function utf8(text: string): string {
  if (!/[\x80-\xff]/.test(text) || /[^\x00-\xff]/.test(text)) return text;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      Uint8Array.from(text, (byte) => byte.charCodeAt(0)),
    );
  } catch {
    return text;
  }
}
