import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, dataOf, type Schema } from "../../../api/client";
import { Button } from "../../../kit/Button";
import { Dialog } from "../../../kit/Dialog";
import { Select, TextField } from "../../../kit/Field";
import formStyles from "../../../kit/Form.module.css";
import { ProblemNote } from "../../../kit/States";
import { toast } from "../../../kit/toast";
import { useProblem } from "../../../kit/useProblem";
import { useRequestKey } from "../../../kit/useRequestKey";
import { useSaved } from "../../../kit/useSaved";
import { taskTypes } from "../../../text/codes";
import { cardText } from "../../../text/manager";
import { useText } from "../../../text/words";
import { typedTime } from "../call/againTimes";
import { keys } from "../keys";
import { useManagerId, useZone } from "../useMe";

/** What a manager makes by hand; the other types follow from calls and triggers. */
const TYPES = ["revisit", "marketing", "survey", "renewal", "arrears", "complaint"] as const;
type Kind = (typeof TYPES)[number];

const FIELDS = ["subject", "due_at", "type"];
const NOTHING: { type: Kind; subject: string; due: string } = {
  type: "revisit",
  subject: "",
  due: "",
};

/** Something to be done for a customer, by oneself. */
export function NewTaskDialog({
  customerId,
  isOpen,
  onClose,
}: {
  customerId: string;
  isOpen: boolean;
  onClose: () => void;
}) {
  const t = useText(cardText);
  const types = useText(taskTypes);
  const client = useQueryClient();
  const managerId = useManagerId();
  const zone = useZone();
  const { draft, change, forget } = useSaved(`task:${customerId}`, NOTHING);
  const [isAsked, setIsAsked] = useState(false);
  const dueAt = draft.due === "" ? null : typedTime(draft.due, zone);
  const request = useRequestKey(isOpen);
  const make = useMutation({
    mutationFn: (given: Partial<Schema<"TaskBody">> & { type: Kind }) => {
      const body = { fields: {}, note: "", subject: "", ...given };
      return dataOf(api.POST("/v1/tasks", { params: { header: request.headerFor(body) }, body }));
    },
    onSuccess: () => {
      request.renew();
      forget();
      toast({ text: t("created") });
      void client.invalidateQueries({ queryKey: keys.tasks });
      void client.invalidateQueries({ queryKey: keys.customers });
      onClose();
    },
  });
  const { problem, errorOf } = useProblem(make.error, FIELDS);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setIsAsked(true);
    const { type, subject } = draft;
    make.mutate({
      type,
      subject,
      customer_id: customerId,
      manager_id: managerId,
      ...(dueAt === null ? {} : { due_at: dueAt }),
    });
  };
  return (
    <Dialog title={t("newTask")} isOpen={isOpen} onClose={onClose}>
      <form className={formStyles.form} onSubmit={submit}>
        <Select
          label={t("type")}
          options={TYPES.map((id) => ({ id, text: types(id) }))}
          value={draft.type}
          onChange={(type) => change({ type })}
          error={errorOf("type")}
        />
        <TextField
          label={t("subject")}
          value={draft.subject}
          onChange={(subject) => change({ subject })}
          error={errorOf("subject")}
          maxLength={200}
        />
        <TextField
          label={t("dueDay")}
          type="datetime-local"
          value={draft.due}
          onChange={(due) => change({ due })}
          error={isAsked ? errorOf("due_at") : undefined}
        />
        <ProblemNote problem={problem} />
        <Button type="submit" look="primary" isPending={make.isPending}>
          {t("create")}
        </Button>
      </form>
    </Dialog>
  );
}
