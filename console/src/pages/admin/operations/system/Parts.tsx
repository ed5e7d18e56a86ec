import type { Schema } from "../../../../api/client";
import { Card } from "../../../../kit/Card";
import { Badge, type Tone } from "../../../../kit/States";
import { partNames, partStates, systemText } from "../../../../text/system";
import { useText } from "../../../../text/words";
import styles from "./system.module.css";
import { codeText } from "./words";

const TONES: Record<Schema<"PartState">, Tone> = {
  ready: "good",
  degraded: "warn",
  "not-ready": "bad",
};

/** Each part of the node, and what is wrong with it in the node's own words. */
export function Parts({ parts }: { parts: readonly Schema<"PartView">[] }) {
  const t = useText(systemText);
  const name = useText(partNames);
  const state = useText(partStates);
  return (
    <Card title={t("parts")}>
      <ul className={styles.rows}>
        {parts.map((part) => (
          <li key={part.name} className={styles.row}>
            <span className={styles.rowName}>{codeText(partNames, name, part.name)}</span>
            <Badge tone={TONES[part.state]}>{codeText(partStates, state, part.state)}</Badge>
            {part.detail !== "" && <p className={styles.rowDetail}>{part.detail}</p>}
          </li>
        ))}
      </ul>
    </Card>
  );
}
