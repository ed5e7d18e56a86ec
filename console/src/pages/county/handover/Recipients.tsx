import { type Manager, useManagers } from "../../../api/directory";
import { Select } from "../../../kit/Field";
import { PickManager } from "../../../kit/pick";
import { assignText } from "../../../text/assign";
import { handoverText } from "../../../text/handover";
import { useText } from "../../../text/words";
import { CLASSES } from "../assign/rules";
import styles from "./handover.module.css";
import type { Draft } from "./wish";

const STAY = "";

export interface RecipientsProps {
  draft: Draft;
  giver: Manager | undefined;
  change(changes: Partial<Draft>): void;
}

/** Who gets them: what each way needs to know besides. */
export function Recipients({ draft, giver, change }: RecipientsProps) {
  const t = useText(handoverText);
  const { nameOf } = useManagers();
  if (draft.kind === "one") {
    return (
      <PickManager
        label={t("one")}
        value={draft.toId === null ? null : { id: draft.toId, text: nameOf(draft.toId) }}
        onChange={(option) => change({ toId: option?.id ?? null })}
      />
    );
  }
  return draft.kind === "by_class" ? <ByClass draft={draft} giver={giver} change={change} /> : null;
}

function ByClass({ draft, giver, change }: RecipientsProps) {
  const t = useText(handoverText);
  const named = useText(assignText);
  const { managers } = useManagers();
  const options = [
    { id: STAY, text: t("stay") },
    ...managers
      .filter(({ id, status }) => status === "active" && id !== giver?.id)
      .map(({ id, name }) => ({ id, text: name })),
  ];
  return (
    <div className={styles.classes}>
      {CLASSES.map((name) => (
        <Select
          key={name}
          label={named(name)}
          options={options}
          value={draft.classes[name] ?? STAY}
          onChange={(id) => {
            const { [name]: _, ...others } = draft.classes;
            change({ classes: id === STAY ? others : { ...others, [name]: id } });
          }}
        />
      ))}
      <Select
        label={t("others")}
        options={options}
        value={draft.otherId ?? STAY}
        onChange={(id) => change({ otherId: id === STAY ? null : id })}
      />
    </div>
  );
}
