import { X } from "lucide-react";
import { Group } from "react-aria-components";
import { AmountField } from "../../../kit/AmountField";
import { Button } from "../../../kit/Button";
import { Select } from "../../../kit/Field";
import { priorities } from "../../../text/codes";
import { planningText } from "../../../text/planning";
import { useText } from "../../../text/words";
import type { Cadence } from "./planDraft";
import styles from "./plans.module.css";
import { useRuleWords } from "./useRuleWords";

const NONE = "none";
const NOTICES = ["none", "0", "1", "2", "3", "4", "5", "6", "7"] as const;
const CHANNELS = ["any", "call", "visit"] as const;
const UNITS = ["weeks", "months"] as const;

export interface CadenceFieldsProps {
  cadence: Cadence;
  /** Its place within the rule, from 1. */
  place: number;
  onChange(changes: Partial<Cadence>): void;
  onRemove(): void;
  /** What is wrong with a field of it, by its name in the API. */
  errorOf(field: string): string | undefined;
}

/** One series of contacts: how often, by what, how long, told ahead or not. */
export function CadenceFields({ cadence, place, onChange, onRemove, errorOf }: CadenceFieldsProps) {
  const t = useText(planningText);
  const priority = useText(priorities);
  const { noticeOf } = useRuleWords();
  const { every, channel, length_min, notice_days } = cadence;
  return (
    <Group className={styles.cadence} aria-label={t("cadence", { place })}>
      <div className={styles.fields}>
        <AmountField
          label={t("everyCount")}
          value={every.count}
          onChange={(count) => onChange({ every: { ...every, count } })}
          error={errorOf("every.count")}
        />
        <Select
          label={t("everyUnit")}
          options={UNITS.map((id) => ({ id, text: t(`unit_${id}`) }))}
          value={every.unit}
          onChange={(unit) => onChange({ every: { ...every, unit } })}
          error={errorOf("every.unit")}
        />
        <Select
          label={t("channel")}
          options={CHANNELS.map((id) => ({ id, text: t(`channel_${id}`) }))}
          value={channel}
          onChange={(next) => onChange({ channel: next })}
          error={errorOf("channel")}
        />
        <AmountField
          label={t("lengthMin")}
          value={length_min}
          onChange={(minutes) => onChange({ length_min: minutes })}
          error={errorOf("length_min")}
        />
        <Select
          label={t("notice")}
          options={NOTICES.map((id) => ({ id, text: noticeOf(id === NONE ? null : Number(id)) }))}
          value={NOTICES.find((id) => id === String(notice_days ?? NONE)) ?? NONE}
          onChange={(id) => onChange({ notice_days: id === NONE ? null : Number(id) })}
          error={errorOf("notice_days")}
        />
        <Select
          label={t("priority")}
          options={priorities.names.map((id) => ({ id, text: priority(id) }))}
          value={cadence.priority}
          onChange={(next) => onChange({ priority: next })}
          error={errorOf("priority")}
        />
      </div>
      <Button icon={X} iconOnly look="quiet" onPress={onRemove}>
        {t("removeCadence", { place })}
      </Button>
    </Group>
  );
}
