import i18next, { type i18n } from "i18next";
import { useTranslation } from "react-i18next";

/** The languages of the console, the first one for whoever's browser names neither. */
export const LANGUAGES = ["zh", "en"] as const;
export type Language = (typeof LANGUAGES)[number];

/** English has a form for one; Chinese has not. */
export interface Plural {
  one: string;
  other: string;
}

/** A text in Chinese and in English. `{{name}}` is replaced; `count` chooses the plural. */
export type Word = readonly [zh: string, en: string | Plural];

/** The words of an area, known by name. */
export interface Words<Name extends string> {
  area: string;
  names: readonly Name[];
}

export type Values = Record<string, string | number>;
export type Translate<Name extends string> = (name: Name, values?: Values) => string;

const STORED_LANGUAGE = "voicegw.language";

/** The page's texts; areas add theirs when they are loaded. */
export const texts: i18n = i18next.createInstance();
void texts.init({
  lng: startLanguage(),
  fallbackLng: "zh",
  resources: {},
  initAsync: false,
  keySeparator: false,
  nsSeparator: false,
  interpolation: { escapeValue: false }, // React escapes
});

/** Make the words of an area known; both languages stand side by side, so none can be missing. */
export function words<const Table extends Record<string, Word>>(
  area: string,
  table: Table,
): Words<Extract<keyof Table, string>> {
  const zh: Record<string, string> = {};
  const en: Record<string, string> = {};
  for (const [name, [chinese, english]] of Object.entries<Word>(table)) {
    zh[name] = chinese;
    if (typeof english === "string") {
      en[name] = english;
    } else {
      en[`${name}_one`] = english.one;
      en[`${name}_other`] = english.other;
    }
  }
  texts.addResourceBundle("zh", area, zh);
  texts.addResourceBundle("en", area, en);
  return { area, names: Object.keys(table) as Extract<keyof Table, string>[] };
}

/** Translate the words of an area; the component is drawn again when the language changes. */
export function useText<Name extends string>(of: Words<Name>): Translate<Name> {
  const { t } = useTranslation(of.area, { i18n: texts });
  return (name, values) => t(name, { ...values });
}

/** Translate outside of a component. */
export function textOf<Name extends string>(of: Words<Name>, name: Name, values?: Values): string {
  return texts.t(name, { ns: of.area, ...values });
}

/** Whether an area has a word of this name: for codes that the API sends and may add to. */
export function isWord<Name extends string>(of: Words<Name>, name: string): name is Name {
  return (of.names as readonly string[]).includes(name);
}

export function useLanguage(): Language {
  const { i18n } = useTranslation(undefined, { i18n: texts });
  return languageOf(i18n.language);
}

/** Switch the language, here and at the next visit. */
export function setLanguage(language: Language): void {
  void texts.changeLanguage(language);
  try {
    localStorage.setItem(STORED_LANGUAGE, language);
  } catch {
    // A browser that keeps nothing asks again next time.
  }
}

/** The tag for Intl and `<html lang>`. */
export function localeOf(language: Language): string {
  return language === "zh" ? "zh-CN" : "en-GB";
}

function startLanguage(): Language {
  let stored: string | null = null;
  try {
    stored = localStorage.getItem(STORED_LANGUAGE);
  } catch {
    // Then the browser's own counts.
  }
  return languageOf(stored ?? globalThis.navigator?.language ?? "zh");
}

function languageOf(tag: string): Language {
  return tag.toLowerCase().startsWith("en") ? "en" : "zh";
}
