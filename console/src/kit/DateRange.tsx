import { CalendarDays } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { Button as AriaButton, Dialog, DialogTrigger, Popover } from "react-aria-components";
import { kit } from "../text/kit";
import { useText } from "../text/words";
import { Button } from "./Button";
import styles from "./DateField.module.css";
import { type DayRange, daysOf, PRESETS, type Preset } from "./days";
import { useFormat } from "./format";
import { Skeleton } from "./States";

// Most choose by name: the calendar is read when the list is first opened.
const RangeMonth = lazy(() => import("./RangeMonth"));

export interface DateRangeProps {
  label: string;
  /** Null: any time. */
  value: DayRange | null;
  onChange(value: DayRange | null): void;
  presets?: readonly Preset[];
  /** Whether "any time" may be chosen. */
  isOptional?: boolean;
  /** Whose today it is; the group's. */
  timeZone?: string;
}

/** Days from one to another: by name (本周), or by first and last day in a calendar. */
export function DateRange({
  label,
  value,
  onChange,
  presets = PRESETS,
  isOptional = false,
  timeZone,
}: DateRangeProps) {
  const t = useText(kit);
  const format = useFormat("UTC");
  const [isOpen, setIsOpen] = useState(false);
  const named = presets.find((preset) => isSame(value, daysOf(preset, timeZone)));
  const choose = (next: DayRange | null): void => {
    onChange(next);
    setIsOpen(false);
  };
  const written = value === null ? t("anyTime") : daysText(value, format.date);
  const shown = named === undefined ? written : t(named);
  return (
    <DialogTrigger isOpen={isOpen} onOpenChange={setIsOpen}>
      <AriaButton className={styles.range} aria-label={`${label}: ${shown}`}>
        <CalendarDays size={16} aria-hidden />
        {shown}
      </AriaButton>
      <Popover className={styles.popover} placement="bottom start">
        <Dialog className={styles.dialog} aria-label={label}>
          <div className={styles.presets}>
            {presets.map((preset) => (
              <Button
                key={preset}
                look={preset === named ? "primary" : "quiet"}
                onPress={() => choose(daysOf(preset, timeZone))}
              >
                {t(preset)}
              </Button>
            ))}
            {isOptional && (
              <Button look={value === null ? "primary" : "quiet"} onPress={() => choose(null)}>
                {t("anyTime")}
              </Button>
            )}
          </div>
          <Suspense fallback={<Skeleton rows={1} height="18rem" />}>
            <RangeMonth label={label} value={value} onChange={choose} />
          </Suspense>
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}

function isSame(one: DayRange | null, other: DayRange): boolean {
  return one?.from === other.from && one.to === other.to;
}

function daysText({ from, to }: DayRange, date: (at: string) => string): string {
  const first = date(`${from}T00:00:00Z`);
  return from === to ? first : `${first} – ${date(`${to}T00:00:00Z`)}`;
}
