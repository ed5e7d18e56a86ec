import { Plus } from "lucide-react";
import { Button } from "../../../kit/Button";
import { flowsText } from "../../../text/flows";
import { useText } from "../../../text/words";
import styles from "./prompts.module.css";

/** What a language lacks; pressing one opens the form to record it. */
export function Missing({
  language,
  names,
  onAdd,
}: {
  language: string;
  names: readonly string[];
  onAdd: ((name: string) => void) | undefined;
}) {
  const t = useText(flowsText);
  return (
    <details className={styles.missing}>
      <summary>{t("missing", { count: names.length })}</summary>
      <p>{t("missingIn", { language })}</p>
      <ul className={styles.names}>
        {names.map((name) => (
          <li key={name}>
            {onAdd === undefined ? (
              name
            ) : (
              <Button icon={Plus} onPress={() => onAdd(name)}>
                {name}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </details>
  );
}
