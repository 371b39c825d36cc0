// What to do about the messages of the shim: one row for each kind of trouble, in two languages; the rows are in the files beside.

import type { DiagnosticId } from '../../shim/messages/catalogue.ts';

export type Lang = 'en' | 'ru';

export interface Trouble {
  /** Messages of the catalogue. */
  ids: readonly DiagnosticId[];
  /** Messages as the source writes them; "…" stands for any text. */
  messages: readonly string[];
  /** Exit codes that the source does not name beside the message. */
  codes?: readonly number[];
  /** Why it comes, and what to do. */
  en: readonly [cause: string, remedy: string];
  ru: readonly [cause: string, remedy: string];
}

export interface Chapter {
  title: Record<Lang, string>;
  troubles: readonly Trouble[];
}

/** What several messages of the catalogue have in common. */
export const explained = (
  ids: DiagnosticId | readonly DiagnosticId[],
  en: readonly [string, string],
  ru: readonly [string, string],
  codes?: readonly number[],
): Trouble => ({ ...trouble([], en, ru, codes), ids: typeof ids === 'string' ? [ids] : ids });

export const trouble = (
  messages: string | readonly string[],
  en: readonly [string, string],
  ru: readonly [string, string],
  codes?: readonly number[],
): Trouble => ({
  ids: [],
  messages: typeof messages === 'string' ? [messages] : messages,
  en,
  ru,
  ...(codes === undefined ? {} : { codes }),
});

/** Whether a pattern of a row covers a message of the source. */
export function covers(pattern: string, message: string): boolean {
  const parts = pattern.split('…').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('[\\s\\S]*')}$`).test(message);
}
