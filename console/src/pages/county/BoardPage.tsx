import { Maximize2, Minimize2 } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { useSearchParams } from "react-router";
import { useGroups } from "../../api/directory";
import { useLiveState } from "../../api/live";
import { Button } from "../../kit/Button";
import { Page } from "../../kit/Page";
import { Failed } from "../../kit/States";
import { useShortcut } from "../../kit/shortcuts";
import { boardText } from "../../text/board";
import { localeOf, useLanguage, useText } from "../../text/words";
import styles from "./board/board.module.css";
import { CallsNow } from "./board/CallsNow";
import { Figures } from "./board/Figures";
import { People } from "./board/People";
import { inOrder, withCalls } from "./board/presence";
import { Queues } from "./board/Queues";
import { Results } from "./board/Results";
import { usePresence, useQueues, useToday } from "./board/useBoard";
import { useLiveCalls } from "./board/useLiveCalls";
import { useResults } from "./board/useResults";
import { GroupSelect } from "./GroupSelect";
import { groupsWithin, useHotlines, zoneOf } from "./names";

/** Is my county fine just now: calls, queues, people, the day's figures, what was told last. */
export default function BoardPage() {
  const t = useText(boardText);
  const locale = localeOf(useLanguage());
  const [isWide, toggleWide] = useFullScreen();
  const [query, setQuery] = useSearchParams();
  const groupId = query.get("group_id");
  const { groups } = useGroups();
  const { nameOf: hotlineName } = useHotlines();
  const { calls, isPending, problem, retry } = useLiveCalls();
  const presence = usePresence();
  const queues = useQueues();
  const { told, isPending: isTelling } = useResults();
  const today = useToday(zoneOf(groups, groupId), groupId);
  const isLive = useLiveState() === "live";

  const within = useMemo(
    () => (groupId === null ? null : groupsWithin(groups, groupId)),
    [groups, groupId],
  );
  const isWithin = (id: string | null): boolean =>
    within === null || (id !== null && within.has(id));
  const isSeen = (of: { group_id: string | null }): boolean => isWithin(of.group_id);
  const people = useMemo(
    () => inOrder(withCalls(presence.data?.items ?? [], calls), locale),
    [presence.data, calls, locale],
  );
  const names = useMemo(
    () => new Map(presence.data?.items.map((one) => [one.manager_id, one.name])),
    [presence.data],
  );
  const managerName = (id: string | null): string =>
    id === null ? "–" : (names.get(id) ?? t("formerManager"));
  const seenCalls = calls.filter(isSeen);
  const seenPeople = people.filter(isSeen);
  const seenQueues = queues.filter(isSeen);
  useShortcut("f", t("fullScreen"), toggleWide, document.fullscreenEnabled);

  return (
    <div className={`${styles.frame} ${isWide ? styles.wide : ""}`}>
      <Page
        fills
        title={t("board")}
        detail={
          <span className={styles.live}>
            <span className={`${styles.dot} ${isLive ? styles.on : styles.off}`} aria-hidden />
            {isLive ? t("isLive") : t("isNotLive")}
          </span>
        }
        actions={
          <>
            <GroupSelect
              groups={groups}
              value={groupId}
              onChange={(id) => setQuery(id === null ? {} : { group_id: id }, { replace: true })}
            />
            {document.fullscreenEnabled && (
              <Button icon={isWide ? Minimize2 : Maximize2} hint="f" onPress={toggleWide}>
                {isWide ? t("leaveFullScreen") : t("fullScreen")}
              </Button>
            )}
          </>
        }
      >
        {problem !== null ? (
          <Failed problem={problem} onRetry={retry} />
        ) : (
          <div className={`${styles.board} ${seenQueues.length > 0 ? styles.withQueues : ""}`}>
            <Figures
              calls={seenCalls}
              people={seenPeople}
              queues={seenQueues}
              today={today}
              groupId={groupId}
            />
            <CallsNow calls={seenCalls} isPending={isPending} nameOf={managerName} />
            <People people={seenPeople} isPending={presence.isPending} />
            <Queues queues={seenQueues} nameOf={hotlineName} />
            <Results
              told={told.filter((one) => isWithin(one.groupId))}
              isPending={isTelling}
              nameOf={managerName}
            />
          </div>
        )}
      </Page>
    </div>
  );
}

/**
 * The board alone on the screen, for a display on the wall. It is the whole page that fills the
 * screen: lists, dialogs and notes open outside of the board and would be hidden otherwise.
 */
function useFullScreen(): [boolean, () => void] {
  const [isOn, setIsOn] = useState(false);
  useEffect(() => {
    const look = (): void => setIsOn(document.fullscreenElement !== null);
    document.addEventListener("fullscreenchange", look);
    return () => {
      document.removeEventListener("fullscreenchange", look);
      if (document.fullscreenElement !== null) leave();
    };
  }, []);
  const toggle = (): void => {
    if (document.fullscreenElement !== null) leave();
    // A browser may refuse: the board stays as it is.
    else document.documentElement.requestFullscreen().catch(() => undefined);
  };
  return [isOn, toggle];
}

function leave(): void {
  document.exitFullscreen().catch(() => undefined);
}
