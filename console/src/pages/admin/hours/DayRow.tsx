import { Minus, Plus } from "lucide-react";
import { Group } from "react-aria-components";
import { Button } from "../../../kit/Button";
import { Select, Switch } from "../../../kit/Field";
import { directoryText } from "../../../text/directory";
import { useText } from "../../../text/words";
import { DAY_MIN, type Day, type Span } from "./hours";
import styles from "./hours.module.css";
import { TimeBox } from "./TimeBox";

export interface DayRowProps {
  day: Day;
  /** Null: as usual. */
  spans: readonly Span[] | null;
  onChange(spans: readonly Span[] | null): void;
  /** It may be as usual. */
  isSpecial?: boolean;
}

const MORNING: Span = { from: 540, until: 1020 };
const HOUR_MIN = 60;

/** One day: closed, or from when until when. */
export function DayRow({ day, spans, onChange, isSpecial = false }: DayRowProps) {
  const t = useText(directoryText);
  const name = t(`day_${day}`);
  const shown = spans ?? [];
  const put = (place: number, change: Partial<Span>): void =>
    onChange(shown.map((one, at) => (at === place ? { ...one, ...change } : one)));
  return (
    <Group className={styles.day} aria-label={name}>
      <span className={styles.dayName} aria-hidden>
        {name}
      </span>
      {isSpecial ? (
        <div className={styles.special}>
          <Select
            hideLabel
            label={name}
            value={spans === null ? "usual" : shown.length === 0 ? "closed" : "own"}
            onChange={(id) => onChange(id === "usual" ? null : id === "closed" ? [] : [MORNING])}
            options={[
              { id: "usual", text: t("hoursAsUsual") },
              { id: "closed", text: t("hoursClosed") },
              { id: "own", text: t("hoursOwnDay") },
            ]}
          />
        </div>
      ) : (
        <Switch
          hideLabel
          label={t("hoursOpen", { day: name })}
          isSelected={shown.length > 0}
          onChange={(isOpen) => onChange(isOpen ? [MORNING] : [])}
        />
      )}
      <div className={styles.spans}>
        {shown.length === 0 && !isSpecial && (
          <span className={styles.closed}>{t("hoursClosed")}</span>
        )}
        {shown.map((span, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: times change while they are typed
          <div key={place} className={styles.span}>
            <TimeBox
              label={t("hoursFrom", { day: name, place: place + 1 })}
              value={span.from}
              onChange={(from) => put(place, { from })}
            />
            <span aria-hidden>–</span>
            <TimeBox
              label={t("hoursUntil", { day: name, place: place + 1 })}
              value={span.until}
              onChange={(until) => put(place, { until: later(until, span.from) })}
            />
          </div>
        ))}
      </div>
      {shown.length > 0 && (
        <div className={styles.change}>
          <Button
            icon={Plus}
            iconOnly
            look="quiet"
            onPress={() => onChange([...shown, after(shown)])}
          >
            {t("hoursAddSpan", { day: name })}
          </Button>
          <Button
            icon={Minus}
            iconOnly
            look="quiet"
            isDisabled={shown.length < 2}
            onPress={() => onChange(shown.slice(0, -1))}
          >
            {t("hoursRemoveSpan", { day: name })}
          </Button>
        </div>
      )}
    </Group>
  );
}

/** A time at or before the start is one of the next day. */
function later(until: number, from: number): number {
  return until <= from ? until + DAY_MIN : until;
}

/** What an added span begins with: an hour after the last, some hours long. */
function after(spans: readonly Span[]): Span {
  const from = Math.min((spans.at(-1)?.until ?? 0) + HOUR_MIN, DAY_MIN - HOUR_MIN);
  return { from, until: Math.min(from + 4 * HOUR_MIN, DAY_MIN) };
}
