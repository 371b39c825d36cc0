// Text of an SPF record → its terms, each with its offset; no DNS, no exceptions (RFC 7208 section 4.6.1, 12).

import { type Ip, parseIpLiterally } from '../text/ip.ts';
import { groupsOf, ipOf, numberOf, readAddress4, readAddress6 } from './address.ts';
import { cutText } from './cut.ts';
import { parseMacroString } from './macro.ts';
import type {
  InvalidTerm,
  MacroString,
  Mechanism,
  MechanismName,
  Modifier,
  Qualifier,
  SpfRecord,
  SyntaxProblem,
  SyntaxProblemKind,
  Term,
} from './types.ts';

/** A record could have thousands of faults, each of thousands of characters; this many are enough to correct it. */
const MAX_PROBLEMS = 20;
const MAX_PROBLEM_TERM = 300;

/** True for an SPF record, valid or not: "v=spf1", then a blank or the end (RFC 7208 section 4.5). */
export function isSpfRecord(text: string): boolean {
  return /^v=spf1(?: |$)/i.test(text);
}

/**
 * Reads a record that `isSpfRecord` accepts: every term in order, and every syntax error with its offset.
 *   record = version terms *SP      terms = *( 1*SP ( directive / modifier ) )
 */
export function parseSpfRecord(text: string): SpfRecord {
  const terms: Term[] = [];
  const problems: SyntaxProblem[] = [];
  const note = (kind: SyntaxProblemKind, term: string, at: number) => {
    if (problems.length < MAX_PROBLEMS) problems.push({ kind, term: cutText(term, MAX_PROBLEM_TERM), at });
  };
  const seen = new Set<string>();
  let at = VERSION.length;
  while (at < text.length) {
    if (text.charCodeAt(at) === SPACE) {
      at++;
      continue;
    }
    const blank = text.indexOf(' ', at);
    const word = text.slice(at, blank === -1 ? text.length : blank);
    terms.push(plainNetwork(word, at) ?? termOf(word, at, seen, note));
    at += word.length;
  }
  return { text, terms, problems };
}

function termOf(
  word: string,
  at: number,
  seen: Set<string>,
  note: (kind: SyntaxProblemKind, term: string, at: number) => void,
): Term {
  const term = parseTerm(word, at);
  if (isFault(term)) {
    note(term.fault, word, term.at);
    return { kind: 'invalid', text: word, at } satisfies InvalidTerm;
  }
  if (term.kind === 'modifier' && (term.name === 'redirect' || term.name === 'exp')) {
    // RFC 7208 section 6: these two "MUST NOT appear in a record more than once each".
    if (seen.has(term.name)) note('duplicate-modifier', word, at);
    seen.add(term.name);
  }
  return term;
}

const VERSION = 'v=spf1';
const SPACE = 0x20;
const ZERO = 0x30;

/**
 * "ip4:" or "ip6:" with an address and a prefix as nearly all are written, read digit by digit: records of providers have hundreds.
 * Every other form, valid or not, is left to `parseTerm`.
 */
function plainNetwork(word: string, at: number): Mechanism | undefined {
  const version = word.startsWith('ip4:') ? 4 : word.startsWith('ip6:') ? 6 : undefined;
  if (version === undefined) return undefined;
  const slash = word.indexOf('/');
  const end = slash === -1 ? word.length : slash;
  const longest = version === 4 ? 32 : 128;
  const prefix = slash === -1 ? longest : prefixLength(word.slice(slash + 1), longest);
  if (prefix === undefined) return undefined;
  if (version === 4) {
    const address4 = readAddress4(word, 'ip4:'.length, end);
    return address4 === undefined ? undefined : new PlainNetwork(word, at, 'ip4', prefix, 128, address4, undefined);
  }
  const groups6 = readAddress6(word, 'ip6:'.length, end);
  return groups6 === undefined ? undefined : new PlainNetwork(word, at, 'ip6', 32, prefix, undefined, groups6);
}

/** A term of `ip4` or `ip6`; its address as bytes and text is made on access, which is rare. */
class PlainNetwork implements Mechanism {
  readonly kind = 'mechanism';
  readonly qualifier = '+';
  readonly text: string;
  readonly at: number;
  readonly name: 'ip4' | 'ip6';
  readonly prefix4: number;
  readonly prefix6: number;
  readonly address4?: number;
  readonly groups6?: readonly number[];

  constructor(
    text: string,
    at: number,
    name: 'ip4' | 'ip6',
    prefix4: number,
    prefix6: number,
    address4: number | undefined,
    groups6: readonly number[] | undefined,
  ) {
    this.text = text;
    this.at = at;
    this.name = name;
    this.prefix4 = prefix4;
    this.prefix6 = prefix6;
    if (address4 !== undefined) this.address4 = address4;
    if (groups6 !== undefined) this.groups6 = groups6;
  }

  get network(): Ip | undefined {
    if (this.address4 !== undefined) return ipOf(this.address4);
    const slash = this.text.indexOf('/');
    return parseIpLiterally(this.text.slice('ip6:'.length, slash === -1 ? this.text.length : slash));
  }
}

interface Fault {
  fault: SyntaxProblemKind;
  at: number;
}
const isFault = (value: object): value is Fault => 'fault' in value;

const MODIFIER = /^([a-z][a-z0-9\-_.]*)=/i;
const MECHANISMS: ReadonlySet<string> = new Set(['all', 'include', 'a', 'mx', 'ptr', 'ip4', 'ip6', 'exists']);

/** One term, or its fault with the offset. */
export function parseTerm(text: string, at: number): Mechanism | Modifier | Fault {
  const separator = text.search(/[:/=]/);
  if (text[separator] === '=') {
    const [, name] = MODIFIER.exec(text) ?? [];
    return name === undefined ? { fault: 'bad-modifier', at } : parseModifier(text, at, name.toLowerCase());
  }
  const sign = text[0];
  const qualifier = isQualifier(sign) ? sign : undefined;
  const from = qualifier === undefined ? 0 : 1;
  const to = separator === -1 ? text.length : separator;
  const name = text.slice(from, to).toLowerCase();
  if (!isMechanismName(name)) {
    const odd = text.search(/[^\x21-\x7e]/);
    return odd === -1 ? { fault: 'unknown-mechanism', at: at + from } : { fault: 'bad-character', at: at + odd };
  }
  const read = parseArguments(name, text.slice(to), at + to);
  return isFault(read) ? read : { kind: 'mechanism', text, at, name, qualifier: qualifier ?? '+', ...read };
}

const isMechanismName = (name: string): name is MechanismName => MECHANISMS.has(name);
const isQualifier = (sign: string | undefined): sign is Qualifier =>
  sign === '-' || sign === '~' || sign === '?' || sign === '+';

type Arguments = Pick<Mechanism, 'domain' | 'network' | 'address4' | 'groups6' | 'prefix4' | 'prefix6'>;

function parseArguments(name: MechanismName, rest: string, at: number): Arguments | Fault {
  const whole = { prefix4: 32, prefix6: 128 };
  switch (name) {
    case 'all':
      return rest === '' ? whole : { fault: 'unexpected-value', at };
    case 'ip4':
    case 'ip6':
      return parseNetwork(name, rest, at);
    case 'a':
    case 'mx':
      return parseDomainAndPrefixes(rest, at);
    case 'ptr':
      if (rest === '') return whole;
      break;
    default:
  }
  if (!rest.startsWith(':')) return { fault: rest === '' ? 'missing-domain' : 'unexpected-value', at };
  const domain = parseDomainSpec(rest.slice(1), at + 1);
  return isFault(domain) ? domain : { ...whole, domain };
}

// ip4 = "ip4" ":" ip4-network [ ip4-cidr-length ]   (RFC 7208 section 5.6)
function parseNetwork(name: 'ip4' | 'ip6', rest: string, at: number): Arguments | Fault {
  const slash = rest.indexOf('/');
  const address = slash === -1 ? rest : rest.slice(0, slash);
  const network = address.startsWith(':') ? parseIpLiterally(address.slice(1)) : undefined;
  if (network === undefined || network.version !== (name === 'ip4' ? 4 : 6)) return { fault: 'bad-ip', at: at + 1 };
  const longest = name === 'ip4' ? 32 : 128;
  const prefix = slash === -1 ? longest : prefixLength(rest.slice(slash + 1), longest);
  if (prefix === undefined) return { fault: 'bad-prefix', at: at + slash };
  if (name === 'ip6') return { network, groups6: groupsOf(network), prefix4: 32, prefix6: prefix };
  return { network, address4: numberOf(network), prefix4: prefix, prefix6: 128 };
}

// [ ":" domain-spec ] [ dual-cidr-length ]   dual-cidr-length = [ ip4-cidr-length ] [ "/" ip6-cidr-length ]
function parseDomainAndPrefixes(rest: string, at: number): Arguments | Fault {
  const tail = /(?:\/([0-9]+))?(?:\/\/([0-9]+))?$/.exec(rest);
  // The expression matches every text, at its end at the latest.
  const tailAt = tail?.index ?? rest.length;
  const spec = rest.slice(0, tailAt);
  const read: Arguments = { prefix4: 32, prefix6: 128 };
  if (spec !== '') {
    if (!spec.startsWith(':')) return { fault: 'bad-prefix', at };
    const domain = parseDomainSpec(spec.slice(1), at + 1);
    if (isFault(domain)) return domain;
    read.domain = domain;
  }
  const prefix4 = tail?.[1] === undefined ? 32 : prefixLength(tail[1], 32);
  if (prefix4 === undefined) return { fault: 'bad-prefix', at: at + tailAt };
  const prefix6 = tail?.[2] === undefined ? 128 : prefixLength(tail[2], 128);
  if (prefix6 === undefined) return { fault: 'bad-prefix', at: at + rest.lastIndexOf('/') };
  return { ...read, prefix4, prefix6 };
}

function prefixLength(digits: string, longest: number): number | undefined {
  // "0", or one to three digits without a leading zero.
  if (digits.length === 0 || digits.length > 3 || (digits.length > 1 && digits.charCodeAt(0) === ZERO))
    return undefined;
  let bits = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = digits.charCodeAt(index) - ZERO;
    if (digit < 0 || digit > 9) return undefined;
    bits = bits * 10 + digit;
  }
  return bits <= longest ? bits : undefined;
}

/**
 * toplabel = ( *alphanum ALPHA *alphanum ) / ( 1*alphanum "-" *( alphanum / "-" ) alphanum ): letters, digits and inner
 * hyphens, not digits alone. One expression for both takes quadratic time on a label of 64 KB.
 */
function isTopLabel(label: string): boolean {
  return /^[a-z0-9-]+$/i.test(label) && /[^0-9]/.test(label) && !label.startsWith('-') && !label.endsWith('-');
}

/**
 * domain-spec = macro-string domain-end      domain-end = ( "." toplabel [ "." ] ) / macro-expand
 * (RFC 7208 section 7.1). What a macro expands to is not checked here: it may become anything.
 */
function parseDomainSpec(text: string, at: number): MacroString | Fault {
  if (text === '') return { fault: 'missing-domain', at };
  const read = parseMacroString(text, at);
  if (!read.ok) return { fault: read.fault.kind === 'macro' ? 'bad-macro' : 'bad-character', at: read.fault.at };
  if (!read.endsInMacro) {
    // Only the text after the last macro can be the toplabel, since the dot before it has to be literal.
    const literal = text.slice(text.lastIndexOf('}') + 1).replace(/\.$/, '');
    const dot = literal.lastIndexOf('.');
    if (dot === -1 || !isTopLabel(literal.slice(dot + 1))) return { fault: 'bad-domain', at };
  }
  return read.value;
}

// redirect = "redirect" "=" domain-spec   explanation = "exp" "=" domain-spec   unknown-modifier = name "=" macro-string
function parseModifier(text: string, at: number, name: string): Modifier | Fault {
  const valueAt = at + name.length + 1;
  const rest = text.slice(name.length + 1);
  if (name === 'redirect' || name === 'exp') {
    const value = parseDomainSpec(rest, valueAt);
    return isFault(value) ? value : { kind: 'modifier', text, at, name, value };
  }
  const read = parseMacroString(rest, valueAt, { letters: 'all' });
  if (!read.ok) return { fault: read.fault.kind === 'macro' ? 'bad-macro' : 'bad-character', at: read.fault.at };
  return { kind: 'modifier', text, at, name, value: read.value };
}
