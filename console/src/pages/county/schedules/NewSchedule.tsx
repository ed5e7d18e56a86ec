import { useState } from "react";
import { useGroups } from "../../../api/directory";
import { Button } from "../../../kit/Button";
import { Dialog } from "../../../kit/Dialog";
import { Select, TextField } from "../../../kit/Field";
import { ProblemNote } from "../../../kit/States";
import { useProblem } from "../../../kit/useProblem";
import { common } from "../../../text/common";
import { countyText } from "../../../text/county";
import { useLanguage, useText } from "../../../text/words";
import { GroupSelect } from "../GroupSelect";
import { KINDS, type Kind } from "../reports/read";
import styles from "./schedules.module.css";
import { type NewSchedule as Body, useScheduleChanges } from "./useSchedules";

const PERIODS = ["day", "week", "month"] as const;
const FORMATS = ["xlsx", "csv"] as const;

/** Asks which report is made when, and to whom it goes. */
export function NewSchedule({ isOpen, onClose }: { isOpen: boolean; onClose(): void }) {
  const t = useText(countyText);
  const c = useText(common);
  const language = useLanguage();
  const { groups } = useGroups();
  const { make } = useScheduleChanges();
  const { problem, errorOf } = useProblem(make.error, ["name", "at", "mail_to"]);
  const [name, setName] = useState("");
  const [report, setReport] = useState<Kind>("activity");
  const [period, setPeriod] = useState<(typeof PERIODS)[number]>("week");
  const [at, setAt] = useState("07:30");
  const [format, setFormat] = useState<(typeof FORMATS)[number]>("xlsx");
  const [mail, setMail] = useState("");
  const [groupId, setGroupId] = useState<string | null>(null);
  const body: Body = {
    name: name.trim(),
    report,
    period,
    at,
    on: 1,
    format,
    language,
    enabled: true,
    filters: { by: [], compare: true, ...(groupId === null ? {} : { group_id: groupId }) },
    mail_to: mail.split(/[\s,，;；]+/).filter((one) => one !== ""),
  };
  return (
    <Dialog
      title={t("newSchedule")}
      isOpen={isOpen}
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>{c("cancel")}</Button>
          <Button
            look="primary"
            isDisabled={body.name === ""}
            isPending={make.isPending}
            onPress={() => make.mutate(body, { onSuccess: onClose })}
          >
            {c("save")}
          </Button>
        </>
      }
    >
      <div className={styles.form}>
        <TextField
          label={t("scheduleName")}
          value={name}
          onChange={setName}
          error={errorOf("name")}
          maxLength={100}
          isRequired
          autoFocus
        />
        <Select
          label={t("reports")}
          options={KINDS.map((id) => ({ id, text: t(`report_${id}`) }))}
          value={report}
          onChange={(id) => setReport(id)}
        />
        <Select
          label={t("period")}
          options={PERIODS.map((id) => ({ id, text: t(`each_${id}`) }))}
          value={period}
          onChange={(id) => setPeriod(id)}
        />
        <TextField
          label={t("madeAt")}
          type="time"
          value={at}
          onChange={setAt}
          error={errorOf("at")}
        />
        <Select
          label={t("fileFormat")}
          options={[
            { id: "xlsx", text: t("exportXlsx") },
            { id: "csv", text: t("exportCsv") },
          ]}
          value={format}
          onChange={(id) => setFormat(id)}
        />
        <GroupSelect groups={groups} value={groupId} onChange={setGroupId} />
        <TextField
          label={t("mailTo")}
          value={mail}
          onChange={setMail}
          help={t("mailToHelp")}
          error={errorOf("mail_to") ?? errorOf("mail_to.0")}
        />
        <ProblemNote problem={problem} />
      </div>
    </Dialog>
  );
}
