// The form of a result of the doctor: an id with its facts, and the text of each id with an example for the docs.

import type { Finding } from '../../shared/findings/catalog.ts';
import type { Language } from '../../shared/findings/define.ts';
import { providerById } from '../../shared/providers/lookup.ts';
import type { Provider } from '../../shared/providers/types.ts';

export interface Explanation {
  /** What was found: one line. */
  text: string;
  /** The evidence, where there is some. */
  cause?: string;
  /** What to do, with the line to write where there is one. */
  remedy?: string;
}

export interface Definition<A> {
  /** Facts as they occur; the docs show the text with them. */
  example: A;
  en: (args: A) => Explanation;
  /** Undefined: not translated yet, so that English is shown. */
  ru?: (args: A) => Explanation;
}

/** `{name}` is the fact of that name, if nothing else depends on the facts. */
type Lines = readonly [text: string, remedy?: string];
type Form<A> = Lines | ((args: A) => Lines);
type Names<T> = T extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;
/** A name that is not a fact does not compile. */
type Known<F, A> = F extends Lines ? (Names<F[number]> extends keyof A ? F : never) : F;

export function define<A extends Record<string, unknown>, const E extends Form<A>, const R extends Form<A>>(
  example: A,
  en: E & Known<E, A>,
  ru?: R & Known<R, A>,
): Definition<A> {
  return {
    example,
    en: (args) => filled(en, args),
    ...(ru === undefined ? {} : { ru: (args: A) => filled(ru, args) }),
  };
}

function filled<A extends Record<string, unknown>>(form: Form<A>, args: A): Explanation {
  const fill = (line: string) => line.replace(/\{(\w+)\}/g, (_, name: string) => String(args[name]));
  if (typeof form === 'function') return explanation(...form(args));
  const [text, remedy] = form;
  return explanation(fill(text), remedy === undefined ? undefined : fill(remedy));
}

function explanation(text: string, remedy?: string): Explanation {
  return { text, ...(remedy === undefined ? {} : { remedy }) };
}

/** In that language where the row is translated, else in English. */
export function explained<A>(row: Definition<A>, args: A, lang: Language): Explanation {
  return (row[lang] ?? row.en)(args);
}

/** The remedy at a provider, whose id this is, or else at a relay of one's own. */
export function remedyAt(
  id: string,
  atProvider: (provider: Provider) => string | undefined,
  otherwise: string,
): string {
  const provider = providerById(id);
  return (provider && atProvider(provider)) ?? otherwise;
}

export type Level = 'ok' | 'warning' | 'failure' | 'skipped';
/** One result of a check. */
export type Result = LinkResult | FindingResult;

export interface LinkResult {
  id: string;
  level: Level;
  args: Readonly<Record<string, unknown>>;
}

/** A finding of the check of DNS; its text is that of the finding. */
export interface FindingResult {
  id: 'dns.finding';
  level: Level;
  finding: Finding;
}

/** The facts of one row. */
type ArgsOf<D> = D extends { en: (args: infer A) => Explanation } ? A : never;

/**
 * Makes results of these rows; a missing fact does not compile.
 * @example const result = resultsOf(spoolTexts);
 */
export function resultsOf<T extends Readonly<Record<string, Pick<Definition<never>, 'en'>>>>(_rows: T) {
  return <K extends keyof T & string>(level: Level, id: K, args: ArgsOf<T[K]>): Result => ({
    id,
    level,
    args: args as LinkResult['args'],
  });
}

/** Parts of the check in the order in which a mail passes them. */
export const AREAS = ['program', 'config', 'php', 'spool', 'relay', 'dns', 'queue', 'send'] as const;
export type Area = (typeof AREAS)[number];

/** Titles. */
// biome-ignore format: a line for each language.
export const HEADINGS: Record<Language, Record<Area, string>> = {
  en: { program: 'Program', config: 'Configuration', php: 'PHP', spool: 'Spool', relay: 'Relay', dns: 'DNS', queue: 'Queue', send: 'Sending' },
  ru: { program: 'Программа', config: 'Настройки', php: 'PHP', spool: 'Спул', relay: 'Релей', dns: 'DNS', queue: 'Очередь', send: 'Отправка' },
};

/** The part that an id belongs to: it begins with the name. */
export function areaOf(id: string): Area {
  const area = AREAS.find((each) => id.startsWith(`${each}.`));
  if (area === undefined) throw new Error(`${id} begins with none of ${AREAS.join(', ')}`);
  return area;
}

/** Skipped checks that no mail from here depends on. */
const NOT_NEEDED: ReadonlySet<string> = new Set([
  'relay.by-address',
  'relay.port-unknown',
  'dns.mailbox',
  // Without the launcher or its answer the program does all.
  'program.unlaunched',
  'program.unasked',
  'program.unheard',
]);

/** Something that a mail depends on was not checked, so that the summary cannot say that all is well. */
export function isGap({ id, level }: Result): boolean {
  return level === 'skipped' && !NOT_NEEDED.has(id);
}
