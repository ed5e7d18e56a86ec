import { Checkbox, Select, TextField } from "../../../kit/Field";
import { rulesText } from "../../../text/reviewRules";
import { useText } from "../../../text/words";
import { blankPhrase, blankStatement, type LimitDraft, type ScriptDraft } from "./drafts";
import { EditList } from "./EditList";
import { MeasureFields } from "./MeasureFields";
import { NameAndState } from "./NameAndState";
import { PhraseFields, SeverityField } from "./PhraseFields";
import type { FormOf } from "./RulePage";
import styles from "./Rules.module.css";

/** What has to be said, what must not be, and between what measures lie. */
export function ScriptForm({ draft, change, errorOf }: FormOf<ScriptDraft>) {
  const t = useText(rulesText);
  return (
    <div className={styles.form}>
      <NameAndState draft={draft} change={change} errorOf={errorOf}>
        <Select
          label={t("language")}
          value={draft.language}
          options={[
            { id: "zh", text: t("zh") },
            { id: "en", text: t("en") },
          ]}
          onChange={(language) => change({ language })}
        />
        <Checkbox
          label={t("ordered")}
          isSelected={draft.ordered}
          onChange={(ordered) => change({ ordered })}
        />
      </NameAndState>
      <EditList
        title={t("statements")}
        add={t("addStatement")}
        items={draft.statements}
        blank={blankStatement}
        onChange={(statements) => change({ statements })}
      >
        {(one, place, set) => (
          <>
            <PhraseFields
              phrase={one}
              path={`statements.${place}`}
              errorOf={errorOf}
              onChange={set}
            />
            <div className={styles.row}>
              <TextField
                label={t("within")}
                inputMode="numeric"
                value={one.withinS}
                onChange={(withinS) => set({ withinS })}
                error={errorOf(`statements.${place}.within_s`)}
              />
              <Checkbox
                label={t("assent")}
                isSelected={one.assent}
                onChange={(assent) => set({ assent })}
              />
            </div>
          </>
        )}
      </EditList>
      <EditList
        title={t("phrases")}
        add={t("addPhrase")}
        items={draft.phrases}
        blank={blankPhrase}
        onChange={(phrases) => change({ phrases })}
      >
        {(one, place, set) => (
          <PhraseFields phrase={one} path={`phrases.${place}`} errorOf={errorOf} onChange={set} />
        )}
      </EditList>
      <Limits draft={draft} change={change} errorOf={errorOf} />
    </div>
  );
}

function Limits({ draft, change, errorOf }: FormOf<ScriptDraft>) {
  const t = useText(rulesText);
  const blank = (): LimitDraft => ({
    measure: "manager.talk_share",
    atLeast: "",
    atMost: "",
    severity: "minor",
    weight: "0",
  });
  return (
    <EditList
      title={t("limits")}
      add={t("addLimit")}
      items={draft.limits}
      blank={blank}
      onChange={(limits) => change({ limits })}
    >
      {(one, place, set) => (
        <div className={styles.row}>
          <MeasureFields draft={one} path={`limits.${place}`} errorOf={errorOf} onChange={set} />
          <SeverityField value={one.severity} onChange={(severity) => set({ severity })} />
          <TextField
            label={t("weight")}
            inputMode="decimal"
            value={one.weight}
            onChange={(weight) => set({ weight })}
            error={errorOf(`limits.${place}.weight`)}
          />
        </div>
      )}
    </EditList>
  );
}
