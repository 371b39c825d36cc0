// Values from the environment: which texts name a variable, and which variables are never used.

import { diagnostic } from '../messages/catalogue.ts';
import { hasControl } from '../text/printable.ts';
import type { Evaluate } from './kinds.ts';

/**
 * A value that is one reference and nothing else. `${NAME}` always is a reference, `$NAME` only in capitals, since a
 * password may begin with "$"; without an underscore, and if no such variable is set, it is a password too.
 */
const BRACED = /^\$\{([A-Za-z_][A-Za-z0-9_]{0,127})\}$/;
const BARE = /^\$([A-Z][A-Z0-9_]{0,127})$/;
/** CGI (RFC 3875 section 4.1) and what servers add: a client of the web sets them, or parts of them. */
const OF_CLIENTS =
  /^(?:HTTPS?|REQUEST|QUERY|PATH_INFO|PATH_TRANSLATED|ORIG|REMOTE|CONTENT|SERVER|SCRIPT|DOCUMENT|REDIRECT|AUTH_TYPE|GATEWAY|CONTEXT|PHP|SSL|FCGI|UNIQUE_ID|ARG[VC])(?:_|$)/i;
/** Bytes: more than any token has. */
const LONGEST = 16 * 1024;

/** The name of the variable that a value refers to. */
export function variableIn(text: string, environment: NodeJS.ProcessEnv = process.env): string | undefined {
  if (!text.startsWith('$')) return undefined;
  const braced = BRACED.exec(text)?.[1];
  if (braced !== undefined) return braced;
  const bare = BARE.exec(text)?.[1];
  return bare !== undefined && (bare.includes('_') || environment[bare] !== undefined) ? bare : undefined;
}

const taken = new Set<string>();
/** Variables whose values the configuration of this process has: a sender that it starts needs them too. */
export const takenVariables: ReadonlySet<string> = taken;

/** The value of a variable of this process, without its final line end. */
export const valueOfVariable: Evaluate = (name) => {
  if (OF_CLIENTS.test(name)) return { problem: diagnostic('variable.of-client', { name }) };
  const value = process.env[name]?.replace(/\r?\n$/, '');
  if (value === undefined) return { problem: diagnostic('variable.unset', { name }) };
  if (hasControl(value, { tab: true })) return { problem: diagnostic('variable.control', { name }) };
  if (Buffer.byteLength(value) > LONGEST) return { problem: diagnostic('variable.too-long', { name, most: LONGEST }) };
  taken.add(name);
  return { value };
};
