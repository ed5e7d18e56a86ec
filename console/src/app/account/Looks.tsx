import { Card } from "../../kit/Card";
import { Choice } from "../../kit/Choice";
import { account } from "../../text/account";
import { setLanguage, useLanguage, useText } from "../../text/words";
import { setTheme, useTheme } from "../theme";
import styles from "./Account.module.css";

/** Language and appearance, kept by this browser. */
export function Looks() {
  const t = useText(account);
  return (
    <Card title={t("looks")}>
      <div className={styles.form}>
        <Choice
          label={t("language")}
          options={[
            { id: "zh", text: "中文" },
            { id: "en", text: "English" },
          ]}
          value={useLanguage()}
          onChange={setLanguage}
        />
        <Choice
          label={t("theme")}
          options={[
            { id: "auto", text: t("auto") },
            { id: "light", text: t("light") },
            { id: "dark", text: t("dark") },
          ]}
          value={useTheme()}
          onChange={setTheme}
        />
      </div>
    </Card>
  );
}
