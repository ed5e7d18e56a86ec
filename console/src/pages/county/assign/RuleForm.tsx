import { useState } from "react";
import { useManagers } from "../../../api/directory";
import { Choice } from "../../../kit/Choice";
import { type Option, Select, Switch } from "../../../kit/Field";
import { PickManager } from "../../../kit/pick";
import { assignText } from "../../../text/assign";
import { taskTypes } from "../../../text/codes";
import { useText } from "../../../text/words";
import styles from "./assign.module.css";
import { type Choices, CLASSES, RULES } from "./rules";

export interface RuleFormProps {
  choices: Choices;
  groupId: string;
  onChange(choices: Choices): void;
}

/** By which rule, and what the rule needs to know. */
export function RuleForm({ choices, groupId, onChange }: RuleFormProps) {
  const t = useText(assignText);
  const { managers, nameOf } = useManagers();
  const inGroup = managers.filter((one) => one.status !== "departed" && one.group_id === groupId);
  const skills = [...new Set(inGroup.flatMap((one) => one.skills))].sort();
  // Skills are offered where somebody has one.
  const rules = RULES.filter((rule) => rule !== "skill" || skills.length > 0);
  const [picked, setPicked] = useState<Option<string> | null>(
    choices.managerId === null ? null : { id: choices.managerId, text: nameOf(choices.managerId) },
  );
  const details = {
    hand: t("handDetail"),
    evenly: t("evenlyDetail"),
    owner: t("ownerDetail"),
    class: t("classDetail"),
    skill: t("skillDetail"),
  };
  return (
    <div className={styles.rule}>
      <Choice
        label={t("rule")}
        look="cards"
        options={rules.map((id) => ({ id, text: t(id), detail: details[id] }))}
        value={choices.rule}
        onChange={(rule) => onChange({ ...choices, rule })}
      />
      {choices.rule === "hand" && (
        <PickManager
          label={t("to")}
          group={groupId}
          value={picked}
          autoFocus={choices.managerId === null}
          onChange={(option) => {
            setPicked(option);
            onChange({ ...choices, managerId: option?.id ?? null });
          }}
        />
      )}
      {choices.rule === "class" && (
        <ClassTable
          value={choices.classes}
          options={inGroup.map(({ id, name }) => ({ id, text: name }))}
          onChange={(classes) => onChange({ ...choices, classes })}
        />
      )}
      {choices.rule === "skill" && (
        <SkillTable
          value={choices.skills}
          options={skills.map((id) => ({ id, text: id }))}
          onChange={(chosen) => onChange({ ...choices, skills: chosen })}
        />
      )}
      <Switch
        label={t("useDeputies")}
        isSelected={choices.useDeputies}
        onChange={(useDeputies) => onChange({ ...choices, useDeputies })}
      />
    </div>
  );
}

interface TableProps {
  value: Readonly<Record<string, string>>;
  options: readonly Option<string>[];
  onChange(value: Record<string, string>): void;
}

function ClassTable(props: TableProps) {
  const t = useText(assignText);
  return <Mapping {...props} rows={CLASSES.map((id) => ({ id, text: t(id) }))} />;
}

function SkillTable(props: TableProps) {
  const named = useText(taskTypes);
  return <Mapping {...props} rows={taskTypes.names.map((id) => ({ id, text: named(id) }))} />;
}

const NOBODY = "";

function Mapping({ rows, value, options, onChange }: TableProps & { rows: Option<string>[] }) {
  const t = useText(assignText);
  return (
    <div className={styles.mapping}>
      {rows.map(({ id, text }) => (
        <Select
          key={id}
          label={text}
          options={[{ id: NOBODY, text: t("anybody") }, ...options]}
          value={value[id] ?? NOBODY}
          onChange={(chosen) => {
            const { [id]: _, ...others } = value;
            onChange(chosen === NOBODY ? others : { ...others, [id]: chosen });
          }}
        />
      ))}
    </div>
  );
}
