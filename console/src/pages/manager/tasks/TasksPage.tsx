import { CircleCheck, ListVideo } from "lucide-react";
import { Suspense, useMemo } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { Button } from "../../../kit/Button";
import { Dialog } from "../../../kit/Dialog";
import { later } from "../../../kit/later";
import { Page } from "../../../kit/Page";
import { Empty, Failed, Skeleton } from "../../../kit/States";
import { useShortcut } from "../../../kit/shortcuts";
import { useMedia } from "../../../kit/useMedia";
import { dayText, managerText } from "../../../text/manager";
import { useText } from "../../../text/words";
import { AwayButton } from "../away/AwayButton";
import { AwayNote } from "../away/AwayNote";
import { useAway } from "../away/useAway";
import { dialledOf, useDial, useRunningCall } from "../call/useCalls";
import { nameOf } from "../names";
import { useNow } from "../useNow";
import { DayFigures } from "./DayFigures";
import { NextBest } from "./NextBest";
import type { Task } from "./sections";
import { TaskList } from "./TaskList";
import styles from "./TasksPage.module.css";
import { useNext, useOpenTasks, useSections } from "./useTasks";

const TaskCard = later(async () => ({ default: (await import("../customer/TaskCard")).TaskCard }));

/** The day of a manager: whom to call, why, and one key to do it. */
export default function TasksPage() {
  const m = useText(managerText);
  const t = useText(dayText);
  const navigate = useNavigate();
  const dial = useDial();
  const isBusy = useRunningCall() !== undefined;
  const { tasks, isPending, problem, retry } = useOpenTasks();
  const now = useNow(60_000);
  const isAway = useAway(now)?.isAway === true;
  const sections = useSections(tasks, now);
  const { data: next } = useNext();
  const [query, setQuery] = useSearchParams();
  const hasRoom = useMedia("(width >= 80rem)");
  const open = useMemo(
    () => tasks.find(({ id }) => id === query.get("task")) ?? null,
    [tasks, query],
  );
  const select = (taskId: string | null): void =>
    setQuery(taskId === null ? {} : { task: taskId }, { replace: hasRoom });
  const call = (task: Task): void => {
    if (!isBusy) dial(dialledOf(task, nameOf(task)));
  };
  const best = next?.best?.task;
  const hasNext = best !== undefined && !isBusy;
  useShortcut("d", t("dial"), () => open !== null && call(open), open !== null && !isBusy);
  useShortcut("n", t("nextWhy"), () => best !== undefined && call(best), hasNext);
  const card = open !== null && (
    <Suspense fallback={<Skeleton rows={6} />}>
      <TaskCard task={open} isBusy={isBusy} onDial={dial} />
    </Suspense>
  );
  return (
    <Page
      title={m("tasks")}
      detail={isPending ? undefined : t("count", { count: tasks.length })}
      actions={
        <>
          <AwayButton now={now} />
          <Button icon={ListVideo} onPress={() => void navigate("/dialling")}>
            {t("dialling")}
          </Button>
        </>
      }
      tools={isAway ? <AwayNote now={now} /> : undefined}
      fills
    >
      <div className={`${styles.page} ${hasRoom && open !== null ? styles.beside : ""}`}>
        <div className={styles.head}>
          <NextBest next={next} isBusy={isBusy} onDial={dial} />
          <DayFigures />
        </div>
        <div className={styles.list}>
          {problem !== null ? (
            <Failed problem={problem} onRetry={retry} />
          ) : isPending ? (
            <Skeleton rows={9} height="3.6rem" />
          ) : sections.length === 0 ? (
            <Empty icon={CircleCheck} title={t("allDone")}>
              {t("allDoneDetail")}
            </Empty>
          ) : (
            <TaskList
              sections={sections}
              selected={open?.id ?? null}
              onSelect={select}
              onDial={dial}
              onEnter={call}
              isBusy={isBusy}
            />
          )}
        </div>
        {hasRoom && open !== null && (
          <aside className={styles.card} aria-label={t("details")}>
            {card}
          </aside>
        )}
      </div>
      {!hasRoom && (
        <Dialog
          title={t("details")}
          shape="sheet"
          isOpen={open !== null}
          onClose={() => select(null)}
        >
          {card}
        </Dialog>
      )}
    </Page>
  );
}
