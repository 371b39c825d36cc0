// Domain names: typed text to A-labels and back (RFC 1035 section 2.3, RFC 5890, UTS 46).

/** Bytes of one label and of a whole name in text form without the trailing dot (RFC 1035 section 2.3.4). */
export const MAX_LABEL = 63;
export const MAX_NAME = 253;

export type DomainProblem =
  | 'empty'
  | 'empty-label'
  | 'label-too-long'
  | 'name-too-long'
  | 'bad-character'
  | 'bad-hyphen'
  | 'single-label'
  | 'ip-address'
  | 'not-idna';

export type DomainResult = { ok: true; name: string } | { ok: false; problem: DomainProblem };

/**
 * A name as it is queried: lower case, A-labels, no trailing dot.
 * Accepts typed names: a trailing dot, capitals, U-labels, full-width dots. Underscores are allowed, since
 * `_dmarc.example.org` is a name too; use `parseDomain` for a mail domain.
 */
export function toAscii(input: string): DomainResult {
  let name = input.trim().replace(/[\u3002\uff0e\uff61]/g, '.');
  if (name.endsWith('.')) name = name.slice(0, -1);
  if (name === '') return { ok: false, problem: 'empty' };
  if (/[^\x00-\x7f]/.test(name)) {
    const labels: string[] = [];
    for (const label of name.split('.')) {
      const ascii = labelToAscii(label);
      if (ascii === undefined) return { ok: false, problem: 'not-idna' };
      labels.push(ascii);
    }
    name = labels.join('.');
  }
  name = name.toLowerCase();
  for (const label of name.split('.')) {
    if (label === '') return { ok: false, problem: 'empty-label' };
    if (label.length > MAX_LABEL) return { ok: false, problem: 'label-too-long' };
    if (!/^[a-z0-9_-]+$/.test(label)) return { ok: false, problem: 'bad-character' };
  }
  if (name.length > MAX_NAME) return { ok: false, problem: 'name-too-long' };
  return { ok: true, name };
}

// The URL parser of every runtime has the UTS 46 tables; a single label is not parsed as an IPv4 address.
function labelToAscii(label: string): string | undefined {
  if (!/[^\x00-\x7f]/.test(label)) return label;
  if (/[\x00-\x20#%/:<>?@[\\\]^|]/.test(label)) return undefined;
  try {
    const host = new URL(`http://${label}.a`).hostname;
    return host.endsWith('.a') ? host.slice(0, -2) : undefined;
  } catch {
    return undefined;
  }
}

/** A domain that can send or receive mail: letters, digits and hyphens, at least two labels, not an IP address (RFC 5321 section 2.3.5). */
export function parseDomain(input: string): DomainResult {
  const result = toAscii(input);
  if (!result.ok) return result;
  const labels = result.name.split('.');
  if (labels.length < 2) return { ok: false, problem: 'single-label' };
  if (/^\d+$/.test(labels.at(-1) ?? '')) return { ok: false, problem: 'ip-address' };
  for (const label of labels) {
    if (label.includes('_')) return { ok: false, problem: 'bad-character' };
    if (label.startsWith('-') || label.endsWith('-')) return { ok: false, problem: 'bad-hyphen' };
  }
  return result;
}

/** For display: A-labels as U-labels where they decode, other labels unchanged. */
export function toUnicode(name: string): string {
  return name
    .split('.')
    .map((label) => (/^xn--/i.test(label) ? (decodePunycode(label.slice(4).toLowerCase()) ?? label) : label))
    .join('.');
}

/** Equal as DNS compares names: ignoring case and a trailing dot (RFC 4343). */
export function sameName(a: string, b: string): boolean {
  return fold(a) === fold(b);
}

/** `name` is `ancestor` or below it. */
export function isWithin(name: string, ancestor: string): boolean {
  const n = fold(name);
  const a = fold(ancestor);
  return n === a || n.endsWith(`.${a}`);
}

/** A name as DNS compares it: lower case, without the final dot (RFC 4343). */
export function fold(name: string): string {
  return (name.endsWith('.') ? name.slice(0, -1) : name).toLowerCase();
}

// RFC 3492 section 6.2, for display only.
function decodePunycode(input: string): string | undefined {
  const output: number[] = [];
  const delimiter = input.lastIndexOf('-');
  for (let j = 0; j < delimiter; j++) output.push(input.charCodeAt(j));
  let n = 128;
  let i = 0;
  let bias = 72;
  for (let at = delimiter > 0 ? delimiter + 1 : 0; at < input.length; ) {
    const before = i;
    for (let w = 1, k = 36; ; k += 36) {
      const code = input.charCodeAt(at++);
      const digit = code >= 48 && code <= 57 ? code - 22 : code >= 97 && code <= 122 ? code - 97 : 36;
      if (digit >= 36) return undefined;
      i += digit * w;
      const t = k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias;
      if (digit < t) break;
      w *= 36 - t;
    }
    const points = output.length + 1;
    let delta = before === 0 ? Math.floor((i - before) / 700) : (i - before) >> 1;
    delta += Math.floor(delta / points);
    let k = 0;
    while (delta > 455) {
      delta = Math.floor(delta / 35);
      k += 36;
    }
    bias = k + Math.floor((36 * delta) / (delta + 38));
    n += Math.floor(i / points);
    i %= points;
    if (n > 0x10ffff) return undefined;
    output.splice(i++, 0, n);
  }
  return String.fromCodePoint(...output);
}
