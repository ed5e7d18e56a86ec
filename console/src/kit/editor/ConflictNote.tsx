import { GitMerge } from "lucide-react";
import { Group } from "react-aria-components";
import { editingText } from "../../text/editing";
import { useText } from "../../text/words";
import { Button } from "../Button";
import styles from "./Conflict.module.css";
import type { Conflict } from "./useEditor";

export interface ConflictNoteProps<Draft extends object> {
  conflict: Conflict<Draft>;
  /** What is in the form now. */
  draft: Draft;
  labelOf(field: keyof Draft & string): string;
  shownOf(field: keyof Draft & string, draft: Draft): string;
  onDecide(field: keyof Draft & string, whose: "mine" | "theirs"): void;
}

/** Somebody else has saved meanwhile: both versions of each field that both changed. */
export function ConflictNote<Draft extends object>({
  conflict,
  draft,
  labelOf,
  shownOf,
  onDecide,
}: ConflictNoteProps<Draft>) {
  const t = useText(editingText);
  const { conflicts, taken, theirs } = conflict;
  return (
    <section className={styles.conflict} role="alert" aria-label={t("conflict")}>
      <p className={styles.conflictTitle}>
        <GitMerge size={16} aria-hidden />
        {conflicts.length > 0 ? t("conflict") : t("conflictSolved")}
      </p>
      {taken.length > 0 && (
        <p className={styles.help}>
          {t("conflictTaken", { fields: taken.map(labelOf).join("、") })}
        </p>
      )}
      {conflicts.map((field) => (
        <Group key={field} className={styles.choice} aria-label={labelOf(field)}>
          <h3>{labelOf(field)}</h3>
          <dl className={styles.versions}>
            <dt>{t("theirs")}</dt>
            <dd>{shownOf(field, theirs) || t("emptyValue")}</dd>
            <dt>{t("mine")}</dt>
            <dd>{shownOf(field, draft) || t("emptyValue")}</dd>
          </dl>
          <div className={styles.choiceActions}>
            <Button onPress={() => onDecide(field, "theirs")}>{t("useTheirs")}</Button>
            <Button onPress={() => onDecide(field, "mine")}>{t("useMine")}</Button>
          </div>
        </Group>
      ))}
    </section>
  );
}
