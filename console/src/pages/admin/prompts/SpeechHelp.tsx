import { Copy } from "../../../kit/Copy";
import { flowsText } from "../../../text/flows";
import { useText } from "../../../text/words";
import editorStyles from "../editor/editor.module.css";
import styles from "./prompts.module.css";

const EXAMPLE = `[speech]
command = ["espeak-ng", "--stdin", "-v", "{voice}", "-w", "{file}"]
voices = ["zh=cmn", "en=en-gb"]`;

/** Why no text of a language can be spoken here, and what lets it be. */
export function SpeechHelp({
  languages,
  language,
}: {
  /** Those that are spoken. */
  languages: readonly string[];
  /** How the one that is not is called. */
  language: string;
}) {
  const t = useText(flowsText);
  const title = languages.length === 0 ? t("speechMissing") : t("speechNoVoice", { language });
  return (
    <section className={styles.speechHelp} aria-label={title}>
      <strong>{title}</strong>
      <p>{t("speechHelp")}</p>
      <div className={styles.example}>
        <pre>{EXAMPLE}</pre>
        <Copy text={EXAMPLE} />
      </div>
      <p className={editorStyles.help}>{t("speechHelpMore")}</p>
    </section>
  );
}
