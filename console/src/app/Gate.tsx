import { useQuery } from "@tanstack/react-query";
import { lazy, type ReactNode, Suspense, useSyncExternalStore } from "react";
import { problemFrom } from "../api/problem";
import { whoQuery } from "../api/session";
import { sessionState } from "../api/session-state";
import { later } from "../kit/later";
import { Failed } from "../kit/States";

const DutyPage = lazy(() => import("./account/DutyPage"));
const LogInPage = lazy(() => import("./LogInPage"));
const SessionOver = later(() => import("./SessionOver"));

/** Lets through whoever is logged in; above the page asks anew when the session has ended. */
export function Gate({ children }: { children: ReactNode }) {
  const { data: who, error, refetch } = useQuery(whoQuery);
  const isOver = useSyncExternalStore(sessionState.subscribe, sessionState.isOver);
  const problem = problemFrom(error);
  if (problem !== null) return <Failed problem={problem} onRetry={() => void refetch()} />;
  if (who === undefined) return null;
  if (who === null) {
    return (
      <Suspense>
        <LogInPage />
      </Suspense>
    );
  }
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
      <Suspense>{isOver && <SessionOver who={who} />}</Suspense>
    </>
  );
}
