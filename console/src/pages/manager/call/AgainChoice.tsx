import { useMemo } from "react";
import { TextField } from "../../../kit/Field";
import { callText } from "../../../text/manager";
import { useText } from "../../../text/words";
import { useZone, useZoned } from "../useMe";
import { againTimes, typedTime } from "./againTimes";
import { Choices } from "./Choices";
import styles from "./ResultForm.module.css";
import type { ResultDraft } from "./resultDraft";

const NEVER = "never";
const OWN = "own";

/** When to call again: as one says it, or by calendar and clock. */
export function AgainChoice({
  draft,
  change,
  isNeeded,
  error,
}: {
  draft: ResultDraft;
  change(changes: Partial<ResultDraft>): void;
  isNeeded: boolean;
  error: string | undefined;
}) {
  const t = useText(callText);
  const zone = useZone();
  const format = useZoned();
  const times = useMemo(() => againTimes(zone), [zone]);
  const chosen = times.find(({ at }) => at === draft.again);
  const isOwn = draft.ownTime !== "" || (draft.again !== null && chosen === undefined);
  const choices = [
    ...(isNeeded ? [] : [{ id: NEVER, text: t("noAgain") }]),
    ...times.map(({ name, at }) => ({ id: at, text: `${t(name)} ${format.time(at)}` })),
    { id: OWN, text: t("ownTime") },
  ];
  const choose = (id: string): void => {
    if (id === OWN) change({ again: null, ownTime: localOf(zone) });
    else change({ again: id === NEVER ? null : id, ownTime: "" });
  };
  return (
    <div className={styles.again}>
      <Choices
        label={t("again")}
        choices={choices}
        value={isOwn ? OWN : (draft.again ?? (isNeeded ? null : NEVER))}
        onChange={choose}
        error={error}
      />
      {isOwn && (
        <div className={styles.ownTime}>
          <TextField
            label={t("ownTime")}
            hideLabel
            type="datetime-local"
            value={draft.ownTime}
            onChange={(text) => change({ ownTime: text, again: future(typedTime(text, zone)) })}
            error={draft.again === null ? t("ownTimeInvalid") : undefined}
          />
        </div>
      )}
    </div>
  );
}

function future(at: string | null): string | null {
  return at !== null && Date.parse(at) > Date.now() ? at : null;
}

/** Now, as a `datetime-local` field has it. */
function localOf(zone: string): string {
  const parts = new Intl.DateTimeFormat("sv-SE", {
    timeZone: zone,
    dateStyle: "short",
    timeStyle: "short",
  });
  return parts.format(new Date()).replace(" ", "T");
}
