import { Checkbox, Select, TextField } from "../../../kit/Field";
import { findingText } from "../../../text/reviewFindings";
import { rulesText } from "../../../text/reviewRules";
import { useText } from "../../../text/words";
import { KINDS } from "../list/useFilters";
import { blankItem, type ItemDraft, type ScorecardDraft } from "./drafts";
import { EditList } from "./EditList";
import { MeasureFields } from "./MeasureFields";
import { NameAndState } from "./NameAndState";
import type { FormOf } from "./RulePage";
import styles from "./Rules.module.css";

/** The questions that a talk is judged by. */
export function ScorecardForm({ draft, change, errorOf }: FormOf<ScorecardDraft>) {
  const t = useText(rulesText);
  return (
    <div className={styles.form}>
      <NameAndState draft={draft} change={change} errorOf={errorOf}>
        <TextField
          label={t("passPercent")}
          inputMode="decimal"
          value={draft.passPercent}
          onChange={(passPercent) => change({ passPercent })}
          error={errorOf("pass_share")}
        />
      </NameAndState>
      <EditList
        title={t("items")}
        add={t("addItem")}
        items={draft.items}
        blank={blankItem}
        onChange={(items) => change({ items })}
      >
        {(item, place, set) => (
          <ItemFields item={item} path={`items.${place}`} set={set} errorOf={errorOf} />
        )}
      </EditList>
    </div>
  );
}

interface ItemProps {
  item: ItemDraft;
  path: string;
  set(changes: Partial<ItemDraft>): void;
  errorOf(field: string): string | undefined;
}

function ItemFields({ item, path, set, errorOf }: ItemProps) {
  const t = useText(rulesText);
  return (
    <>
      <TextField
        label={t("question")}
        value={item.text}
        onChange={(text) => set({ text })}
        error={errorOf(`${path}.text`)}
      />
      <div className={styles.row}>
        <TextField
          label={t("id")}
          value={item.id}
          onChange={(id) => set({ id })}
          error={errorOf(`${path}.id`)}
        />
        <TextField
          label={t("points")}
          inputMode="decimal"
          value={item.points}
          onChange={(points) => set({ points })}
          error={errorOf(`${path}.points`)}
        />
        <Select<ItemDraft["kind"]>
          label={t("kind")}
          value={item.kind}
          options={[
            { id: "human", text: t("human") },
            { id: "automatic", text: t("automatic") },
          ]}
          onChange={(kind) => set({ kind })}
        />
      </div>
      <div className={styles.flags}>
        <Checkbox
          label={t("critical")}
          isSelected={item.critical}
          onChange={(critical) => set({ critical })}
        />
        <Checkbox
          label={t("mayNotApply")}
          isSelected={item.mayNotApply}
          onChange={(mayNotApply) => set({ mayNotApply })}
        />
      </div>
      {item.kind === "human" ? (
        <TextField
          label={t("options")}
          help={t("optionsHelp")}
          rows={2}
          value={item.options}
          onChange={(options) => set({ options })}
          error={errorOf(`${path}.options`)}
        />
      ) : (
        <RuleFields item={item} path={path} set={set} errorOf={errorOf} />
      )}
    </>
  );
}

/** When an automatic item gives no points. */
function RuleFields({ item, path, set, errorOf }: ItemProps) {
  const t = useText(rulesText);
  const f = useText(findingText);
  const error = errorOf(`${path}.rule`);
  const { measure, atLeast, atMost } = item;
  return (
    <>
      <Select
        label={t("ruleBy")}
        value={measure === "" ? "findings" : "measure"}
        options={[
          { id: "findings", text: t("byFindings") },
          { id: "measure", text: t("byMeasure") },
        ]}
        onChange={(by) => set({ measure: by === "findings" ? "" : "longest_silence_s" })}
        error={error}
      />
      {measure === "" ? (
        <div className={styles.checks}>
          {KINDS.map((kind) => (
            <Checkbox
              key={kind}
              label={f(kind)}
              isSelected={item.findings.includes(kind)}
              onChange={(on) =>
                set({
                  findings: on
                    ? [...item.findings, kind]
                    : item.findings.filter((one) => one !== kind),
                })
              }
            />
          ))}
        </div>
      ) : (
        <div className={styles.row}>
          <MeasureFields
            draft={{ measure, atLeast, atMost }}
            path={`${path}.rule`}
            errorOf={errorOf}
            onChange={set}
          />
        </div>
      )}
    </>
  );
}
