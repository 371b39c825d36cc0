// What the value of a directive can be: one parser for each kind, from the text of the file to a typed value.

/** What is wrong with a value: what to write instead, without the value, which may be a secret. */
export interface Problem {
  problem: string;
}
export interface Kind<V> {
  /** A file and a command are treated differently elsewhere: `~`, and text that a shell reads. */
  type: 'text' | 'choice' | 'integer' | 'number' | 'file' | 'files' | 'list' | 'command';
  /** What a directive without an argument means; absent where it needs one. */
  empty?: string;
  choices?: readonly string[];
  parse: (text: string) => V | Problem;
}

const bad = (text: string): Problem => ({ problem: text });

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
      return choices.find((each) => each === folded) ?? bad(expected(choices));
    },
  };
}

function expected(choices: readonly string[]): string {
  return choices.length === 2 ? `write ${choices.join(' or ')}` : `write one of ${choices.join(', ')}`;
}

/** The values of `kind` as others. */
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

/** One word means no value. */
export function orNone<V, const N extends string = 'off'>(
  kind: Kind<V>,
  none: N = 'off' as N,
): Kind<Exclude<V, N> | undefined> {
  return { ...kind, parse: (value) => (value === none ? undefined : (kind.parse(value) as Exclude<V, N> | Problem)) };
}

export function integer(least: number, most: number): Kind<number> {
  return {
    type: 'integer',
    parse(value) {
      const number = parseInteger(value);
      if (number === undefined) return bad('write a whole number');
      return number >= least && number <= most ? number : bad(`write ${least} to ${most}`);
    },
  };
}

export const port = integer(1, 65_535);

// msmtp reads numbers by strtol with base 0, so 0465 is octal; its writer meant 465, yet both programs must agree.
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
      Number(value) > 0 && Number(value) <= most ? Number(value) * 1000 : bad(`write seconds, at most ${most}`),
  };
}

/** msmtp's: whole seconds as it reads them, fractions as well. */
export const timeout: Kind<number | 'off'> = {
  type: 'number',
  parse(value) {
    if (value === 'off') return value;
    const number = parseInteger(value) ?? Number(value);
    return number > 0 ? number * 1000 : bad('write seconds, or off');
  },
};

const UNITS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of "5", "5d", "12h", "30m" or "90s". */
export const duration: Kind<number> = {
  type: 'number',
  parse(value) {
    const match = /^(\d{1,6})([smhd]?)$/.exec(value);
    return match !== null && Number(match[1]) > 0
      ? Number(match[1]) * UNITS[match[2] || 'd']!
      : bad('write a number of days, or such as 12h or 30m');
  },
};

const ADDRESS = /^[^\s@<>]+@[^\s@<>]+$/;
export const address: Kind<string> = {
  type: 'text',
  parse: (value) => (value === '' || ADDRESS.test(value) ? value : bad('write an address')),
};
export const addressOrOff: Kind<string> = {
  type: 'text',
  parse: (value) => (value === 'off' || ADDRESS.test(value) ? value : bad('write an address, or off')),
};

/** Patterns of addresses: one with neither "@" nor "*" would match none. */
export const patterns: Kind<string[]> = {
  type: 'list',
  parse(value) {
    const all = words(value);
    return all.every((each) => /[@*]/.test(each)) ? all : bad('write addresses, or patterns such as *@shop.example');
  },
};

export const url: Kind<string> = {
  type: 'text',
  parse(value) {
    if (value === '') return value;
    if (!/^https?:\/\/[^ ]+$/i.test(value) || !URL.canParse(value))
      return bad('write a URL that starts with https:// or http://');
    // fetch() refuses such a URL.
    return /^[^/]*\/\/[^/?#]*@/.test(value)
      ? bad('write the URL without user and password; "preflight_token" is for the token')
      : value.replace(/\/+$/, '');
  },
};

export const host: Kind<string> = {
  type: 'text',
  parse(value) {
    if (value === '') return bad('host needs an argument');
    if (/\s/.test(value)) return bad('write one name or address; a second relay is an account of its own');
    const literal = /^\[(.*)\]$/.exec(value)?.[1];
    if (literal !== undefined) {
      const bare = literal.replace(/^IPv6:/i, '');
      // Loading the network costs each mail 10 ms, and few hosts stand in brackets.
      return process.getBuiltinModule('node:net').isIPv6(bare)
        ? bare
        : bad('only an IPv6 address may stand in brackets');
    }
    return /^[^:]+:\d+$|\]:\d+$/.test(value) ? bad('write the name alone, and "port N" in its own line') : value;
  },
};

export const dsnNotify: Kind<string> = {
  type: 'text',
  parse: (value) =>
    /^(never|(failure|delay|success)(,(failure|delay|success))*)$/.test(value)
      ? value
      : bad('write off, never, or a list of failure, delay, success'),
};

/** Hexadecimal without colons. 32 digits are MD5, which an account that is used must not have: a cross-check says so. */
export const fingerprint: Kind<string> = {
  type: 'text',
  parse(value) {
    const hex = value.replaceAll(':', '').toLowerCase();
    return /^([0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})?$/.test(hex)
      ? hex
      : bad('write the SHA-256 fingerprint in hexadecimal');
  },
};
/** A file of `$CREDENTIALS_DIRECTORY`, as systemd names them. */
export const credential: Kind<string> = {
  type: 'text',
  parse: (value) => (/^[^/.][^/]{0,254}$|^$/.test(value) ? value : bad('write the name of a credential, without "/"')),
};

/** The first line that a command prints, or what a variable holds; a string in `error` says why there is none. */
export type Evaluate = (text: string) => { value: string } | { error: string };
