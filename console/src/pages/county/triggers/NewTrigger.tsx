import { type FormEvent, useId, useState } from "react";
import { Button } from "../../../kit/Button";
import { DateTimeField } from "../../../kit/DateField";
import { Dialog } from "../../../kit/Dialog";
import { type Option, Select, TextField } from "../../../kit/Field";
import formStyles from "../../../kit/Form.module.css";
import { PickCustomer } from "../../../kit/pick";
import { ProblemNote } from "../../../kit/States";
import { toast } from "../../../kit/toast";
import { useProblem } from "../../../kit/useProblem";
import { useSaved } from "../../../kit/useSaved";
import { common } from "../../../text/common";
import { triggerText } from "../../../text/triggers";
import { useText } from "../../../text/words";
import { useFactName } from "./FactList";
import { measuredFacts, numberOf } from "./matter";
import styles from "./triggers.module.css";
import { useKindName, useTellTrigger, useTriggerKinds } from "./useTriggers";

interface Draft {
  kind: string;
  customer: Option<string> | null;
  since: string | null;
  /** As they were typed, by name. */
  numbers: Readonly<Record<string, string>>;
  note: string;
}

const NOTHING: Draft = {
  kind: "wants_to_leave",
  customer: null,
  since: null,
  numbers: {},
  note: "",
};

export interface NewTriggerProps {
  zone: string;
  onClose(): void;
  onTold(triggerId: string): void;
}

/** Tell by hand what no system has told: a customer said so at the counter. Mounted while open. */
export function NewTrigger({ zone, onClose, onTold }: NewTriggerProps) {
  const t = useText(triggerText);
  const c = useText(common);
  const form = useId();
  const kindName = useKindName();
  const factName = useFactName();
  const kinds = useTriggerKinds().data?.items ?? [];
  const { draft, change, forget } = useSaved<Draft>("trigger", NOTHING);
  const [isAsked, setIsAsked] = useState(false);
  const telling = useTellTrigger();
  const names = measuredFacts(kinds.find(({ name }) => name === draft.kind));
  const fields = ["kind", "customer_id", "requested_at", ...names.map((name) => `facts.${name}`)];
  const { problem, errorOf } = useProblem(telling.error, fields);
  const numbers = names.map((name) => [name, numberOf(draft.numbers[name] ?? "")] as const);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setIsAsked(true);
    const facts = factsOf(numbers, draft.note);
    if (draft.customer === null || facts === null) return;
    const since = draft.since === null ? {} : { requested_at: draft.since };
    telling.mutate(
      { kind: draft.kind, customer_id: draft.customer.id, facts, ...since },
      {
        onSuccess: ({ id, outcome }) => {
          forget();
          toast({ text: t(`told_${outcome}`) });
          onClose();
          onTold(id);
        },
      },
    );
  };
  return (
    <Dialog
      title={t("add")}
      isOpen
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>{c("cancel")}</Button>
          <Button look="primary" type="submit" form={form} isPending={telling.isPending}>
            {t("tell")}
          </Button>
        </>
      }
    >
      <form id={form} className={formStyles.form} onSubmit={submit}>
        <PickCustomer
          value={draft.customer}
          onChange={(customer) => change({ customer })}
          isRequired
          error={isAsked && draft.customer === null ? t("customerNeeded") : errorOf("customer_id")}
        />
        <Select
          label={t("kind")}
          options={kinds.map(({ name }) => ({ id: name, text: kindName(name) }))}
          value={draft.kind}
          onChange={(kind) => change({ kind })}
          error={errorOf("kind")}
        />
        {numbers.length > 0 && (
          <div className={styles.numbers}>
            {numbers.map(([name, value]) => (
              <TextField
                key={name}
                label={factName(name)}
                value={draft.numbers[name] ?? ""}
                onChange={(text) => change({ numbers: { ...draft.numbers, [name]: text } })}
                inputMode="decimal"
                isRequired
                error={isAsked && value === null ? t("notANumber") : errorOf(`facts.${name}`)}
              />
            ))}
          </div>
        )}
        <DateTimeField
          label={t("requestedAt")}
          help={t("requestedHelp")}
          value={draft.since}
          onChange={(since) => change({ since })}
          timeZone={zone}
          error={errorOf("requested_at")}
        />
        <TextField
          label={t("fact_note")}
          help={t("noteHelp")}
          value={draft.note}
          onChange={(note) => change({ note })}
          rows={2}
          maxLength={200}
          error={errorOf("facts.note")}
        />
        <ProblemNote problem={problem} />
      </form>
    </Dialog>
  );
}

/** What is told of it; null while a number is missing. */
function factsOf(
  numbers: readonly (readonly [name: string, value: number | null])[],
  note: string,
): Record<string, number | string> | null {
  const facts: Record<string, number | string> = {};
  for (const [name, value] of numbers) {
    if (value === null) return null;
    facts[name] = value;
  }
  if (note.trim() !== "") facts.note = note.trim();
  return facts;
}
