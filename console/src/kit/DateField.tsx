import {
  type CalendarDateTime,
  parseAbsolute,
  parseDate,
  toCalendarDateTime,
  toZoned,
} from "@internationalized/date";
import { CalendarDays } from "lucide-react";
import {
  Button,
  DateInput,
  DatePicker,
  DateSegment,
  Dialog,
  FieldError,
  Group,
  Label,
  Popover,
  Text,
} from "react-aria-components";
import { kit } from "../text/kit";
import { useText } from "../text/words";
import styles from "./DateField.module.css";
import { DayCalendar } from "./DayCalendar";
import { browserZone } from "./days";
import fieldStyles from "./Field.module.css";

interface DateProps {
  label: string;
  help?: string;
  error?: string | undefined;
  isDisabled?: boolean;
  isRequired?: boolean;
  hideLabel?: boolean;
}

export interface DateFieldProps extends DateProps {
  /** `2026-11-22`; null: none. */
  value: string | null;
  onChange(value: string | null): void;
  /** The first and the last day that may be chosen. */
  min?: string;
  max?: string;
}

/** A day: typed, turned by arrow keys, or chosen in a calendar. */
export function DateField({ value, onChange, min, max, ...rest }: DateFieldProps) {
  return (
    <DatePicker
      className={fieldStyles.field}
      value={value === null ? null : parseDate(value)}
      onChange={(next) => onChange(next?.toString() ?? null)}
      validationBehavior="aria"
      isInvalid={rest.error !== undefined}
      isDisabled={rest.isDisabled ?? false}
      isRequired={rest.isRequired ?? false}
      {...(min === undefined ? {} : { minValue: parseDate(min) })}
      {...(max === undefined ? {} : { maxValue: parseDate(max) })}
    >
      <Inside {...rest} />
    </DatePicker>
  );
}

export interface DateTimeFieldProps extends DateProps {
  /** RFC 3339; null: none. */
  value: string | null;
  onChange(value: string | null): void;
  /** Where it is so late; the group's, if the thing belongs to one. */
  timeZone?: string;
}

/** A moment, to the minute. */
export function DateTimeField({
  value,
  onChange,
  timeZone = browserZone(),
  ...rest
}: DateTimeFieldProps) {
  const shown: CalendarDateTime | null =
    value === null ? null : toCalendarDateTime(parseAbsolute(value, timeZone));
  return (
    <DatePicker
      className={fieldStyles.field}
      granularity="minute"
      hourCycle={24}
      value={shown}
      onChange={(next) =>
        onChange(next === null ? null : toZoned(next, timeZone).toDate().toISOString())
      }
      validationBehavior="aria"
      isInvalid={rest.error !== undefined}
      isDisabled={rest.isDisabled ?? false}
      isRequired={rest.isRequired ?? false}
    >
      <Inside {...rest} />
    </DatePicker>
  );
}

function Inside({ label, help, error, hideLabel = false }: DateProps) {
  const t = useText(kit);
  return (
    <>
      <Label className={hideLabel ? "sr-only" : fieldStyles.label}>{label}</Label>
      <Group className={styles.group}>
        <DateInput className={styles.input}>
          {(segment) => <DateSegment segment={segment} className={styles.segment} />}
        </DateInput>
        <Button className={styles.open} aria-label={t("openCalendar")}>
          <CalendarDays size={16} aria-hidden />
        </Button>
      </Group>
      {help !== undefined && (
        <Text slot="description" className={fieldStyles.help}>
          {help}
        </Text>
      )}
      <FieldError className={fieldStyles.error}>{error}</FieldError>
      <Popover className={styles.popover}>
        <Dialog className={styles.dialog}>
          <DayCalendar />
        </Dialog>
      </Popover>
    </>
  );
}
