import { useGroups, useManagers } from "../../../api/directory";
import { DateTimeField } from "../../../kit/DateField";
import type { Editor } from "../../../kit/editor/useEditor";
import { Select, TextField } from "../../../kit/Field";
import { PickManager } from "../../../kit/pick";
import { directoryText } from "../../../text/directory";
import { useText } from "../../../text/words";
import editorStyles from "../editor/editor.module.css";
import { HoursField } from "../hours/HoursField";
import { PickGroup } from "../PickGroup";
import type { ManagerDraft } from "./managerDraft";
import { PhoneList } from "./PhoneList";

/** Every field of a manager but the PIN. */
export function ManagerFields({
  editor: { draft, change },
  errorOf,
  isNew,
}: {
  editor: Editor<ManagerDraft>;
  errorOf(field: string): string | undefined;
  isNew: boolean;
}) {
  const t = useText(directoryText);
  const { nameOf } = useManagers();
  const { groups } = useGroups();
  const timeZone = groups.find((one) => one.id === draft.group_id)?.timezone;
  const text = (field: "name" | "staff_no" | "external_id" | "skills") => ({
    value: draft[field],
    onChange: (value: string) => change({ [field]: value }),
    error: errorOf(field),
  });
  return (
    <>
      <div className={editorStyles.pair}>
        <TextField label={t("name")} isRequired autoFocus={isNew} {...text("name")} />
        <TextField label={t("staffNo")} {...text("staff_no")} />
        <PickGroup
          isRequired
          value={draft.group_id}
          onChange={(group_id) => change({ group_id })}
          error={errorOf("group_id")}
        />
        <TextField label={t("externalId")} {...text("external_id")} />
      </div>
      <div className={`${editorStyles.pair} ${editorStyles.ruled}`}>
        <Select
          label={t("status")}
          value={draft.status}
          onChange={(status) => change({ status })}
          options={(["active", "away", "departed"] as const).map((id) => ({
            id,
            text: t(`status_${id}`),
          }))}
          error={errorOf("status")}
        />
        {draft.status === "away" && (
          <DateTimeField
            label={t("awayUntil")}
            value={draft.away_until}
            onChange={(away_until) => change({ away_until })}
            error={errorOf("away_until")}
            {...(timeZone === undefined ? {} : { timeZone })}
          />
        )}
        <PickManager
          label={t("deputy")}
          placeholder={t("noDeputy")}
          value={
            draft.deputy_id === null ? null : { id: draft.deputy_id, text: nameOf(draft.deputy_id) }
          }
          onChange={(one) => change({ deputy_id: one?.id ?? null })}
          error={errorOf("deputy_id")}
        />
      </div>
      <PhoneList
        phones={draft.phones}
        onChange={(phones) => change({ phones })}
        errorOf={errorOf}
      />
      <HoursField
        label={t("workingHours")}
        none={t("hoursAlways")}
        value={draft.hours}
        onChange={(hours) => change({ hours })}
        error={errorOf("hours")}
      />
      <TextField label={t("skills")} help={t("skillsHelp")} {...text("skills")} />
    </>
  );
}
