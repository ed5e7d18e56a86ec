import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { live } from "../api/live";
import { fetchWho, type Who, whoQuery } from "../api/session";
import { Dialog } from "../kit/Dialog";
import { shell } from "../text/shell";
import { useText } from "../text/words";
import styles from "./LogIn.module.css";
import { LogInForm } from "./LogInForm";
import { OrganisationLink } from "./OrganisationLink";

/** The page below stays as it is, with all that was typed, until the same person is back. */
export default function SessionOver({ who }: { who: Who }) {
  const t = useText(shell);
  const client = useQueryClient();
  const goOn = (next: Who): void => {
    live.close();
    // Another person must find nothing of the one before.
    if (next.principal !== who.principal) location.assign("/");
    else void client.invalidateQueries({ predicate: (query) => query.queryKey[0] !== "session" });
  };
  useReturn((next) => {
    client.setQueryData(whoQuery.queryKey, next);
    goOn(next);
  });
  return (
    <Dialog title={t("over")} isOpen onClose={() => undefined} mustAnswer>
      <p className={styles.about}>{t("overDetail")}</p>
      <LogInForm login={who.login ?? ""} onDone={goOn} />
      <OrganisationLink inNewTab />
    </Dialog>
  );
}

/** Look, while the session is over and whenever the page is come back to, who logged in elsewhere. */
function useReturn(onBack: (who: Who) => void): void {
  const latest = useRef(onBack);
  useEffect(() => {
    latest.current = onBack;
  });
  useEffect(() => {
    const end = new AbortController();
    const look = (): void => {
      // Nobody, or no answer: the form is still there.
      void fetchWho().then(
        (who) => who !== null && latest.current(who),
        () => undefined,
      );
    };
    window.addEventListener("focus", look, { signal: end.signal });
    return () => end.abort();
  }, []);
}
