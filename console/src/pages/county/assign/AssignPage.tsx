import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Selection } from "react-aria-components";
import { useLocation, useNavigate } from "react-router";
import { api, dataOf, type Schema } from "../../../api/client";
import { useGroups } from "../../../api/directory";
import { useLive } from "../../../api/live";
import { usePages } from "../../../api/pages";
import { Button } from "../../../kit/Button";
import { Choice } from "../../../kit/Choice";
import { FilterBar } from "../../../kit/FilterBar";
import { FilterSelect } from "../../../kit/FilterSelect";
import { Page } from "../../../kit/Page";
import { Failed, Skeleton } from "../../../kit/States";
import { useFilter } from "../../../kit/useFilter";
import { useIsPhone } from "../../../kit/useMedia";
import { assignText } from "../../../text/assign";
import { taskTypes } from "../../../text/codes";
import { isWord, useText } from "../../../text/words";
import { GroupSelect } from "../GroupSelect";
import { keys } from "./assign";
import styles from "./assign.module.css";
import { ManagerList } from "./ManagerList";
import { OrderDialog } from "./OrderDialog";
import type { Wanted } from "./rules";
import { TaskList } from "./TaskList";

const NAMES = ["which", "type", "group"] as const;
const EVENTS = ["task.created", "task.assigned", "task.completed", "task.cancelled"] as const;

/** What the dialog is open for: tasks, and the manager that they were dropped on. */
interface Asked {
  wanted: Wanted;
  managerId: string | null;
}

/** Open tasks beside the managers who may get them: by drag, by selection, or all by a rule. */
export default function AssignPage() {
  const t = useText(assignText);
  const isPhone = useIsPhone();
  const filter = useFilter(NAMES);
  const { groups } = useGroups();
  const groupId = filter.values.group || (groups[0]?.id ?? "");
  const type = isTaskType(filter.values.type) ? filter.values.type : null;
  const isAll = filter.values.which === "all";
  const list = useOpenTasks(groupId, type, isAll);
  const { state } = useLocation();
  const navigate = useNavigate();
  // Whoever puts the dialog away finds them selected, to be dragged onto somebody.
  const [selected, setSelected] = useState<Selection>(() => new Set(chosenBefore(state)));
  const [asked, setAsked] = useState<Asked | null>(() => askedBy(state));
  const taskIds =
    selected === "all" ? list.items.map(({ id }) => id) : [...selected].map((key) => String(key));
  const ask = (ids: readonly string[], managerId: string | null): void =>
    setAsked({ wanted: { kind: "selected", taskIds: ids }, managerId });
  return (
    <Page
      title={t("title")}
      fills
      actions={
        <Button
          isDisabled={groupId === ""}
          onPress={() => setAsked({ wanted: { kind: "nobodys", type, groupId }, managerId: null })}
        >
          {t("assignAll")}
        </Button>
      }
      tools={
        <FilterBar filter={filter}>
          <Choice
            label={t("which")}
            hideLabel
            options={[
              { id: "nobodys", text: t("nobodys") },
              { id: "all", text: t("all") },
            ]}
            value={isAll ? "all" : "nobodys"}
            onChange={(which) => filter.set("which", which === "all" ? "all" : "")}
          />
          <TypeSelect value={type} onChange={(next) => filter.set("type", next ?? "")} />
          <GroupSelect
            groups={groups}
            value={groupId === "" ? null : groupId}
            onChange={(id) => filter.set("group", id ?? "")}
          />
        </FilterBar>
      }
    >
      <div className={styles.columns}>
        <section className={styles.column} aria-label={t("open")}>
          <div className={styles.bar}>
            {taskIds.length === 0 ? (
              <p className={styles.hint}>{t(isPhone ? "hintPhone" : "hint")}</p>
            ) : (
              <>
                <span className={styles.count}>{t("selected", { count: taskIds.length })}</span>
                <Button look="quiet" onPress={() => setSelected(new Set())}>
                  {t("clear")}
                </Button>
                <Button look="primary" onPress={() => ask(taskIds, null)}>
                  {t("assign")}
                </Button>
              </>
            )}
          </div>
          {list.problem !== null && <Failed problem={list.problem} onRetry={list.retry} />}
          {list.isPending && <Skeleton rows={8} height="4rem" />}
          {!list.isPending && list.problem === null && (
            <TaskList list={list} selected={selected} onSelect={setSelected} />
          )}
        </section>
        {!isPhone && <ManagerList groupId={groupId} onDrop={(ids, id) => ask(ids, id)} />}
      </div>
      {asked !== null && (
        <OrderDialog
          {...asked}
          groupId={groupId}
          tasks={list.items}
          onDone={() => setSelected(new Set())}
          onClose={() => {
            setAsked(null);
            // A page that is loaded anew must not ask once more.
            if (state !== null) void navigate({ search: location.search }, { replace: true });
          }}
        />
      )}
    </Page>
  );
}

/** The tasks that another page has chosen: the list of the group's tasks does, and triggers do. */
function chosenBefore(state: unknown): readonly string[] {
  if (typeof state !== "object" || state === null || !("taskIds" in state)) return [];
  const { taskIds } = state;
  return Array.isArray(taskIds) ? taskIds.filter((id: unknown) => typeof id === "string") : [];
}

function askedBy(state: unknown): Asked | null {
  const taskIds = chosenBefore(state);
  return taskIds.length === 0 ? null : { wanted: { kind: "selected", taskIds }, managerId: null };
}

function useOpenTasks(groupId: string, type: Schema<"TaskType"> | null, isAll: boolean) {
  const client = useQueryClient();
  useLive(EVENTS, () => void client.invalidateQueries({ queryKey: keys.all }));
  const query = {
    limit: 100,
    ...(isAll ? { open: true } : { state: "new" as const }),
    ...(groupId === "" ? {} : { group_id: groupId }),
    ...(type === null ? {} : { type }),
  };
  return usePages(keys.tasks(query), (cursor, signal) =>
    dataOf(
      api.GET("/v1/tasks", {
        params: { query: { ...query, ...(cursor === undefined ? {} : { cursor }) } },
        signal,
      }),
    ),
  );
}

function TypeSelect({
  value,
  onChange,
}: {
  value: Schema<"TaskType"> | null;
  onChange(type: string | null): void;
}) {
  const t = useText(assignText);
  const named = useText(taskTypes);
  return (
    <FilterSelect
      label={t("type")}
      any={t("anyType")}
      options={taskTypes.names.map((id) => ({ id, text: named(id) }))}
      value={value ?? ""}
      onChange={(id) => onChange(id || null)}
    />
  );
}

function isTaskType(name: string): name is Schema<"TaskType"> {
  return isWord(taskTypes, name);
}
