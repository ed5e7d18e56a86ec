import { GripVertical } from "lucide-react";
import {
  Button,
  GridList,
  GridListItem,
  GridListLoadMoreItem,
  ListLayout,
  type Selection,
  useDragAndDrop,
  Virtualizer,
} from "react-aria-components";
import { useManagers } from "../../../api/directory";
import type { Pages } from "../../../api/pages";
import { useFormat } from "../../../kit/format";
import { Checkbox } from "../../../kit/SelectionBox";
import { Badge, Empty } from "../../../kit/States";
import { assignText } from "../../../text/assign";
import { taskTypes } from "../../../text/codes";
import { common } from "../../../text/common";
import { isWord, useText } from "../../../text/words";
import type { Task } from "./assign";
import styles from "./assign.module.css";

/** What is dragged, told apart from files and texts of others. */
export const TASK_DRAG = "application/x-voicegw-task";

const ROW_PX = 64;

export interface TaskListProps {
  list: Pages<Task>;
  selected: Selection;
  onSelect(selected: Selection): void;
}

/** Open tasks; what is selected is dragged together. By keyboard: Tab to the handle, Enter, Tab. */
export function TaskList({ list, selected, onSelect }: TaskListProps) {
  const t = useText(assignText);
  const c = useText(common);
  const { dragAndDropHooks } = useDragAndDrop({
    getItems: (ids) => [...ids].map((id) => ({ [TASK_DRAG]: String(id) })),
    getAllowedDropOperations: () => ["move"],
  });
  return (
    <div className={styles.list}>
      <Virtualizer layout={ListLayout} layoutOptions={{ rowHeight: ROW_PX, loaderHeight: ROW_PX }}>
        <GridList
          aria-label={t("open")}
          className={styles.rows}
          selectionMode="multiple"
          selectedKeys={selected}
          onSelectionChange={onSelect}
          dragAndDropHooks={dragAndDropHooks}
          renderEmptyState={() => <Empty title={t("noTasks")}>{t("noTasksDetail")}</Empty>}
        >
          {list.items.map((task) => (
            <TaskRow key={task.id} task={task} />
          ))}
          {list.more !== undefined && (
            <GridListLoadMoreItem
              onLoadMore={list.more}
              isLoading={list.isLoadingMore}
              className={styles.more}
            >
              {c("loading")}
            </GridListLoadMoreItem>
          )}
        </GridList>
      </Virtualizer>
    </div>
  );
}

function TaskRow({ task }: { task: Task }) {
  const t = useText(assignText);
  const named = useText(taskTypes);
  const format = useFormat();
  const { nameOf } = useManagers();
  const name = task.customer?.name ?? task.customer_masked ?? t("someone");
  const type = task.own_type ?? (isWord(taskTypes, task.type) ? named(task.type) : task.type);
  const facts = [
    type,
    ...(task.due_at === null ? [] : [t("due", { at: format.dateTime(task.due_at) })]),
  ];
  return (
    <GridListItem id={task.id} textValue={name} className={styles.row}>
      <Button slot="drag" className={styles.handle} aria-label={t("drag", { name })}>
        <GripVertical size={16} aria-hidden />
      </Button>
      <Checkbox />
      <div className={styles.body}>
        <p className={styles.name}>{name}</p>
        <p className={styles.facts}>{facts.join(" · ")}</p>
      </div>
      {task.manager_id !== null && <Badge>{nameOf(task.manager_id)}</Badge>}
    </GridListItem>
  );
}
