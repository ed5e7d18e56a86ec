import { useState } from "react";
import { TextField } from "../../../kit/Field";
import { clockOf, minutesOf } from "./hours";
import styles from "./hours.module.css";

export interface TimeBoxProps {
  label: string;
  /** Minutes since midnight. */
  value: number;
  onChange(value: number): void;
}

/** A time of a day, typed as 8:30 or 830; what is no time is marked and not taken. */
export function TimeBox({ label, value, onChange }: TimeBoxProps) {
  const [typed, setTyped] = useState<string | null>(null);
  const minutes = typed === null ? value : minutesOf(typed);
  const leave = (): void => {
    if (typed !== null && minutes !== null && minutes !== value) onChange(minutes);
    if (minutes !== null) setTyped(null);
  };
  return (
    <div className={styles.time}>
      <TextField
        hideLabel
        onBlur={leave}
        label={label}
        inputMode="numeric"
        maxLength={5}
        value={typed ?? clockOf(value)}
        onChange={setTyped}
        error={minutes === null ? "0:00–24:00" : undefined}
      />
    </div>
  );
}
