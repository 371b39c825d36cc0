// What the value of a directive can be: one parser for each kind, from the text of the file to a typed value.

import type { Diagnostic } from '../exit.ts';
import { type Arguments, type DiagnosticId, diagnostic } from '../messages/catalogue.ts';

/** What is wrong with a value: what is expected, without the value, which may be a secret. */
export interface Problem {
  problem: Diagnostic;
}
export interface Kind<V> {
  /** `~` is expanded in a file, and a shell reads a command. */
  type: 'text' | 'choice' | 'integer' | 'number' | 'file' | 'files' | 'list' | 'command';
  /** What a directive without an argument means; absent where it needs one. */
  empty?: string;
  choices?: readonly string[];
  parse: (text: string) => V | Problem;
}

const bad = <K extends DiagnosticId>(id: K, ...args: Arguments<K>): Problem => ({ problem: diagnostic(id, ...args) });

export function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'problem' in value;
}

const same = (value: string) => value;
export const text: Kind<string> = { type: 'text', parse: same };
export const file: Kind<string> = { type: 'file', parse: same };
export const command: Kind<string> = { type: 'command', parse: same };
export const list: Kind<string[]> = { type: 'list', parse: words };
export const files: Kind<string[]> = { type: 'files', parse: words };

function words(value: string): string[] {
  return value.split(/[\s,]+/).filter((word) => word !== '');
}

/** Without an argument it is the first, where that is on or auto. */
export function choice<const C extends string>(choices: readonly C[], fold: (text: string) => string = same): Kind<C> {
  const [first] = choices;
  return {
    type: 'choice',
    choices,
    ...(first === 'on' || first === 'auto' ? { empty: first } : {}),
    parse: (value) => {
      const folded = fold(value);
      return choices.find((each) => each === folded) ?? bad('value.choice', { choices });
    },
  };
}

/** `kind`, with each value mapped. */
export function mapped<V, W>(kind: Kind<V>, map: (value: V) => W): Kind<W> {
  return {
    ...kind,
    parse(value) {
      const parsed = kind.parse(value);
      return isProblem(parsed) ? parsed : map(parsed);
    },
  };
}

export const onOff = choice(['on', 'off']);
export const boolean = mapped(onOff, (value) => value === 'on');
export const autoOff = mapped(choice(['auto', 'off']), (value) => value === 'auto');

/** `kind`, with a word that means no value. */
export function orNone<V, const N extends string = 'off'>(
  kind: Kind<V>,
  none: N = 'off' as N,
): Kind<Exclude<V, N> | undefined> {
  // `none` is handled here, so that `kind` never returns it.
  return { ...kind, parse: (value) => (value === none ? undefined : (kind.parse(value) as Exclude<V, N> | Problem)) };
}

export function integer(least: number, most: number): Kind<number> {
  return {
    type: 'integer',
    parse(value) {
      const number = parseInteger(value);
      return number !== undefined && number >= least && number <= most ? number : bad('value.integer', { least, most });
    },
  };
}

export const port = integer(1, 65_535);

// msmtp reads numbers with strtol and base 0, so 0465 is octal; both programs must agree, even where 465 was meant.
function parseInteger(value: string): number | undefined {
  const digits = value.replace(/^\+/, '');
  if (/^0[xX][0-9a-fA-F]{1,8}$/.test(digits)) return Number.parseInt(digits, 16);
  if (/^0[0-7]{1,11}$/.test(digits)) return Number.parseInt(digits, 8);
  return /^(0|[1-9][0-9]{0,14})$/.test(digits) ? Number(digits) : undefined;
}

/** Milliseconds of a number of seconds. */
export function seconds(most: number): Kind<number> {
  return {
    type: 'number',
    parse: (value) =>
      Number(value) > 0 && Number(value) <= most ? Number(value) * 1000 : bad('value.seconds', { most }),
  };
}

/** Milliseconds; whole seconds as msmtp reads them, fractions too. */
export const timeout: Kind<number | 'off'> = {
  type: 'number',
  parse(value) {
    if (value === 'off') return value;
    const number = parseInteger(value) ?? Number(value);
    return number > 0 ? number * 1000 : bad('value.seconds');
  },
};

const UNITS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of "5", "5d", "12h", "30m" or "90s". */
export const duration: Kind<number> = {
  type: 'number',
  parse(value) {
    const match = /^(\d{1,6})([smhd]?)$/.exec(value);
    return match !== null && Number(match[1]) > 0 ? Number(match[1]) * UNITS[match[2] || 'd']! : bad('value.duration');
  },
};

const ADDRESS = /^[^\s@<>]+@[^\s@<>]+$/;
export const address: Kind<string> = {
  type: 'text',
  parse: (value) => (value === '' || ADDRESS.test(value) ? value : bad('value.address', { off: false })),
};
export const addressOrOff: Kind<string> = {
  type: 'text',
  parse: (value) => (value === 'off' || ADDRESS.test(value) ? value : bad('value.address', { off: true })),
};

/** Patterns of addresses; one without "@" and "*" would match no address. */
export const patterns: Kind<string[]> = {
  type: 'list',
  parse(value) {
    const all = words(value);
    return all.every((each) => /[@*]/.test(each)) ? all : bad('value.patterns');
  },
};

export const url: Kind<string> = {
  type: 'text',
  parse(value) {
    if (value === '') return value;
    if (!/^https?:\/\/[^ ]+$/i.test(value) || !URL.canParse(value)) return bad('value.url');
    // fetch() rejects such a URL.
    return /^[^/]*\/\/[^/?#]*@/.test(value) ? bad('value.url-credentials') : value.replace(/\/+$/, '');
  },
};

export const host: Kind<string> = {
  type: 'text',
  parse(value) {
    if (value === '' || /\s/.test(value)) return bad('value.host');
    const literal = /^\[(.*)\]$/.exec(value)?.[1];
    if (literal !== undefined) {
      const bare = literal.replace(/^IPv6:/i, '');
      // Loading the network costs each mail 10 ms, and few hosts are in brackets.
      return process.getBuiltinModule('node:net').isIPv6(bare) ? bare : bad('value.host-brackets');
    }
    return /^[^:]+:\d+$|\]:\d+$/.test(value) ? bad('value.host-port') : value;
  },
};

export const dsnNotify: Kind<string> = {
  type: 'text',
  parse: (value) =>
    /^(never|(failure|delay|success)(,(failure|delay|success))*)$/.test(value) ? value : bad('value.notify'),
};

/** Hexadecimal without colons. 32 digits are MD5, which `accountOf` rejects: msmtp accepts it. */
export const fingerprint: Kind<string> = {
  type: 'text',
  parse(value) {
    const hex = value.replaceAll(':', '').toLowerCase();
    return /^([0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})?$/.test(hex) ? hex : bad('value.fingerprint');
  },
};
/** A file of `$CREDENTIALS_DIRECTORY`, as systemd names them. */
export const credential: Kind<string> = {
  type: 'text',
  parse: (value) => (/^[^/.][^/]{0,254}$|^$/.test(value) ? value : bad('value.credential')),
};

/** The first line that a command prints, or the value of a variable. */
export type Evaluate = (text: string) => { value: string } | Problem;
