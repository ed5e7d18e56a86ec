import type { Schema } from "../../../api/client";
import { decode, rowsOfCsv } from "./csv";
import { rowsOfXlsx } from "./xlsx";

export type Kind = Schema<"ImportMappingView">["kind"];
export type Mapping = Schema<"ImportMappingView">;

/** The beginning of a table file: its titles, and some rows to look at. */
export interface Head {
  titles: readonly string[];
  rows: readonly (readonly string[])[];
}

/** What a title means: a column, `""` to pass it over, null: kept under its own name or refused. */
export type Meaning = string | null;

const SAMPLE_ROWS = 6;
const HEAD_BYTES = 1 << 18;

/** Read the beginning of a file; throws where it can't be read. A large file costs no more. */
export async function headOf(file: File): Promise<Head> {
  const start = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  const isWorkbook = start[0] === 0x50 && start[1] === 0x4b;
  const rows = isWorkbook
    ? await rowsOfXlsx(file, SAMPLE_ROWS)
    : rowsOfCsv(decode(start), SAMPLE_ROWS);
  const [titles, ...rest] = rows;
  if (titles === undefined) throw new Error("empty");
  return { titles: titles.map((title) => title.trim()), rows: rest };
}

/** What each title of a file means: as was said last, else as is always known. */
export function meaningsOf(titles: readonly string[], known: Mapping): Record<string, Meaning> {
  const always = folded(known.titles);
  const kept = folded(known.mapping);
  return Object.fromEntries(
    titles
      .filter((title) => title !== "")
      .map((title) => {
        const fold = title.toLowerCase();
        return [title, kept.get(fold) ?? always.get(fold) ?? null];
      }),
  );
}

/** What must be told beside what is always known. */
export function mappingOf(
  meanings: Readonly<Record<string, Meaning>>,
  known: Mapping,
): Record<string, string> {
  const always = folded(known.titles);
  const told: Record<string, string> = {};
  for (const [title, meaning] of Object.entries(meanings)) {
    if (meaning !== null && always.get(title.toLowerCase()) !== meaning) told[title] = meaning;
  }
  return told;
}

export interface Faults {
  /** Columns without which no row is taken. */
  missing: readonly string[];
  /** Columns that two titles name. */
  twice: readonly string[];
  /** Titles that mean nothing here, where such are refused. */
  unknown: readonly string[];
}

/** What is wrong with the meanings as a whole. */
export function faultsOf(meanings: Readonly<Record<string, Meaning>>, known: Mapping): Faults {
  const columns = Object.values(meanings).filter((one) => one !== null && one !== "");
  return {
    missing: known.required.filter((column) => !columns.includes(column)),
    twice: [...new Set(columns.filter((one, at) => columns.indexOf(one) !== at))].filter(
      (one) => one !== null,
    ),
    unknown: known.keeps_others
      ? []
      : Object.entries(meanings).flatMap(([title, meaning]) => (meaning === null ? [title] : [])),
  };
}

function folded(names: Readonly<Record<string, string>>): Map<string, string> {
  return new Map(Object.entries(names).map(([title, name]) => [title.toLowerCase(), name]));
}
