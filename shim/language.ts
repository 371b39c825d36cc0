// Texts in several languages: English is complete, others may lack entries and then show English.

export type Lang = 'en' | 'ru';

export type Translated<T> = { readonly en: T } & { readonly [lang in Exclude<Lang, 'en'>]?: Partial<T> };

/** Texts whose form the English ones give. */
export function translated<T>(texts: { readonly en: T; readonly ru?: Partial<NoInfer<T>> }): Translated<T> {
  return texts;
}

/** The texts of one language, each that is not translated in English. */
export function inLanguage<T extends object>(texts: Translated<T>, lang: Lang): T {
  return lang === 'en' ? texts.en : { ...texts.en, ...texts[lang] };
}

/** Names of the entries that are not translated, for the test that lists them. */
export function untranslated<T extends object>(texts: Translated<T>): string[] {
  return Object.keys(texts.en).filter((name) => !Object.hasOwn(texts.ru ?? {}, name));
}
