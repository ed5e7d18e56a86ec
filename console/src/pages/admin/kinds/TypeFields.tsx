import { useQuery } from "@tanstack/react-query";
import { Select, Switch, TextField } from "../../../kit/Field";
import { priorities } from "../../../text/codes";
import { kindsText } from "../../../text/kinds";
import { useText } from "../../../text/words";
import editorStyles from "../editor/editor.module.css";
import type { KindForm } from "./KindSheet";
import { scriptsQuery } from "./kinds";
import styles from "./kinds.module.css";
import { SpanField } from "./SpanField";
import { TimesFields } from "./TimesFields";
import type { TypeDraft } from "./typeDraft";
import { useTypeOptions } from "./useKindNames";

const NONE = "";

/** How urgent a task is, and by when it is to be done. */
export function TypeTimes({ draft, change, errorOf, isDisabled }: KindForm<TypeDraft>) {
  const t = useText(kindsText);
  const priority = useText(priorities);
  return (
    <section className={editorStyles.part}>
      <h3 className={editorStyles.partTitle}>{t("times")}</h3>
      <div className={styles.times}>
        <Select
          label={t("priority")}
          value={draft.priority}
          onChange={(next) => change({ priority: next })}
          options={priorities.names.map((id) => ({ id, text: priority(id) }))}
          error={errorOf("priority")}
          isDisabled={isDisabled}
        />
        <TimesFields times={draft} onChange={change} errorOf={errorOf} isDisabled={isDisabled} />
      </div>
      <div className={styles.switches}>
        <Switch
          label={t("escalates")}
          isSelected={draft.escalates}
          onChange={(escalates) => change({ escalates })}
          isDisabled={isDisabled}
        />
        <Switch
          label={t("needsContact")}
          isSelected={draft.needsContact}
          onChange={(needsContact) => change({ needsContact })}
          isDisabled={isDisabled}
        />
        <Switch
          label={t("asksResult")}
          isSelected={draft.asksResult}
          onChange={(asksResult) => change({ asksResult })}
          isDisabled={isDisabled}
        />
      </div>
    </section>
  );
}

/** How often a customer is called in vain. */
export function AttemptFields({ draft, change, errorOf, isDisabled }: KindForm<TypeDraft>) {
  const t = useText(kindsText);
  return (
    <section className={editorStyles.part}>
      <h3 className={editorStyles.partTitle}>{t("attempts")}</h3>
      <p className={editorStyles.help}>{t("attemptsHelp")}</p>
      <div className={editorStyles.pair}>
        <TextField
          label={t("most")}
          inputMode="numeric"
          value={draft.most}
          onChange={(most) => change({ most })}
          error={errorOf("attempts.most")}
          isDisabled={isDisabled}
        />
        <TextField
          label={t("perDay")}
          inputMode="numeric"
          value={draft.perDay}
          onChange={(perDay) => change({ perDay })}
          error={errorOf("attempts.per_day")}
          isDisabled={isDisabled}
        />
        <SpanField
          label={t("spacing")}
          value={draft.spacing}
          onChange={(spacing) => change({ spacing })}
          error={errorOf("attempts.spacing_s")}
          isDisabled={isDisabled}
        />
      </div>
    </section>
  );
}

/** What is to be said, and what follows from a refusal. */
export function AfterFields({ draft, change, errorOf, isDisabled }: KindForm<TypeDraft>) {
  const t = useText(kindsText);
  const { data: scripts = [] } = useQuery(scriptsQuery);
  const types = useTypeOptions(draft.followUpType);
  return (
    <section className={editorStyles.part}>
      <h3 className={editorStyles.partTitle}>{t("afterwards")}</h3>
      <div className={editorStyles.pair}>
        <Select
          label={t("script")}
          value={draft.scriptId ?? NONE}
          onChange={(id) => change({ scriptId: id === NONE ? null : id })}
          options={[{ id: NONE, text: t("noScript") }, ...withChosen(scripts, draft.scriptId)]}
          error={errorOf("script_id")}
          isDisabled={isDisabled}
        />
        <Select
          label={t("followUp")}
          value={draft.followUpType ?? NONE}
          onChange={(id) => change({ followUpType: id === NONE ? null : id })}
          options={[{ id: NONE, text: t("noFollowUp") }, ...types]}
          error={errorOf("follow_up_type")}
          isDisabled={isDisabled}
        />
        {draft.followUpType !== null && (
          <TextField
            label={t("followUpDays")}
            help={t("followUpDaysHelp")}
            value={draft.followUpDays}
            onChange={(followUpDays) => change({ followUpDays })}
            error={errorOf("follow_up_days")}
            isDisabled={isDisabled}
          />
        )}
      </div>
    </section>
  );
}

/** A script that is gone, or not on the first page, stays chosen. */
function withChosen(
  options: readonly { id: string; text: string }[],
  chosen: string | null,
): readonly { id: string; text: string }[] {
  if (chosen === null || options.some((one) => one.id === chosen)) return options;
  return [...options, { id: chosen, text: chosen }];
}
