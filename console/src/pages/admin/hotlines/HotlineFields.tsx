import { useQuery } from "@tanstack/react-query";
import type { Editor } from "../../../kit/editor/useEditor";
import { Select, Switch, TextField } from "../../../kit/Field";
import { directoryText } from "../../../text/directory";
import { useText } from "../../../text/words";
import editorStyles from "../editor/editor.module.css";
import { flowsQuery } from "../flows/flows";
import { HoursField } from "../hours/HoursField";
import { PickGroup } from "../PickGroup";
import type { HotlineDraft } from "./hotlineDraft";

export interface HotlinePartProps {
  editor: Editor<HotlineDraft>;
  errorOf(field: string): string | undefined;
}

type TextName =
  | "name"
  | "number"
  | "external_id"
  | "display_number"
  | "max_ring_s"
  | "retention_days";

/** A text field of the form by its name. */
export function textField({ editor, errorOf }: HotlinePartProps, field: TextName) {
  return {
    value: editor.draft[field],
    onChange: (value: string) => editor.change({ [field]: value }),
    error: errorOf(field),
  };
}

/** What it is called, which number, whose, when. */
export function HotlineFields(props: HotlinePartProps) {
  const t = useText(directoryText);
  const { draft, change } = props.editor;
  return (
    <>
      <div className={editorStyles.pair}>
        <TextField label={t("title")} {...textField(props, "name")} />
        <PickGroup
          isRequired
          value={draft.group_id}
          onChange={(group_id) => change({ group_id })}
          error={props.errorOf("group_id")}
        />
      </div>
      <div className={editorStyles.pair}>
        <TextField
          label={t("hotlineNumber")}
          isRequired
          inputMode="tel"
          {...textField(props, "number")}
        />
        <TextField
          label={t("displayNumber")}
          help={t("displayNumberHelp")}
          inputMode="tel"
          {...textField(props, "display_number")}
        />
      </div>
      <HoursField
        label={t("hours")}
        none={t("hoursInherit")}
        value={draft.hours}
        onChange={(hours) => change({ hours })}
        error={props.errorOf("hours")}
      />
    </>
  );
}

/** How a call of it begins. */
export function AnswerFields(props: HotlinePartProps) {
  const t = useText(directoryText);
  const { draft, change } = props.editor;
  const { data: flows } = useQuery(flowsQuery);
  const known = flows?.items.map((one) => one.name) ?? [];
  const names = draft.flow === "" || known.includes(draft.flow) ? known : [...known, draft.flow];
  return (
    <div className={editorStyles.part}>
      <h3 className={editorStyles.partTitle}>{t("partAnswer")}</h3>
      <div className={editorStyles.pair}>
        <Select
          label={t("flow")}
          value={draft.flow}
          onChange={(flow) => change({ flow })}
          options={[
            { id: "", text: t("noFlow") },
            ...names.map((name) => ({ id: name, text: name })),
          ]}
          error={props.errorOf("flow")}
        />
        <Select
          label={t("answer")}
          value={draft.answer}
          onChange={(answer) => change({ answer })}
          options={[
            { id: "at_owner", text: t("answer_at_owner") },
            { id: "at_once", text: t("answer_at_once") },
          ]}
          error={props.errorOf("answer")}
        />
        <Select
          label={t("announce")}
          value={draft.announce}
          onChange={(announce) => change({ announce })}
          options={[
            { id: "prompt", text: t("announce_prompt") },
            { id: "manager", text: t("announce_manager") },
            { id: "none", text: t("announce_none") },
          ]}
          error={props.errorOf("announce")}
        />
        <TextField label={t("maxRing")} inputMode="numeric" {...textField(props, "max_ring_s")} />
      </div>
      <Switch
        label={t("confirmManager")}
        isSelected={draft.confirm_manager}
        onChange={(confirm_manager) => change({ confirm_manager })}
      />
    </div>
  );
}

/** What is asked when the talk is over, and how long its recording is kept. */
export function AfterCallFields(props: HotlinePartProps) {
  const t = useText(directoryText);
  const { draft, change } = props.editor;
  const after = draft.after_call;
  const put = (changes: Partial<typeof after>): void =>
    change({ after_call: { ...after, ...changes } });
  return (
    <div className={editorStyles.part}>
      <h3 className={editorStyles.partTitle}>{t("partAfter")}</h3>
      <div className={editorStyles.pair}>
        <Select
          label={t("survey")}
          value={after.survey ?? ""}
          onChange={(survey) => put({ survey: survey === "" ? null : survey })}
          options={[
            { id: "", text: t("noSurvey") },
            { id: "satisfaction", text: t("survey_satisfaction") },
            { id: "satisfaction_and_solved", text: t("survey_satisfaction_and_solved") },
          ]}
          error={props.errorOf("after_call")}
        />
        <Select
          label={t("missedSms")}
          value={after.missed_sms === true ? "yes" : after.missed_sms === false ? "no" : ""}
          onChange={(id) => put({ missed_sms: id === "" ? null : id === "yes" })}
          options={[
            { id: "", text: t("asConfigured") },
            { id: "yes", text: t("sendYes") },
            { id: "no", text: t("sendNo") },
          ]}
        />
        <TextField
          label={t("retentionDays")}
          help={t("retentionHelp")}
          inputMode="numeric"
          {...textField(props, "retention_days")}
        />
        <TextField
          label={t("externalId")}
          help={t("externalIdHelp")}
          {...textField(props, "external_id")}
        />
      </div>
      <Switch
        label={t("askResult")}
        isSelected={after.result ?? false}
        onChange={(result) => put({ result })}
      />
    </div>
  );
}
