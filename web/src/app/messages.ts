/**
 * The languages. Each feature keeps its words in `messages.en.json` and `messages.de.json` beside its pages, under one key
 * of its own; a language is loaded when it is chosen. English stands in for what another language lacks.
 */
import { nextTick } from 'vue';
import { createI18n, type I18n } from 'vue-i18n';

export const LANGUAGES = { en: 'English', de: 'Deutsch' } as const;
export type Language = keyof typeof LANGUAGES;
/** The text of every key; `{name}` is filled in, `|` separates one from many. */
export type Messages = Record<string, Record<string, unknown>>;
export type StandI18n = I18n<Record<string, Messages>, Record<string, unknown>, Record<string, unknown>, string, false>;

const KEPT_AS = 'pocket-language';
const LOADERS: Record<Language, () => Promise<{ default: Messages }>> = {
  en: () => import('./locale/en.ts'),
  de: () => import('./locale/de.ts'),
};

export async function createMessages(): Promise<StandI18n> {
  const i18n = createI18n({ legacy: false, locale: 'en', fallbackLocale: 'en', messages: {} }) as unknown as StandI18n;
  await chooseLanguage(i18n, 'en');
  const language = firstLanguage();
  if (language !== 'en') await chooseLanguage(i18n, language);
  return i18n;
}

/** The one chosen before, else the browser's, else English. */
function firstLanguage(): Language {
  const kept = localStorage.getItem(KEPT_AS);
  const wished = [kept ?? '', ...navigator.languages].map((tag) => tag.slice(0, 2).toLowerCase());
  return wished.find(isLanguage) ?? 'en';
}

export function isLanguage(tag: string): tag is Language {
  return tag in LANGUAGES;
}

export async function chooseLanguage({ global }: StandI18n, language: Language): Promise<void> {
  if (!global.availableLocales.includes(language))
    global.setLocaleMessage(language, (await LOADERS[language]()).default);
  global.locale.value = language;
  document.documentElement.lang = language;
  await nextTick();
}

export function keepLanguage(language: Language): void {
  localStorage.setItem(KEPT_AS, language);
}
