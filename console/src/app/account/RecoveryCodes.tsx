import { Printer } from "lucide-react";
import { Button } from "../../kit/Button";
import { Copy } from "../../kit/Copy";
import { account } from "../../text/account";
import { useText } from "../../text/words";
import styles from "./Account.module.css";

/** The codes for when the phone is lost, shown this once: on paper they last. */
export function RecoveryCodes({ codes, onDone }: { codes: readonly string[]; onDone(): void }) {
  const t = useText(account);
  return (
    <div className={styles.form}>
      <h3>{t("codes")}</h3>
      <p className={styles.about}>{t("codesDetail")}</p>
      <ul className={styles.codes} translate="no">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <div className={styles.buttons}>
        <Copy text={codes.join("\n")} label={t("copyCodes")} iconOnly={false} />
        <Button icon={Printer} onPress={() => print()}>
          {t("print")}
        </Button>
        <Button look="primary" onPress={onDone}>
          {t("kept")}
        </Button>
      </div>
    </div>
  );
}
