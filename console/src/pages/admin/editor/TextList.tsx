import { Plus, X } from "lucide-react";
import { Group } from "react-aria-components";
import { Button } from "../../../kit/Button";
import { TextField } from "../../../kit/Field";
import { directoryText } from "../../../text/directory";
import { useText } from "../../../text/words";
import styles from "./editor.module.css";

export interface TextListProps {
  label: string;
  help?: string;
  /** The name of one of them; the first is 1. */
  itemLabel(place: number): string;
  addLabel: string;
  values: readonly string[];
  onChange(values: readonly string[]): void;
  /** What is wrong with one of them; the first is 0. */
  errorOf?(place: number): string | undefined;
  /** What is wrong with all of them. */
  error?: string | undefined;
  inputMode?: "text" | "tel";
}

/** Several short texts, one below the other. */
export function TextList({
  label,
  help,
  itemLabel,
  addLabel,
  values,
  onChange,
  errorOf,
  error,
  inputMode = "text",
}: TextListProps) {
  const t = useText(directoryText);
  const shown = values.length === 0 ? [""] : values;
  return (
    <Group className={styles.rows} aria-label={label}>
      {shown.map((value, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they have no other name
        <div key={place} className={styles.row}>
          <TextField
            label={place === 0 ? label : itemLabel(place + 1)}
            hideLabel={place > 0}
            inputMode={inputMode}
            value={value}
            onChange={(next) => onChange(shown.map((one, at) => (at === place ? next : one)))}
            error={errorOf?.(place) ?? (place === 0 ? error : undefined)}
            {...(place === 0 && help !== undefined ? { help } : {})}
          />
          {place > 0 && (
            <Button
              icon={X}
              iconOnly
              look="quiet"
              onPress={() => onChange(shown.filter((_, at) => at !== place))}
            >
              {t("remove")}
            </Button>
          )}
        </div>
      ))}
      <div className={styles.toStart}>
        <Button icon={Plus} look="quiet" onPress={() => onChange([...shown, ""])}>
          {addLabel}
        </Button>
      </div>
    </Group>
  );
}
