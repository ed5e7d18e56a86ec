import { useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, type ReactNode, Suspense, useEffect, useRef, useSyncExternalStore } from "react";
import { live } from "../api/live";
import { problemFrom } from "../api/problem";
import { fetchWho, type Who, whoQuery } from "../api/session";
import { sessionState } from "../api/session-state";
import { Dialog } from "../kit/Dialog";
import { Failed } from "../kit/States";
import { shell } from "../text/shell";
import { useText } from "../text/words";
import styles from "./LogIn.module.css";
import { LogInForm } from "./LogInForm";
import { LogInPage } from "./LogInPage";
import { OrganisationLink } from "./OrganisationLink";

const DutyPage = lazy(() => import("./account/DutyPage"));

/** Lets through whoever is logged in; above the page asks anew when the session has ended. */
export function Gate({ children }: { children: ReactNode }) {
  const { data: who, error, refetch } = useQuery(whoQuery);
  const problem = problemFrom(error);
  if (problem !== null) return <Failed problem={problem} onRetry={() => void refetch()} />;
  if (who === undefined) return null;
  if (who === null) return <LogInPage />;
  if (who.duty !== null) {
    return (
      <Suspense>
        <DutyPage duty={who.duty} />
      </Suspense>
    );
  }
  return (
    <>
      {children}
      <SessionOver who={who} />
    </>
  );
}

/** The page below stays as it is, with all that was typed, until the same person is back. */
function SessionOver({ who }: { who: Who }) {
  const t = useText(shell);
  const client = useQueryClient();
  const isOver = useSyncExternalStore(sessionState.subscribe, sessionState.isOver);
  const goOn = (next: Who): void => {
    live.close();
    // Another person must find nothing of the one before.
    if (next.principal !== who.principal) location.assign("/");
    else void client.invalidateQueries({ predicate: (query) => query.queryKey[0] !== "session" });
  };
  useReturn(isOver, (next) => {
    client.setQueryData(whoQuery.queryKey, next);
    goOn(next);
  });
  return (
    <Dialog title={t("over")} isOpen={isOver} onClose={() => undefined} mustAnswer>
      <p className={styles.about}>{t("overDetail")}</p>
      <LogInForm login={who.login ?? ""} onDone={goOn} />
      <OrganisationLink inNewTab />
    </Dialog>
  );
}

/** Look, while the session is over and whenever the page is come back to, who logged in elsewhere. */
function useReturn(isOver: boolean, onBack: (who: Who) => void): void {
  const latest = useRef(onBack);
  useEffect(() => {
    latest.current = onBack;
  });
  useEffect(() => {
    if (!isOver) return undefined;
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
  }, [isOver]);
}
