import { Copy } from "../../../kit/Copy";
import { kindsText } from "../../../text/kinds";
import { useText } from "../../../text/words";
import editorStyles from "../editor/editor.module.css";
import styles from "./kinds.module.css";

/** What the API will be sent, for whoever writes programs for it. */
export function DocumentView({ body }: { body: object }) {
  const t = useText(kindsText);
  const text = JSON.stringify(body, null, 2);
  return (
    <details className={styles.document}>
      <summary>{t("document")}</summary>
      <div className={styles.documentHead}>
        <p className={editorStyles.help}>{t("documentHelp")}</p>
        <Copy text={text} />
      </div>
      <pre className={styles.json}>{text}</pre>
    </details>
  );
}
