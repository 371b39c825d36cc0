// Texts in several languages: English always, every other language where a translation exists.

export const LANGUAGES = ['en', 'ru'] as const;
export type Language = (typeof LANGUAGES)[number];

/** One text for each language. Only English is required, so that a contributor without another language can add a text. */
export type Translated<T> = { en: T } & { [L in Exclude<Language, 'en'>]?: T };

/** The text in the language, in English where it is not translated. */
export function translation<T>(texts: Translated<T>, language: Language): T {
  return texts[language] ?? texts.en;
}

/** The languages that a text is not translated into. */
export function missingTranslations(texts: Translated<unknown>): Language[] {
  return LANGUAGES.filter((language) => texts[language] === undefined);
}

/** Parts of sentences by their id. */
export type Phrases = Translated<Readonly<Record<string, string>>>;

/** The phrase of an id in the language, in English where it is not translated; the id itself where there is none. */
export function phrase(phrases: Phrases, language: Language, id: string): string {
  return phrases[language]?.[id] ?? phrases.en[id] ?? id;
}
