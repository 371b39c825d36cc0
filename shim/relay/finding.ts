// The form of a finding of `mailshim relay audit`: how bad it is, what to write, and its text in each language.

/** `danger`: strangers can use or read it; `error`: mail is rejected, lost or not sent; `warning`: it may be, or protection is missing. */
export type RelaySeverity = 'danger' | 'error' | 'warning';
export type RelayArgs = { readonly [name: string]: string | number };

export interface RelayDefinition<A extends RelayArgs> {
  severity: RelaySeverity;
  /** Lines to write, each after `main.cf: ` or `master.cf: `, or `run: ` for a command. */
  fix: (args: A) => readonly string[];
  /** What was found and its consequence: at most two sentences. */
  en: (args: A) => string;
  ru: (args: A) => string;
}

/** What depends on the arguments, or is the same for all. */
type Form<A, T> = T | ((args: A) => T);

/** Keeps the type of the arguments, so that a missing argument does not compile. */
export function define<A extends RelayArgs = Record<never, never>>(
  severity: RelaySeverity,
  fix: Form<A, readonly string[]>,
  en: Form<A, string>,
  ru: Form<A, string>,
): RelayDefinition<A> {
  return { severity, fix: formed(fix), en: formed(en), ru: formed(ru) };
}

function formed<A, T extends string | readonly string[]>(form: Form<A, T>): (args: A) => T {
  return typeof form === 'function' ? form : () => form;
}

/** Where something is written. */
export interface Place {
  file: string;
  /** From 1; undefined where something is missing. */
  line?: number | undefined;
}

/** One finding: plain JSON without any language in it. */
export interface RelayFinding extends Place {
  id: string;
  args: RelayArgs;
}

/** The arguments of one row. */
type ArgsOf<D> = D extends RelayDefinition<infer A> ? A : never;

/** Makes findings of these rows; a missing argument does not compile. */
export function findingsOf<T extends Readonly<Record<string, RelayDefinition<never>>>>(_rows: T) {
  return <K extends keyof T & string>(id: K, args: ArgsOf<T[K]>, { file, line }: Place): RelayFinding => ({
    id,
    args,
    file,
    line,
  });
}
