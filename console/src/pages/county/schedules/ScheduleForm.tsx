import { useState } from "react";
import { useGroups } from "../../../api/directory";
import { Button } from "../../../kit/Button";
import { Dialog } from "../../../kit/Dialog";
import { Select, Switch, TextField } from "../../../kit/Field";
import formStyles from "../../../kit/Form.module.css";
import { ProblemNote } from "../../../kit/States";
import { useProblem } from "../../../kit/useProblem";
import { common } from "../../../text/common";
import { countyText } from "../../../text/county";
import { useLanguage, useText } from "../../../text/words";
import { GroupSelect } from "../GroupSelect";
import { KINDS } from "../reports/read";
import { bodyOf, mailedTo, newBody, ONS } from "./body";
import { type NewSchedule as Body, type Schedule, useScheduleChanges } from "./useSchedules";

const PERIODS = ["day", "week", "month"] as const;

/**
 * Asks which report is made when, and to whom it goes; of a schedule that there is, what is to be
 * changed. Mounted while it is open, so that each begins with nothing of the one before.
 */
export function ScheduleForm({
  schedule,
  onClose,
}: {
  schedule: Schedule | null;
  onClose(): void;
}) {
  const t = useText(countyText);
  const c = useText(common);
  const language = useLanguage();
  const { make, replace } = useScheduleChanges();
  const saving = schedule === null ? make : replace;
  const [body, setBody] = useState(() =>
    schedule === null ? newBody(language) : bodyOf(schedule),
  );
  const [mail, setMail] = useState(body.mail_to.join(", "));
  const save = (): void => {
    const whole = { ...body, name: body.name.trim(), mail_to: mailedTo(mail) };
    if (schedule === null) make.mutate(whole, { onSuccess: onClose });
    else replace.mutate({ of: schedule, body: whole }, { onSuccess: onClose });
  };
  return (
    <Dialog
      title={t(schedule === null ? "newSchedule" : "editSchedule")}
      isOpen
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>{c("cancel")}</Button>
          <Button
            look="primary"
            isDisabled={body.name.trim() === ""}
            isPending={saving.isPending}
            onPress={save}
          >
            {c("save")}
          </Button>
        </>
      }
    >
      <Fields body={body} onChange={setBody} mail={mail} onMail={setMail} error={saving.error} />
    </Dialog>
  );
}

interface FieldsProps {
  body: Body;
  onChange(body: Body): void;
  /** The addresses as they are typed. */
  mail: string;
  onMail(text: string): void;
  error: Error | null;
}

function Fields({ body, onChange, mail, onMail, error }: FieldsProps) {
  const t = useText(countyText);
  const { groups } = useGroups();
  const { problem, errorOf } = useProblem(error, ["name", "at", "mail_to"]);
  const set = (changes: Partial<Body>): void => onChange({ ...body, ...changes });
  return (
    <div className={formStyles.form}>
      <TextField
        label={t("scheduleName")}
        value={body.name}
        onChange={(name) => set({ name })}
        error={errorOf("name")}
        maxLength={100}
        isRequired
        autoFocus
      />
      <Select
        label={t("reports")}
        options={KINDS.map((id) => ({ id, text: t(`report_${id}`) }))}
        value={body.report}
        onChange={(report) =>
          // Of what one report is split by, another may not be.
          set({ report, filters: { ...body.filters, by: [] } })
        }
      />
      <Select
        label={t("period")}
        options={PERIODS.map((id) => ({ id, text: t(`period_${id}`) }))}
        value={body.period}
        onChange={(period) => set({ period, on: 1 })}
      />
      {body.period !== "day" && <DayOfPeriod body={body} onChange={(on) => set({ on })} />}
      <TextField
        label={t("madeAt")}
        type="time"
        value={body.at}
        onChange={(at) => set({ at })}
        error={errorOf("at")}
      />
      <Select
        label={t("fileFormat")}
        options={[
          { id: "xlsx", text: t("exportXlsx") },
          { id: "csv", text: t("exportCsv") },
        ]}
        value={body.format}
        onChange={(format) => set({ format })}
      />
      <GroupSelect
        groups={groups}
        value={body.filters.group_id ?? null}
        onChange={(group_id) => set({ filters: { ...body.filters, group_id } })}
      />
      <TextField
        label={t("mailTo")}
        value={mail}
        onChange={onMail}
        help={t("mailToHelp")}
        error={errorOf("mail_to") ?? errorOf("mail_to.0")}
      />
      <Switch
        label={t("isMade")}
        isSelected={body.enabled}
        onChange={(enabled) => set({ enabled })}
      />
      <ProblemNote problem={problem} />
    </div>
  );
}

/** On which day of the week, or of the month. */
function DayOfPeriod({ body, onChange }: { body: Body; onChange(on: number): void }) {
  const t = useText(countyText);
  const options =
    body.period === "week"
      ? ONS.week.map((on) => ({ id: `${on}`, text: t(`weekday_${on}`) }))
      : ONS.month.map((on) => ({ id: `${on}`, text: t("dayOfMonth", { day: on }) }));
  return (
    <Select
      label={t("madeOn")}
      options={options}
      value={`${body.on}`}
      onChange={(on) => onChange(Number(on))}
    />
  );
}
