// What one finding of the relay's audit is: how bad, what to write, and its text in every language, in one place.

/** `danger`: strangers can use or read it; `error`: mail is refused, lost or not sent; `warning`: it may be, or is worse than need be. */
export type RelaySeverity = 'danger' | 'error' | 'warning';
export type RelayArgs = { readonly [name: string]: string | number };

export interface RelayDefinition<A extends RelayArgs> {
  severity: RelaySeverity;
  /** Lines to write, each with `main.cf: ` or `master.cf: ` in front, or `run: ` for a command. */
  fix: (args: A) => readonly string[];
  /** What is so, and what comes of it: two sentences at most. */
  en: (args: A) => string;
  ru: (args: A) => string;
}

/** What depends on the arguments, or is the same for all. */
type Form<A, T> = T | ((args: A) => T);

/** Keeps the type of the arguments, so that a missing argument or translation does not compile. */
export function define<A extends RelayArgs = Record<never, never>>(
  severity: RelaySeverity,
  fix: Form<A, readonly string[]>,
  en: Form<A, string>,
  ru: Form<A, string>,
): RelayDefinition<A> {
  return { severity, fix: of(fix), en: of(en), ru: of(ru) };
}

function of<A, T extends string | readonly string[]>(form: Form<A, T>): (args: A) => T {
  return typeof form === 'function' ? form : () => form;
}
