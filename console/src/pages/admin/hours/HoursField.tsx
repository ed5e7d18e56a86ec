import { useState } from "react";
import { Group } from "react-aria-components";
import { Button } from "../../../kit/Button";
import { Select, TextField } from "../../../kit/Field";
import { directoryText } from "../../../text/directory";
import { useText } from "../../../text/words";
import editorStyles from "../editor/editor.module.css";
import { closedWeek, textOfWeek, weekOf } from "./hours";
import { WeekEditor } from "./WeekEditor";

export interface HoursFieldProps {
  label: string;
  /** As the API has it; "" where it has none. */
  value: string;
  onChange(value: string): void;
  error?: string | undefined;
  /** What no hours of its own mean. */
  none: string;
}

/** Opening hours: as those above, as a week, or as the text that the API takes. */
export function HoursField({ label, value, onChange, error, none }: HoursFieldProps) {
  const t = useText(directoryText);
  const [isText, setIsText] = useState(false);
  const week = value === "" ? null : weekOf(value);
  const isOwn = value !== "";
  return (
    <Group className={editorStyles.part} aria-label={label}>
      <Select
        label={label}
        value={isOwn ? "own" : "none"}
        onChange={(id) => onChange(id === "none" ? "" : textOfWeek(week ?? workWeek()))}
        options={[
          { id: "none", text: none },
          { id: "own", text: t("hoursOwn") },
        ]}
      />
      {isOwn && week !== null && !isText && (
        <WeekEditor week={week} onChange={(next) => onChange(textOfWeek(next))} />
      )}
      {isOwn && (week === null || isText) && (
        <TextField
          label={t("hoursText")}
          help={week === null ? t("hoursNotWeek") : t("hoursTextHelp")}
          rows={2}
          value={value}
          onChange={onChange}
          error={error}
        />
      )}
      {isOwn && week !== null && (
        <div className={editorStyles.toStart}>
          <Button look="quiet" onPress={() => setIsText(!isText)}>
            {isText ? t("hoursWeek") : t("hoursText")}
          </Button>
        </div>
      )}
      {error !== undefined && !isText && week !== null && <p role="alert">{error}</p>}
    </Group>
  );
}

/** What hours of its own begin with. */
function workWeek() {
  const day = [
    { from: 510, until: 720 },
    { from: 840, until: 1080 },
  ];
  return { ...closedWeek(), Mo: day, Tu: day, We: day, Th: day, Fr: day, PH: [] };
}
