import { useCallback } from "react";
import type { Fault } from "../api/problem";
import { faults, faultWord, fieldNames } from "../text/faults";
import { isWord, useLanguage, useText } from "../text/words";

/**
 * How a fault of a field is said in the page's language; the API's sentence where it has no word.
 * `areNamesRaw`: fields are written down by their names in the API, as in the text of a flow.
 */
export function useFaultText(areNamesRaw = false): (fault: Fault) => string {
  const t = useText(faults);
  const known = useFieldName();
  const nameOf = areNamesRaw ? asItIs : known;
  const comma = useLanguage() === "zh" ? "、" : ", ";
  return useCallback(
    ({ kind, params, message }) => {
      const given = Object.fromEntries(Object.entries(params).filter(([, value]) => value !== ""));
      const word = faultWord(kind, given);
      if (word === null) return message;
      const said = Object.entries(given).map(([name, value]) => [
        name,
        FIELDS.has(name) ? String(value).split(", ").map(nameOf).join(comma) : value,
      ]);
      // English has a form for one of what the limit counts; no word has two limits to agree with.
      const count = Number(given.max ?? given.max_days ?? given.max_s ?? given.min ?? 0);
      const text = t(word, { ...Object.fromEntries(said), count });
      // A value that an older gateway does not send along.
      return text.includes("{{") ? message : text;
    },
    [t, nameOf, comma],
  );
}

function asItIs(name: string): string {
  return name;
}

/** Values of faults that are names of fields. */
const FIELDS: ReadonlySet<string> = new Set(["other", "fields"]);

/**
 * What a field of the API is called where no form shows it: `numbers.0` by its first part, `line 7`
 * of a text as such.
 */
export function useFieldName(): (field: string) => string {
  const t = useText(fieldNames);
  return useCallback(
    (field) => {
      const line = /^line (\d+)$/.exec(field)?.[1];
      if (line !== undefined) return t("line-of-text", { line });
      const [name = field] = field.split(".");
      return isWord(fieldNames, field) ? t(field) : isWord(fieldNames, name) ? t(name) : field;
    },
    [t],
  );
}
