// Words in the reader's language: each page keeps its own, English and German with the same keys.
import i18next from 'i18next';
import { useCallback } from 'react';
import { initReactI18next, useTranslation } from 'react-i18next';

export const languages = ['en', 'de'] as const;
export type Language = (typeof languages)[number];

/** Words of one page or part; `{{name}}` stands for a value, `_one` and `_other` for forms by `count`. */
export interface Texts<Key extends string> {
  readonly namespace: string;
  readonly en: Readonly<Record<Key, string>>;
}

const STORED = 'muster.language';
let count = 0;

function initialLanguage(): Language {
  const wish = localStorage.getItem(STORED) ?? navigator.language.slice(0, 2);
  return languages.find((one) => one === wish) ?? 'en';
}

void i18next.use(initReactI18next).init({
  lng: initialLanguage(),
  fallbackLng: 'en',
  resources: {},
  interpolation: { escapeValue: false },
  initAsync: false,
});
document.documentElement.lang = i18next.language;

/** Adds words to the catalog; German must have every key that English has. */
export function texts<Key extends string>(words: {
  readonly en: Readonly<Record<Key, string>>;
  readonly de: Readonly<Record<NoInfer<Key>, string>>;
}): Texts<Key> {
  const namespace = `text${count++}`;
  for (const language of languages) i18next.addResourceBundle(language, namespace, words[language]);
  return { namespace, en: words.en };
}

/** A key without the ending that says which form it is. */
type Plain<Key extends string> = Key extends `${infer Stem}_one` | `${infer Stem}_other` ? Stem : Key;

/** The words in the language in force, as a function of the key and the values in it; the same one until the language changes. */
export function useText<Key extends string>(words: Texts<Key>) {
  const { t } = useTranslation(words.namespace);
  return useCallback(
    (key: Plain<Key>, values: Readonly<Record<string, string | number>> = {}): string => t(key, values),
    [t],
  );
}

/** The language in force. */
export function useLanguage(): { readonly language: Language; set(language: Language): void } {
  const { i18n } = useTranslation();
  return {
    language: languages.find((one) => one === i18n.language) ?? 'en',
    set(language) {
      localStorage.setItem(STORED, language);
      document.documentElement.lang = language;
      void i18n.changeLanguage(language);
    },
  };
}
