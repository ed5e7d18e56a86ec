import type { Schema } from "../../../api/client";
import { Choice } from "../../../kit/Choice";
import { Select, Switch, TextField } from "../../../kit/Field";
import { priorities } from "../../../text/codes";
import { kindsText } from "../../../text/kinds";
import { useText } from "../../../text/words";
import editorStyles from "../editor/editor.module.css";
import type { KindForm } from "./KindSheet";
import styles from "./kinds.module.css";
import { TimesFields } from "./TimesFields";
import type { TimesDraft } from "./times";
import { NEW_THRESHOLD, NEW_TIMES, type ThresholdDraft, type TriggerDraft } from "./triggerDraft";

const MEASURES: readonly Schema<"Measure">[] = ["value", "fall_percent"];
const AS_TYPE = "as-type";

/** From when on a task follows. */
export function ThresholdFields({ draft, change, errorOf, isDisabled }: KindForm<TriggerDraft>) {
  const t = useText(kindsText);
  const { threshold } = draft;
  const put = (changes: Partial<ThresholdDraft>): void =>
    change({ threshold: { ...(threshold ?? NEW_THRESHOLD), ...changes } });
  return (
    <section className={editorStyles.part}>
      <Choice<"always" | "when">
        label={t("threshold")}
        value={threshold === null ? "always" : "when"}
        onChange={(id) => change({ threshold: id === "always" ? null : NEW_THRESHOLD })}
        options={[
          { id: "always", text: t("always") },
          { id: "when", text: t("whenFact") },
        ]}
        isDisabled={isDisabled}
      />
      {threshold !== null && (
        <div className={styles.boxed}>
          <p className={editorStyles.help}>{t("thresholdHelp")}</p>
          <div className={editorStyles.pair}>
            <TextField
              label={t("fact")}
              value={threshold.fact}
              onChange={(fact) => put({ fact })}
              error={errorOf("threshold.fact") ?? errorOf("threshold")}
              isDisabled={isDisabled}
            />
            <Select
              label={t("measure")}
              value={threshold.measure}
              onChange={(measure) => put({ measure })}
              options={MEASURES.map((id) => ({ id, text: t(`measure_${id}`) }))}
              isDisabled={isDisabled}
            />
            {threshold.measure === "fall_percent" && (
              <TextField
                label={t("before")}
                value={threshold.before}
                onChange={(before) => put({ before })}
                error={errorOf("threshold.before")}
                isDisabled={isDisabled}
              />
            )}
          </div>
          <div className={editorStyles.pair}>
            <TextField
              label={t("above")}
              inputMode="decimal"
              placeholder={t("noTime")}
              value={threshold.above}
              onChange={(above) => put({ above })}
              error={errorOf("threshold.above")}
              isDisabled={isDisabled}
            />
            <TextField
              label={t("atMost")}
              inputMode="decimal"
              placeholder={t("noTime")}
              value={threshold.atMost}
              onChange={(atMost) => put({ atMost })}
              error={errorOf("threshold.at_most")}
              isDisabled={isDisabled}
            />
          </div>
        </div>
      )}
    </section>
  );
}

/** By when what follows is to be done, and how urgent it is. */
export function TriggerTimes({ draft, change, errorOf, isDisabled }: KindForm<TriggerDraft>) {
  const t = useText(kindsText);
  const priority = useText(priorities);
  const { times } = draft;
  const put = (changes: Partial<TimesDraft>): void =>
    change({ times: { ...(times ?? NEW_TIMES), ...changes } });
  return (
    <section className={editorStyles.part}>
      <Choice<"type" | "own">
        label={t("times")}
        value={times === null ? "type" : "own"}
        onChange={(id) => change({ times: id === "type" ? null : NEW_TIMES })}
        options={[
          { id: "type", text: t("typeTimes") },
          { id: "own", text: t("ownTimes") },
        ]}
        isDisabled={isDisabled}
      />
      {times !== null && (
        <div className={`${styles.boxed} ${editorStyles.pair}`}>
          <TimesFields times={times} onChange={put} errorOf={errorOf} isDisabled={isDisabled} />
        </div>
      )}
      <div className={editorStyles.pair}>
        <Select<Schema<"Priority"> | typeof AS_TYPE>
          label={t("priority")}
          value={draft.priority ?? AS_TYPE}
          onChange={(id) => change({ priority: id === AS_TYPE ? null : id })}
          options={[
            { id: AS_TYPE, text: t("asType") },
            ...priorities.names.map((id) => ({ id, text: priority(id) })),
          ]}
          error={errorOf("priority")}
          isDisabled={isDisabled}
        />
      </div>
      <Switch
        label={t("escalates")}
        isSelected={draft.escalates}
        onChange={(escalates) => change({ escalates })}
        isDisabled={isDisabled}
      />
    </section>
  );
}
