import { useEffect } from "react";
import { Button } from "../kit/Button";
import { shell } from "../text/shell";
import { setLanguage, useLanguage, useText } from "../text/words";
import styles from "./LogIn.module.css";
import { LogInForm } from "./LogInForm";
import { OrganisationLink } from "./OrganisationLink";

/** What whoever is not logged in sees, whatever page was asked for: that page follows. */
export function LogInPage() {
  const t = useText(shell);
  const language = useLanguage();
  useEffect(() => {
    document.title = `${t("logIn")} · voicegw`;
  }, [t]);
  return (
    <main className={styles.page}>
      <div className={styles.card}>
        <img src="/icon.svg" alt="" width={48} height={48} />
        <h1>voicegw</h1>
        <p className={styles.about}>{t("welcome")}</p>
        <LogInForm />
        <OrganisationLink />
        <Button look="quiet" onPress={() => setLanguage(language === "zh" ? "en" : "zh")}>
          {t("language")}
        </Button>
      </div>
    </main>
  );
}
