import { type FormEvent, useId, useState } from "react";
import type { Schema } from "../../../api/client";
import { problemFrom } from "../../../api/problem";
import { Button } from "../../../kit/Button";
import { Dialog } from "../../../kit/Dialog";
import { Select, TextField } from "../../../kit/Field";
import formStyles from "../../../kit/Form.module.css";
import { useFormat } from "../../../kit/format";
import { ProblemNote } from "../../../kit/States";
import { toast } from "../../../kit/toast";
import { useProblem } from "../../../kit/useProblem";
import { useSaved } from "../../../kit/useSaved";
import { resultCodes, useCode } from "../../../text/codes";
import { common } from "../../../text/common";
import { countyText } from "../../../text/county";
import { triggerText } from "../../../text/triggers";
import { useLanguage, useText } from "../../../text/words";
import styles from "./triggers.module.css";
import { useCloseMatter, useTaskTypes } from "./useTriggers";

type Rule = Schema<"ResultRuleView">;

interface Draft {
  code: string | null;
  reason: string;
  exception: string;
  note: string;
}

const NOTHING: Draft = { code: null, reason: "", exception: "", note: "" };
const FIELDS = ["code", "reason", "exception", "note"];

/** How a matter ended, with the customer's true reason, and why it took longer than it may. */
export function CloseDialog({
  task,
  zone,
  onClose,
}: {
  task: Schema<"TaskView">;
  zone: string;
  onClose(): void;
}) {
  const t = useText(triggerText);
  const c = useText(countyText);
  const common_ = useText(common);
  const form = useId();
  const rules = useClosingRules(task);
  const { draft, change, forget } = useSaved<Draft>(`close:${task.id}`, NOTHING);
  const [isAsked, setIsAsked] = useState(false);
  const closing = useCloseMatter(task.id);
  const { problem, errorOf } = useProblem(closing.error, FIELDS);
  const isLate =
    problemFrom(closing.error)?.code === "exception-needed" ||
    (task.close_by !== null && Date.parse(task.close_by) < Date.now());
  const missing = missingOf(draft, isLate);
  const needed = (field: keyof Draft, text: string): string | undefined =>
    isAsked && missing.includes(field) ? text : errorOf(field);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setIsAsked(true);
    const { code, reason, exception, note } = draft;
    if (missing.length > 0 || code === null) return;
    closing.mutate(
      { code, reason: reason.trim(), exception: exception.trim(), note: note.trim() },
      {
        onSuccess: () => {
          forget();
          toast({ text: t("closed") });
          onClose();
        },
      },
    );
  };
  return (
    <Dialog
      title={t("closeTitle")}
      isOpen
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>{common_("cancel")}</Button>
          <Button look="primary" type="submit" form={form} isPending={closing.isPending}>
            {t("close")}
          </Button>
        </>
      }
    >
      <form id={form} className={formStyles.form} onSubmit={submit}>
        <Select
          label={t("result")}
          options={rules}
          value={draft.code}
          onChange={(code) => change({ code })}
          isRequired
          error={needed("code", t("resultNeeded"))}
        />
        <TextField
          label={t("reason")}
          value={draft.reason}
          onChange={(reason) => change({ reason })}
          rows={2}
          maxLength={2000}
          isRequired
          error={needed("reason", t("reasonNeeded"))}
        />
        {isLate && (
          <Exception
            value={draft.exception}
            onChange={(exception) => change({ exception })}
            closeBy={task.close_by}
            zone={zone}
            error={needed("exception", t("exceptionHelp"))}
          />
        )}
        <TextField
          label={c("note")}
          value={draft.note}
          onChange={(note) => change({ note })}
          rows={2}
          maxLength={2000}
          error={errorOf("note")}
        />
        <ProblemNote problem={problem} />
      </form>
    </Dialog>
  );
}

function Exception({
  value,
  onChange,
  closeBy,
  zone,
  error,
}: {
  value: string;
  onChange(value: string): void;
  closeBy: string | null;
  zone: string;
  error: string | undefined;
}) {
  const t = useText(triggerText);
  const c = useText(countyText);
  const format = useFormat(zone);
  return (
    <div className={styles.past}>
      <p>
        {c("by_close")} {format.dateTime(closeBy)} · {c("clock_late")}
      </p>
      <TextField
        label={t("exception")}
        help={t("exceptionHelp")}
        value={value}
        onChange={onChange}
        rows={2}
        maxLength={2000}
        isRequired
        error={error}
      />
    </div>
  );
}

/** The results that end a task: not those after which the customer is called again. */
function useClosingRules(task: Schema<"TaskView">): readonly { id: string; text: string }[] {
  const language = useLanguage();
  const code = useCode(resultCodes);
  const { data } = useTaskTypes();
  const name = task.own_type ?? task.type;
  const rules: readonly Rule[] = data?.items.find((one) => one.name === name)?.results ?? [];
  return rules
    .filter(({ kind }) => kind !== "call_again")
    .map((one) => ({ id: one.code, text: one.names[language] ?? code(one.code) }));
}

function missingOf(draft: Draft, isLate: boolean): readonly (keyof Draft)[] {
  const missing: (keyof Draft)[] = [];
  if (draft.code === null) missing.push("code");
  if (draft.reason.trim() === "") missing.push("reason");
  if (isLate && draft.exception.trim() === "") missing.push("exception");
  return missing;
}
