import { useState } from "react";
import { problemFrom } from "../../../api/problem";
import { Button } from "../../../kit/Button";
import { Dialog } from "../../../kit/Dialog";
import { Select, Switch } from "../../../kit/Field";
import formStyles from "../../../kit/Form.module.css";
import { useFormat } from "../../../kit/format";
import { ProblemNote } from "../../../kit/States";
import { common } from "../../../text/common";
import { countyText } from "../../../text/county";
import { useText } from "../../../text/words";
import { monthStart } from "../days";
import styles from "./plans.module.css";
import { useStartRun } from "./usePlans";

const MONTHS_AHEAD = 3;

/** Asks which month is to be planned, and whether only to say what would be done; mounted while open. */
export function RunDialog({
  planId,
  today,
  onClose,
  onStarted,
}: {
  planId: string;
  today: string;
  onClose(): void;
  onStarted(runId: string): void;
}) {
  const t = useText(countyText);
  const c = useText(common);
  const format = useFormat();
  const starting = useStartRun(planId);
  const months = Array.from({ length: MONTHS_AHEAD }, (_, ahead) =>
    monthStart(today, ahead).slice(0, 7),
  );
  const [month, setMonth] = useState(months[1] ?? today.slice(0, 7));
  const [preview, setPreview] = useState(true);
  const start = (): void => {
    starting.mutate(
      { month, preview },
      {
        onSuccess: (run) => {
          onStarted(run.id);
          onClose();
        },
      },
    );
  };
  return (
    <Dialog
      title={t("planMonth")}
      isOpen
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>{c("cancel")}</Button>
          <Button look="primary" isPending={starting.isPending} onPress={start}>
            {preview ? t("previewIt") : t("execute")}
          </Button>
        </>
      }
    >
      <div className={formStyles.form}>
        <Select
          label={t("month")}
          options={months.map((id) => ({ id, text: format.month(id) }))}
          value={month}
          onChange={setMonth}
        />
        <Switch label={t("onlyPreview")} isSelected={preview} onChange={setPreview} />
        <p className={styles.note}>{preview ? t("previewHelp") : t("executeHelp")}</p>
        <ProblemNote problem={problemFrom(starting.error)} />
      </div>
    </Dialog>
  );
}
