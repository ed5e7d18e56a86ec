import {
  GridList,
  GridListHeader,
  GridListItem,
  GridListSection,
  ListLayout,
  Virtualizer,
} from "react-aria-components";
import { useIsPhone } from "../../../kit/useMedia";
import { dayText } from "../../../text/manager";
import { useText } from "../../../text/words";
import type { Dialled } from "../call/useCalls";
import { nameOf } from "../names";
import type { Section, Task } from "./sections";
import styles from "./TaskList.module.css";
import { TaskRow } from "./TaskRow";

export interface TaskListProps {
  sections: readonly Section[];
  /** Whose card stands beside the list. */
  selected: string | null;
  onSelect(taskId: string): void;
  /** Enter on a row, or its button. */
  onDial(whom: Dialled): void;
  onEnter(task: Task): void;
  isBusy: boolean;
}

const ROW_PX = 58;
const TOUCH_ROW_PX = 66;
const HEADING_PX = 34;

/** The day's tasks in their parts: arrow keys go along, the card beside follows, Enter calls. */
export function TaskList({ sections, selected, onSelect, onDial, onEnter, isBusy }: TaskListProps) {
  const t = useText(dayText);
  const isPhone = useIsPhone();
  const byId = new Map(sections.flatMap(({ tasks }) => tasks.map((task) => [task.id, task])));
  const act = (key: string | number): void => {
    const task = byId.get(String(key));
    if (task === undefined) return;
    if (isPhone) onSelect(task.id);
    else onEnter(task);
  };
  return (
    <div className={styles.frame}>
      <Virtualizer
        layout={ListLayout}
        layoutOptions={{
          rowHeight: isPhone ? TOUCH_ROW_PX : ROW_PX,
          headingHeight: HEADING_PX,
        }}
      >
        <GridList
          aria-label={t("list")}
          className={styles.list}
          // On a phone a tap opens the card; there is no selection to follow.
          {...(isPhone
            ? { selectionMode: "none" as const }
            : {
                selectionMode: "single" as const,
                selectionBehavior: "replace" as const,
                selectedKeys: selected === null ? [] : [selected],
                onSelectionChange: (keys) => {
                  const [first] = keys === "all" ? [] : keys;
                  if (first !== undefined) onSelect(String(first));
                },
              })}
          onAction={act}
        >
          {sections.map(({ name, tasks }) => (
            <GridListSection key={name} id={name}>
              <GridListHeader className={styles.heading}>
                {t(name === "missed" ? "missedCalls" : name)}
                <span className={styles.count}>{tasks.length}</span>
              </GridListHeader>
              {tasks.map((task) => (
                <GridListItem
                  key={task.id}
                  id={task.id}
                  textValue={nameOf(task)}
                  className={styles.item}
                >
                  <TaskRow task={task} section={name} isBusy={isBusy} onDial={onDial} />
                </GridListItem>
              ))}
            </GridListSection>
          ))}
        </GridList>
      </Virtualizer>
    </div>
  );
}
