import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { uiTextsEn } from './en.ts';
import type { Texts } from './use-text.ts';
import { uiTextsZh } from './zh.ts';

export const languages = ['zh', 'en'] as const;
export type Language = (typeof languages)[number];

const storageKey = 'jzse.language';
const documentLanguage: Record<Language, string> = { zh: 'zh-CN', en: 'en' };

/** Starts the texts in the language that the person chose, else in the first one of the browser's that we have. */
export function setUpLanguage(namespaces: Readonly<Record<string, Record<Language, Texts>>>): void {
  const resources = Object.fromEntries(
    languages.map((language) => [
      language,
      {
        ui: language === 'zh' ? uiTextsZh : uiTextsEn,
        ...Object.fromEntries(Object.entries(namespaces).map(([name, texts]) => [name, texts[language]])),
      },
    ]),
  );
  i18next.on('languageChanged', (language) => {
    document.documentElement.lang = documentLanguage[language as Language] ?? language;
  });
  void i18next.use(initReactI18next).init({
    resources,
    lng: chosenLanguage() ?? browserLanguage(),
    fallbackLng: 'en',
    keySeparator: false,
    nsSeparator: false,
    interpolation: { escapeValue: false },
    initAsync: false,
  });
}

/** What the person chose, or null while the browser decides. */
export function chosenLanguage(): Language | null {
  const stored = localStorage.getItem(storageKey);
  return languages.find((language) => language === stored) ?? null;
}

export function chooseLanguage(language: Language | null): void {
  if (language === null) localStorage.removeItem(storageKey);
  else localStorage.setItem(storageKey, language);
  void i18next.changeLanguage(language ?? browserLanguage());
}

function browserLanguage(): Language {
  for (const tag of navigator.languages) {
    const match = languages.find((language) => tag.toLowerCase().startsWith(language));
    if (match !== undefined) return match;
  }
  return 'en';
}
