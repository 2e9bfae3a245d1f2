/**
 * Words. A language is a chunk of its own, fetched once and kept, so switching needs no reload and nobody downloads both at start.
 * Keys are typed from English; `i18n.test.ts` compares the other languages and finds keys nobody uses.
 */
import { createInstance } from 'i18next';
import { initReactI18next } from 'react-i18next';
import type { Language } from '@/shared/preferences/preferences';
import type { en } from './en';
import type { later } from './en/later';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation';
    resources: { translation: typeof en & typeof later };
    returnNull: false;
  }
}

export const i18n = createInstance();

const loaders: Record<Language, () => Promise<object>> = {
  en: () => import('./en').then((module) => module.en),
  ar: () => import('./ar').then((module) => module.ar),
};

const laterLoaders: Record<Language, () => Promise<object>> = {
  en: () => import('./en/later').then((module) => module.later),
  ar: () => import('./ar/later').then((module) => module.later),
};
let laterWanted = false;

async function addLater(language: Language): Promise<void> {
  i18n.addResourceBundle(language, 'translation', await laterLoaders[language](), true);
}

/** Fetches the words of the pages that are not part of the first load; from then on every language brings them along. */
export async function loadLaterWords(): Promise<void> {
  if (laterWanted) return;
  await addLater(i18n.language as Language);
  laterWanted = true;
}

export async function startTranslation(language: Language): Promise<void> {
  await i18n.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    resources: { [language]: { translation: await loaders[language]() } },
    interpolation: { escapeValue: false },
    returnNull: false,
    showSupportNotice: false,
  } as Parameters<typeof i18n.init>[0]);
}

export async function activateLanguage(language: Language): Promise<void> {
  if (i18n.language === language) return;
  if (!i18n.hasResourceBundle(language, 'translation')) {
    i18n.addResourceBundle(language, 'translation', await loaders[language]());
    if (laterWanted) await addLater(language);
  }
  await i18n.changeLanguage(language);
}
