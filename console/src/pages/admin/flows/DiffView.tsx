import { useMemo } from "react";
import { flowsText } from "../../../text/flows";
import { useText } from "../../../text/words";
import { type DiffLine, diffLines } from "./diff";
import styles from "./flows.module.css";

/** How many lines around a change are shown. */
const AROUND = 3;
const SIGNS: Readonly<Record<DiffLine["kind"], string>> = { same: " ", added: "+", removed: "−" };

/** What changed from one text to another, with some lines around it. */
export function DiffView({ before, after }: { before: string; after: string }) {
  const t = useText(flowsText);
  const lines = useMemo(() => diffLines(before, after), [before, after]);
  const isNear = (place: number): boolean =>
    lines.slice(Math.max(place - AROUND, 0), place + AROUND + 1).some((one) => one.kind !== "same");
  if (lines.every((one) => one.kind === "same"))
    return <p className={styles.quiet}>{t("noDifference")}</p>;
  return (
    <pre className={styles.diff}>
      {lines.map(
        (line, place) =>
          isNear(place) && (
            <span
              key={`${line.before} ${line.after}`}
              className={styles.diffLine}
              data-kind={line.kind}
            >
              <span className={styles.diffNumber}>{line.after ?? line.before}</span>
              {SIGNS[line.kind]} {line.text}
              {"\n"}
            </span>
          ),
      )}
    </pre>
  );
}
