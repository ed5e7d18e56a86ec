import { useCallback } from "react";
import { useFormat } from "../../../kit/format";
import { directions, taskTypes } from "../../../text/codes";
import { countyText } from "../../../text/county";
import { isWord, textOf, useText } from "../../../text/words";
import type { ReportRow, SplitBy } from "./read";

/** What a row is about, as people call it: a day, a person, a kind. */
export function useRowName(by: SplitBy): (row: ReportRow) => string {
  const t = useText(countyText);
  const format = useFormat("UTC");
  return useCallback(
    (row) => {
      const [key, value] = Object.entries(row.keys)[0] ?? ["", null];
      if (value === null) return t("withoutAny");
      const name = row.names[key];
      if (name !== undefined) return name;
      const moment = `${value}T00:00:00Z`;
      if (by === "day") return format.date(moment);
      if (by === "week") return t("weekOf", { day: format.date(moment) });
      if (by === "type") {
        if (isWord(taskTypes, value)) return textOf(taskTypes, value);
        if (isWord(directions, value)) return textOf(directions, value);
      }
      return value;
    },
    [by, t, format],
  );
}
