import { useWho } from "../api/session";
import { Page } from "../kit/Page";
import { shell } from "../text/shell";
import { useText } from "../text/words";

/** One's own login: who one is, password, second factor, sessions. */
export default function AccountPage() {
  const t = useText(shell);
  const who = useWho();
  return <Page title={t("account")}>{who.name ?? who.login}</Page>;
}
