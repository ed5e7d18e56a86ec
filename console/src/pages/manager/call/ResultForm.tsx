import { type FormEvent, useRef, useState } from "react";
import { problemFrom } from "../../../api/problem";
import { Button } from "../../../kit/Button";
import { TextField } from "../../../kit/Field";
import { ProblemNote } from "../../../kit/States";
import { useShortcut } from "../../../kit/shortcuts";
import { useProblem } from "../../../kit/useProblem";
import { useSaved } from "../../../kit/useSaved";
import { callText } from "../../../text/manager";
import { useText } from "../../../text/words";
import { useRuleName } from "../names";
import type { Task } from "../tasks/sections";
import { type Proposals, useTaskTypes, useTell } from "../tasks/useTasks";
import { useZone } from "../useMe";
import { AgainChoice } from "./AgainChoice";
import { againTimes } from "./againTimes";
import { Choices } from "./Choices";
import styles from "./ResultForm.module.css";
import {
  againOf,
  bodyOf,
  draftKeyOf,
  GENERAL_RULES,
  isLate,
  missingOf,
  NO_RESULT,
  type Rule,
  rulesOf,
} from "./resultDraft";

export interface ResultFormProps {
  /** Null: a result is told of a task without its call. */
  callId: string | null;
  task: Task | undefined;
  onSaved(proposals: Proposals): void;
  onLater(): void;
}

const FIELDS = ["code", "note", "reason", "exception", "call_again_at"];

/** What came of a call: a number key, and Enter. What is typed stays until it is saved. */
export function ResultForm({ callId, task, onSaved, onLater }: ResultFormProps) {
  const t = useText(callText);
  const ruleName = useRuleName();
  const zone = useZone();
  const types = useTaskTypes();
  const { draft, change, forget } = useSaved(draftKeyOf(task?.id ?? null, callId), NO_RESULT);
  const tell = useTell();
  const { problem, errorOf } = useProblem(tell.error, FIELDS);
  const [isAsked, setIsAsked] = useState(false);
  const save = useRef<HTMLButtonElement>(null);
  const rules = task === undefined ? GENERAL_RULES : rulesOf(types.get(task.own_type ?? task.type));
  const rule = rules.find(({ code }) => code === draft.code);
  const again = task === undefined ? "never" : againOf(rule);
  const missing = missingOf(rule, task === undefined ? { ...draft, again: "-" } : draft);
  const isExceptional =
    problemFrom(tell.error)?.code === "exception-needed" ||
    (task !== undefined && isLate(task, rule, draft, new Date()));

  const choose = (chosen: Rule): void => {
    const needsTime = task !== undefined && againOf(chosen) === "must";
    const suggested = needsTime ? (againTimes(zone)[0]?.at ?? null) : null;
    change({ code: chosen.code, again: draft.again ?? suggested });
    setIsAsked(false);
  };
  const submit = (event?: FormEvent): void => {
    event?.preventDefault();
    setIsAsked(true);
    if (rule === undefined || missing !== null || tell.isPending) return;
    const isHasty = callId !== null;
    const told = { callId, taskId: task?.id ?? null, body: bodyOf(draft, rule), isHasty };
    tell.mutate(told, {
      onSuccess: (proposals) => {
        forget();
        onSaved(proposals);
      },
    });
  };
  useShortcut("mod+Enter", t("save"), submit);
  return (
    <form className={styles.form} onSubmit={submit}>
      {rules.map((one) => (
        <RuleKey
          key={one.code}
          rule={one}
          text={ruleName(one)}
          onChoose={() => {
            choose(one);
            save.current?.focus();
          }}
        />
      ))}
      <Choices
        label={t("result")}
        isLarge
        choices={rules.map((one) => ({ id: one.code, text: ruleName(one), hint: one.key }))}
        value={draft.code}
        onChange={(code) => {
          const chosen = rules.find((one) => one.code === code);
          if (chosen !== undefined) choose(chosen);
        }}
        error={isAsked && missing === "code" ? t("codeNeeded") : errorOf("code")}
      />
      {again !== "never" && (
        <AgainChoice
          draft={draft}
          change={change}
          isNeeded={again === "must"}
          error={isAsked && missing === "again" ? t("againNeeded") : errorOf("call_again_at")}
        />
      )}
      <div className={styles.rest}>
        <div className={styles.fields}>
          {rule?.needs_reason === true && (
            <TextField
              label={t("reason")}
              value={draft.reason}
              onChange={(reason) => change({ reason })}
              error={isAsked && missing === "reason" ? t("reasonNeeded") : errorOf("reason")}
              maxLength={2000}
            />
          )}
          {isExceptional && (
            <TextField
              label={t("exception")}
              value={draft.exception}
              onChange={(exception) => change({ exception })}
              error={errorOf("exception")}
              maxLength={2000}
            />
          )}
          <TextField
            label={t("note")}
            value={draft.note}
            onChange={(note) => change({ note })}
            placeholder={t("notePlaceholder")}
            error={errorOf("note")}
            maxLength={2000}
          />
        </div>
        <div className={styles.actions}>
          <Button onPress={onLater}>{t("later")}</Button>
          <Button type="submit" look="primary" ref={save} isPending={tell.isPending} hint="Enter">
            {t("save")}
          </Button>
        </div>
      </div>
      <ProblemNote problem={problem} />
    </form>
  );
}

function RuleKey({ rule, text, onChoose }: { rule: Rule; text: string; onChoose: () => void }) {
  useShortcut(rule.key, text, onChoose);
  return null;
}
