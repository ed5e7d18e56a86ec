import { type FormEvent, useId, useState } from "react";
import { Button } from "../../../kit/Button";
import { Dialog } from "../../../kit/Dialog";
import { TextField } from "../../../kit/Field";
import formStyles from "../../../kit/Form.module.css";
import { ProblemNote } from "../../../kit/States";
import { toast } from "../../../kit/toast";
import { useProblem } from "../../../kit/useProblem";
import { common } from "../../../text/common";
import { triggerText } from "../../../text/triggers";
import { useText } from "../../../text/words";
import styles from "./triggers.module.css";
import { useCallOff } from "./useTriggers";

/** Asks why nobody need talk with the customer any more; mounted while open. */
export function CallOffDialog({ taskId, onClose }: { taskId: string; onClose(): void }) {
  const t = useText(triggerText);
  const c = useText(common);
  const form = useId();
  const [why, setWhy] = useState("");
  const [isAsked, setIsAsked] = useState(false);
  const calling = useCallOff(taskId);
  const { problem, errorOf } = useProblem(calling.error, ["why"]);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setIsAsked(true);
    if (why.trim() === "") return;
    calling.mutate(why.trim(), {
      onSuccess: () => {
        toast({ text: t("calledOff") });
        onClose();
      },
    });
  };
  return (
    <Dialog
      title={t("callOffTitle")}
      isOpen
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>{c("cancel")}</Button>
          <Button look="danger" type="submit" form={form} isPending={calling.isPending}>
            {t("callOff")}
          </Button>
        </>
      }
    >
      <form id={form} className={formStyles.form} onSubmit={submit}>
        <p className={styles.note}>{t("callOffDetail")}</p>
        <TextField
          label={t("why")}
          value={why}
          onChange={setWhy}
          rows={3}
          maxLength={2000}
          isRequired
          autoFocus
          error={isAsked && why.trim() === "" ? t("whyNeeded") : errorOf("why")}
        />
        <ProblemNote problem={problem} />
      </form>
    </Dialog>
  );
}
