import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { GridList, GridListItem, isTextDropItem, useDragAndDrop } from "react-aria-components";
import { type Manager, useManagers } from "../../../api/directory";
import { Badge } from "../../../kit/States";
import { assignText } from "../../../text/assign";
import { useText } from "../../../text/words";
import { loadQuery } from "./assign";
import styles from "./assign.module.css";
import { TASK_DRAG } from "./TaskList";

/** Who may get tasks, each with the load; tasks are dropped onto them. */
export function ManagerList({
  groupId,
  onDrop,
}: {
  groupId: string;
  onDrop(taskIds: readonly string[], managerId: string): void;
}) {
  const t = useText(assignText);
  const { managers } = useManagers();
  const { data: load } = useQuery(loadQuery);
  const there = useMemo(
    () =>
      managers
        .filter((one) => one.status !== "departed" && (groupId === "" || one.group_id === groupId))
        .sort((one, other) => (load?.get(other.id) ?? 0) - (load?.get(one.id) ?? 0)),
    [managers, groupId, load],
  );
  const most = Math.max(1, ...there.map(({ id }) => load?.get(id) ?? 0));
  const { dragAndDropHooks } = useDragAndDrop({
    acceptedDragTypes: [TASK_DRAG],
    getDropOperation: () => "move",
    shouldAcceptItemDrop: () => true,
    onItemDrop: async ({ items, target }) => {
      const ids = await Promise.all(
        items.filter(isTextDropItem).map((item) => item.getText(TASK_DRAG)),
      );
      onDrop(ids, String(target.key));
    },
  });
  return (
    <section className={styles.column} aria-label={t("managers")}>
      <div className={styles.bar}>
        <h2>{t("managers")}</h2>
        <p className={styles.hint}>{t("loadHelp")}</p>
      </div>
      <div className={styles.list}>
        <GridList
          aria-label={t("managers")}
          className={styles.rows}
          dragAndDropHooks={dragAndDropHooks}
        >
          {there.map((manager) => (
            <ManagerRow
              key={manager.id}
              manager={manager}
              open={load?.get(manager.id) ?? 0}
              most={most}
            />
          ))}
        </GridList>
      </div>
    </section>
  );
}

function ManagerRow({ manager, open, most }: { manager: Manager; open: number; most: number }) {
  const t = useText(assignText);
  return (
    <GridListItem id={manager.id} textValue={manager.name} className={styles.manager}>
      <div className={styles.body}>
        <p className={styles.name}>
          {manager.name}
          {manager.status === "away" && <Badge tone="warn">{t("away")}</Badge>}
        </p>
        <div className={styles.track} aria-hidden>
          <div className={styles.load} style={{ width: `${(open / most) * 100}%` }} />
        </div>
      </div>
      <span className={styles.open}>{t("load", { count: open })}</span>
    </GridListItem>
  );
}
