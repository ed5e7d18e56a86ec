import { useWho } from "../../api/session";
import { Card, Facts } from "../../kit/Card";
import { useFormat } from "../../kit/format";
import { Page } from "../../kit/Page";
import { account, roles } from "../../text/account";
import { isWord, useText } from "../../text/words";
import styles from "./Account.module.css";
import { FactorCard } from "./FactorCard";
import { Looks } from "./Looks";
import { PasswordForm } from "./PasswordForm";
import { SessionList } from "./SessionList";

/** One's own login: who one is, password, second factor, sessions, looks. */
export default function AccountPage() {
  const t = useText(account);
  const who = useWho();
  return (
    <Page title={t("title")}>
      <div className={styles.cards}>
        <Profile />
        <Looks />
        <Card title={t("password")}>
          {who.method === "password" ? <PasswordForm /> : <p>{t("noPassword")}</p>}
        </Card>
        <FactorCard />
        <div className={styles.whole}>
          <SessionList />
        </div>
      </div>
    </Page>
  );
}

function Profile() {
  const t = useText(account);
  const r = useText(roles);
  const format = useFormat();
  const who = useWho();
  const named = (code: string): string => (isWord(roles, code) ? r(code) : code);
  const { created_at: begun, expires_at: until } = who;
  return (
    <Card title={t("profile")}>
      <Facts
        facts={[
          { label: t("name"), value: who.name ?? "–" },
          { label: t("login"), value: <span translate="no">{who.login}</span> },
          { label: t("role"), value: named(who.role) },
          ...(who.grants.length > 0
            ? [{ label: t("grants"), value: who.grants.map(named).join("、") }]
            : []),
          {
            label: t("since"),
            value: t("until", { at: format.dateTime(begun), until: format.dateTime(until) }),
          },
        ]}
      />
    </Card>
  );
}
