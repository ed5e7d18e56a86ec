import { useCallback, useSyncExternalStore } from "react";

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
  /** By name, without a prototype: codes of the API may be called anything. */
  table: Readonly<Record<string, Word>>;
}

export type Values = Record<string, string | number>;
export type Translate<Name extends string> = (name: Name, values?: Values) => string;

const STORED_LANGUAGE = "voicegw.language";
const PLACE = /\{\{\s*(\w+)\s*\}\}/g;
const ENGLISH_PLURALS = new Intl.PluralRules("en");

const watchers = new Set<() => void>();
let language = startLanguage();

/**
 * The words of an area; both languages stand side by side, so none can be missing. A table that no
 * page uses is left out of the bundle.
 *
 * @__NO_SIDE_EFFECTS__
 */
export function words<const Table extends Record<string, Word>>(
  area: string,
  table: Table,
): Words<Extract<keyof Table, string>> {
  return {
    area,
    names: Object.keys(table) as Extract<keyof Table, string>[],
    table: Object.assign(Object.create(null), table),
  };
}

/** Translate the words of an area; the component is drawn again when the language changes. */
export function useText<Name extends string>(of: Words<Name>): Translate<Name> {
  const current = useLanguage();
  return useCallback((name, values) => said(of, name, current, values), [of, current]);
}

/** Translate outside of a component. */
export function textOf<Name extends string>(of: Words<Name>, name: Name, values?: Values): string {
  return said(of, name, language, values);
}

/** Whether an area has a word of this name: for codes that the API sends and may add to. */
export function isWord<Name extends string>(of: Words<Name>, name: string): name is Name {
  return name in of.table;
}

export function useLanguage(): Language {
  return useSyncExternalStore(subscribe, () => language);
}

/** Switch the language, here and at the next visit. */
export function setLanguage(next: Language): void {
  language = next;
  for (const watcher of watchers) watcher();
  try {
    localStorage.setItem(STORED_LANGUAGE, next);
  } catch {
    // A browser that keeps nothing asks again next time.
  }
}

/** The tag for Intl and `<html lang>`. */
export function localeOf(of: Language): string {
  return of === "zh" ? "zh-CN" : "en-GB";
}

/** A name that stands alone begins large: those of types and results are kept small in English. */
export function begun(name: string): string {
  return name.slice(0, 1).toUpperCase() + name.slice(1);
}

function subscribe(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

function said(of: Words<string>, name: string, to: Language, values: Values = {}): string {
  const word = of.table[name];
  // A code that is newer than this page is better shown as it is than not at all.
  if (word === undefined) return name;
  const [chinese, english] = word;
  const text = to === "zh" ? chinese : formOf(english, values.count);
  // A value that is lacking is seen as such: by tests, and by whoever has another text then.
  return text.replaceAll(PLACE, (whole, place: string) =>
    place in values ? String(values[place]) : whole,
  );
}

function formOf(english: string | Plural, count: string | number | undefined): string {
  if (typeof english === "string") return english;
  return ENGLISH_PLURALS.select(Number(count)) === "one" ? english.one : english.other;
}

function startLanguage(): Language {
  let stored: string | null = null;
  try {
    stored = localStorage.getItem(STORED_LANGUAGE);
  } catch {
    // Then the browser's own counts.
  }
  const tag = stored ?? globalThis.navigator?.language ?? "zh";
  return tag.toLowerCase().startsWith("en") ? "en" : "zh";
}
