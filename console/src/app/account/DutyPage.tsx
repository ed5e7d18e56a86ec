import { LogOut } from "lucide-react";
import { useEffect } from "react";
import { leave } from "../../api/session";
import { Button } from "../../kit/Button";
import { Toasts } from "../../kit/toast";
import { account } from "../../text/account";
import { shell } from "../../text/shell";
import { useText } from "../../text/words";
import styles from "./Account.module.css";
import { FactorSetup } from "./FactorSetup";
import { PasswordForm } from "./PasswordForm";

/** What the API asks for before anything else: until it is done, every page would be refused. */
export default function DutyPage({ duty }: { duty: string }) {
  const t = useText(account);
  const s = useText(shell);
  const isPassword = duty === "password-change-needed";
  const title = t(isPassword ? "dutyPassword" : "dutyFactor");
  useEffect(() => {
    document.title = `${title} · voicegw`;
  }, [title]);
  return (
    <main className={styles.duty}>
      <div className={styles.dutyCard}>
        <h1>{title}</h1>
        <p>{t(isPassword ? "dutyPasswordDetail" : "dutyFactorDetail")}</p>
        {isPassword ? <PasswordForm autoFocus /> : <FactorSetup onDone={() => undefined} />}
        <div>
          <Button look="quiet" icon={LogOut} onPress={leave}>
            {s("logOut")}
          </Button>
        </div>
      </div>
      <Toasts />
    </main>
  );
}
