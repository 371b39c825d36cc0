// The form of the doctor's words: what was found and what to do about it, in two languages, with an example for the docs.

import { providerById } from '../../shared/providers/lookup.ts';
import type { Provider } from '../../shared/providers/types.ts';

export interface Words {
  /** What was found: one line. */
  says: string;
  /** What it rests on, where that is known. */
  detail?: string;
  /** What to do, with the line to write where there is one. */
  remedy?: string;
}

export interface Text<A> {
  /** What it may be said of; the docs show it. */
  example: A;
  en: (args: A) => Words;
  ru: (args: A) => Words;
}

/** `{name}` is the fact of that name, if nothing else depends on the facts. */
type Lines = readonly [says: string, remedy?: string];
type Form<A> = Lines | ((args: A) => Lines);
type Names<T> = T extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;
/** A name that is no fact does not compile. */
type Known<F, A> = F extends Lines ? (Names<F[number]> extends keyof A ? F : never) : F;

export function text<A extends Record<string, unknown>, const E extends Form<A>, const R extends Form<A>>(
  example: A,
  en: E & Known<E, A>,
  ru: R & Known<R, A>,
): Text<A> {
  return { example, en: (args) => words(en, args), ru: (args) => words(ru, args) };
}

function words<A extends Record<string, unknown>>(form: Form<A>, args: A): Words {
  const filled = (line: string) => line.replace(/\{(\w+)\}/g, (_, name: string) => String(args[name]));
  const [says, remedy] = typeof form === 'function' ? form(args) : form.map((line) => filled(line ?? ''));
  return { says: says!, ...(remedy === undefined ? {} : { remedy }) };
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
