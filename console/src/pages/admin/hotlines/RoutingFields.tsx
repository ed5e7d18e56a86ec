import { AmountField } from "../../../kit/AmountField";
import { Select, Switch } from "../../../kit/Field";
import { directoryText } from "../../../text/directory";
import { useText } from "../../../text/words";
import editorStyles from "../editor/editor.module.css";
import type { HotlinePartProps } from "./HotlineFields";
import styles from "./hotlines.module.css";
import { GroupStep, QueueStep, VoicemailStep } from "./RoutingSteps";

/** Who answers a caller, step by step, as docs/routing.md has it. */
export function RoutingFields({ editor, errorOf }: HotlinePartProps) {
  const t = useText(directoryText);
  const { routing } = editor.draft;
  const put = (changes: Partial<typeof routing>): void =>
    editor.change({ routing: { ...routing, ...changes } });
  const step = { routing, put, errorOf };
  return (
    <div className={editorStyles.part}>
      <h3 className={editorStyles.partTitle}>{t("partRouting")}</h3>
      <Switch
        label={t("responsible")}
        isSelected={routing.responsible ?? true}
        onChange={(responsible) => put({ responsible })}
      />
      <div className={editorStyles.pair}>
        <Select
          label={t("ringOrder")}
          value={routing.ring ?? "in_order"}
          onChange={(ring) => put({ ring })}
          options={[
            { id: "in_order", text: t("ring_in_order") },
            { id: "at_once", text: t("ring_at_once") },
          ]}
        />
        <AmountField
          label={t("recentDays")}
          help={t("recentDaysHelp")}
          value={routing.recent_days ?? 14}
          onChange={(recent_days) => put({ recent_days })}
          error={errorOf("routing.recent_days")}
        />
        <Select
          label={t("sharedNumber")}
          value={routing.shared_number ?? "last_dialled"}
          onChange={(shared_number) => put({ shared_number })}
          options={[
            { id: "last_dialled", text: t("shared_last_dialled") },
            { id: "menu", text: t("shared_menu") },
          ]}
        />
      </div>
      <Switch
        label={t("tellManager")}
        isSelected={routing.tell_manager ?? false}
        onChange={(tell_manager) => put({ tell_manager })}
      />
      <div className={styles.step}>
        <Switch
          label={t("deputyStep")}
          isSelected={routing.deputy ?? true}
          onChange={(deputy) => put({ deputy })}
        />
      </div>
      <GroupStep {...step} />
      <QueueStep {...step} />
      <VoicemailStep {...step} />
    </div>
  );
}
