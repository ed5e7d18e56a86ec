import { useState } from "react";
import { useGroups } from "../../../api/directory";
import { useWho } from "../../../api/session";
import { Button } from "../../../kit/Button";
import { Dialog } from "../../../kit/Dialog";
import { Select, TextField } from "../../../kit/Field";
import formStyles from "../../../kit/Form.module.css";
import { ProblemNote } from "../../../kit/States";
import { useProblem } from "../../../kit/useProblem";
import { common } from "../../../text/common";
import { countyText } from "../../../text/county";
import { useText } from "../../../text/words";
import styles from "./plans.module.css";
import { useMakePlan } from "./usePlans";

const EVERYBODY = "all";

/**
 * A plan with the shipped rules: core customers every two weeks, and so on. Mounted while it is
 * open: the next begins with nothing of this one.
 */
export function NewPlan({ onClose, onMade }: { onClose(): void; onMade(planId: string): void }) {
  const t = useText(countyText);
  const c = useText(common);
  const who = useWho();
  const { groups } = useGroups();
  const making = useMakePlan();
  const { problem, errorOf } = useProblem(making.error, ["name", "group_id"]);
  const [name, setName] = useState("");
  const seesAll = who.scope.group_ids === null;
  const [group, setGroup] = useState<string | null>(null);
  const chosen = group ?? (seesAll ? EVERYBODY : (groups[0]?.id ?? null));
  const make = (): void => {
    const group_id = chosen === EVERYBODY ? null : chosen;
    making.mutate(
      { name: name.trim(), group_id },
      {
        onSuccess: (plan) => {
          onMade(plan.id);
          onClose();
        },
      },
    );
  };
  return (
    <Dialog
      title={t("newPlan")}
      isOpen
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>{c("cancel")}</Button>
          <Button
            look="primary"
            isDisabled={name.trim() === ""}
            isPending={making.isPending}
            onPress={make}
          >
            {c("save")}
          </Button>
        </>
      }
    >
      <div className={formStyles.form}>
        <TextField
          label={t("planName")}
          value={name}
          onChange={setName}
          error={errorOf("name")}
          maxLength={100}
          isRequired
          autoFocus
        />
        <Select
          label={t("group")}
          options={[
            ...(seesAll ? [{ id: EVERYBODY, text: t("allGroups") }] : []),
            ...groups.map(({ id, name: text }) => ({ id, text })),
          ]}
          value={chosen}
          onChange={setGroup}
          error={errorOf("group_id")}
        />
        <p className={styles.note}>{t("shippedRules")}</p>
        <ProblemNote problem={problem} />
      </div>
    </Dialog>
  );
}
