import { useEffect } from "react";
import { Button } from "../kit/Button";
import { ProblemNote } from "../kit/States";
import { shell } from "../text/shell";
import { setLanguage, useLanguage, useText } from "../text/words";
import styles from "./LogIn.module.css";
import { LogInForm } from "./LogInForm";
import { OrganisationLink } from "./OrganisationLink";
import { useRefusal } from "./useRefusal";

/** What whoever is not logged in sees, whatever page was asked for: that page follows. */
export default function LogInPage() {
  const t = useText(shell);
  const language = useLanguage();
  const refusal = useRefusal();
  useEffect(() => {
    document.title = `${t("logIn")} · voicegw`;
  }, [t]);
  return (
    <main className={styles.page}>
      <div className={styles.card}>
        <img src="/icon.svg" alt="" width={48} height={48} />
        <h1>voicegw</h1>
        <p className={styles.about}>{t("welcome")}</p>
        {refusal !== null && (
          <div className={styles.refusal}>
            <ProblemNote problem={refusal} />
          </div>
        )}
        <LogInForm />
        <OrganisationLink />
        <Button look="quiet" onPress={() => setLanguage(language === "zh" ? "en" : "zh")}>
          {t("language")}
        </Button>
      </div>
    </main>
  );
}
