// The form of the doctor's words: what was found and what to do about it, in two languages, with an example for the docs.

import { providerById } from '../../shared/providers/lookup.ts';
import type { Provider } from '../../shared/providers/types.ts';

export interface Words {
  /** What was found: one line. */
  says: string;
  /** What to do, with the line to write where there is one. */
  remedy?: string;
}

export interface Text<A> {
  /** What it may be said of; the docs show it. */
  example: A;
  en: (args: A) => Words;
  ru: (args: A) => Words;
}

export function text<A>(example: A, en: (args: A) => Words, ru: (args: A) => Words): Text<A> {
  return { example, en, ru };
}

/** For what needs no facts. */
export type Nothing = Record<string, never>;

/** The remedy at a provider, whose id this is, or else at a relay of one's own. */
export function remedyAt(
  id: string,
  atProvider: (provider: Provider) => string | undefined,
  otherwise: string,
): string {
  const provider = providerById(id);
  return (provider && atProvider(provider)) ?? otherwise;
}
