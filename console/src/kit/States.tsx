import { type LucideIcon, SearchX, ShieldX, TriangleAlert } from "lucide-react";
import { type ReactNode, Suspense, useCallback, useEffect, useRef } from "react";
import type { Problem } from "../api/problem";
import { common } from "../text/common";
import { useText } from "../text/words";
import { Button } from "./Button";
import type { FaultListProps } from "./FaultList";
import { later } from "./later";
import styles from "./States.module.css";
import { useProblemText } from "./useProblemText";

// All that can be wrong with any field, in two languages. A gateway that is newer than the page has
// no such file any more: a form that was filled in is not to go with it.
const FaultList = later(() => import("./FaultList").catch(() => ({ default: PlainFaults })));

export interface EmptyProps {
  icon?: LucideIcon;
  title: string;
  /** Why there is nothing, and what to do next. */
  children?: ReactNode;
  action?: ReactNode;
  /** It is all that the page has: its title is the page's. */
  isPage?: boolean;
}

/** Nothing is here, said so that one knows what to do next. */
export function Empty({
  icon: Icon = SearchX,
  title,
  children,
  action,
  isPage = false,
}: EmptyProps) {
  const Title = isPage ? "h1" : "p";
  useEffect(() => {
    if (isPage) document.title = `${title} · voicegw`;
  }, [isPage, title]);
  return (
    <div className={styles.state}>
      <Icon size={28} aria-hidden className={styles.icon} />
      <Title className={styles.title}>{title}</Title>
      {children !== undefined && <div className={styles.detail}>{children}</div>}
      {action}
    </div>
  );
}

/** A page or part that could not be had: why, and how to try again. */
export function Failed({ problem, onRetry }: { problem: Problem; onRetry?: () => void }) {
  const t = useText(common);
  const text = useProblemText();
  const Icon = problem.status === 403 || problem.status === 404 ? ShieldX : TriangleAlert;
  return (
    <div className={styles.state} role="alert">
      <Icon size={28} aria-hidden className={styles.icon} />
      <p className={styles.title}>{text(problem)}</p>
      <RequestId problem={problem} />
      {onRetry !== undefined && <Button onPress={onRetry}>{t("retry")}</Button>}
    </div>
  );
}

/** What went wrong with something that was just asked for, where it was asked for. */
export function ProblemNote({ problem }: { problem: Problem | null }) {
  const text = useProblemText();
  const note = useRef<HTMLDivElement>(null);
  const which = problem === null ? null : (problem.requestId ?? problem.code);
  const show = useCallback(() => {
    // Below a long form on a phone it would be out of sight, and the press seem to do nothing.
    note.current?.scrollIntoView({ block: "nearest" });
  }, []);
  useEffect(() => {
    if (which !== null) show();
  }, [which, show]);
  if (problem === null) return null;
  return (
    <div ref={note} className={styles.note} role="alert">
      <TriangleAlert size={16} aria-hidden />
      <div>
        <p>{text(problem)}</p>
        {problem.errors.length > 0 && (
          <Suspense>
            <FaultList faults={problem.errors} onDrawn={show} />
          </Suspense>
        )}
        <RequestId problem={problem} />
      </div>
    </div>
  );
}

/** The same by the API's own words. */
function PlainFaults({ faults, onDrawn }: FaultListProps) {
  useEffect(onDrawn, [onDrawn]);
  return (
    <ul className={styles.faults}>
      {faults.map(({ field, message }) => (
        <li key={`${field} ${message}`}>
          {field}: {message}
        </li>
      ))}
    </ul>
  );
}

function RequestId({ problem }: { problem: Problem }) {
  const t = useText(common);
  if (problem.requestId === null) return null;
  return (
    <p className={styles.id}>
      {t("requestId")} <code>{problem.requestId}</code>
    </p>
  );
}

/** Lines of the size that the content will have. */
export function Skeleton({ rows = 3, height = "var(--row)" }: { rows?: number; height?: string }) {
  const t = useText(common);
  return (
    <div role="status" aria-busy="true" aria-label={t("loading")} className={styles.skeleton}>
      {Array.from({ length: rows }, (_, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all the same
        <div key={place} className={styles.bone} style={{ height }} />
      ))}
    </div>
  );
}

export type Tone = "neutral" | "accent" | "good" | "warn" | "bad";

/** A state in a word; the colour only repeats what the word says. */
export function Badge({ tone = "neutral", children }: { tone?: Tone; children: ReactNode }) {
  return <span className={`${styles.badge} ${styles[tone]}`}>{children}</span>;
}
