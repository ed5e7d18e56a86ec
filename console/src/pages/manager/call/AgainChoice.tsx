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
  // One that was offered a while ago, such as "in an hour", is a time of its own by now.
  const isOwn = draft.isOwnTime || (draft.again !== null && chosen === undefined);
  const typed = draft.isOwnTime ? draft.ownTime : localOf(zone, draft.again);
  const choices = [
    ...(isNeeded ? [] : [{ id: NEVER, text: t("noAgain") }]),
    ...times.map(({ name, at }) => ({ id: at, text: `${t(name)} ${format.time(at)}` })),
    { id: OWN, text: t("ownTime") },
  ];
  const choose = (id: string): void => {
    if (id === OWN) {
      // It begins with a time that will do, so that there is nothing to complain of yet.
      const again = draft.again ?? times[0]?.at ?? null;
      change({ again, isOwnTime: true, ownTime: localOf(zone, again) });
    } else {
      change({ again: id === NEVER ? null : id, isOwnTime: false, ownTime: "" });
    }
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
            value={typed}
            onChange={(text) =>
              change({ isOwnTime: true, ownTime: text, again: future(typedTime(text, zone)) })
            }
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

/** A moment as a `datetime-local` field has it, by the clock of `zone`. */
function localOf(zone: string, at: string | null): string {
  if (at === null) return "";
  const parts = new Intl.DateTimeFormat("sv-SE", {
    timeZone: zone,
    dateStyle: "short",
    timeStyle: "short",
  });
  return parts.format(new Date(at)).replace(" ", "T");
}
