import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { api, dataOf, type Schema } from "../../../api/client";
import { useRequestKey } from "../../../kit/useRequestKey";
import { triggerText } from "../../../text/triggers";
import { isWord, textOf, useLanguage } from "../../../text/words";
import { keys } from "../keys";

const STALE_MS = 300_000;

/** The kinds of triggers there are, the shipped ones first. */
export function useTriggerKinds() {
  return useQuery({
    queryKey: keys.triggerKinds,
    queryFn: ({ signal }) => dataOf(api.GET("/v1/trigger-kinds", { signal })),
    staleTime: STALE_MS,
  });
}

/** How a kind is said: as the administrator has named it. */
export function useKindName(): (kind: string) => string {
  const { data } = useTriggerKinds();
  const language = useLanguage();
  return useMemo(() => {
    const named = new Map(data?.items.map((one) => [one.name, one.names[language]]));
    return (kind) => {
      const word = `kind_${kind}`;
      const name = named.get(kind);
      if (name !== undefined) return name.charAt(0).toUpperCase() + name.slice(1);
      return isWord(triggerText, word) ? textOf(triggerText, word) : kind;
    };
  }, [data, language]);
}

/** The results that each type of task may come to. */
export function useTaskTypes() {
  return useQuery({
    queryKey: keys.taskTypes,
    queryFn: ({ signal }) =>
      dataOf(api.GET("/v1/task-types", { params: { query: { limit: 200 } }, signal })),
    staleTime: STALE_MS,
  });
}

/** Have all that shows triggers, or their tasks, read anew. */
function useReadAnew(): () => Promise<unknown> {
  const client = useQueryClient();
  return () =>
    Promise.all(
      (["triggers", "trigger", "tasks", "task"] as const).map((part) =>
        client.invalidateQueries({ queryKey: ["county", part] }),
      ),
    );
}

/** Tell of something of a customer; answers with what it led to. */
export function useTellTrigger() {
  const readAnew = useReadAnew();
  const request = useRequestKey();
  return useMutation({
    mutationFn: (body: Schema<"TriggerBody">) => {
      const params = { header: request.headerFor(body) };
      return dataOf(api.POST("/v1/triggers", { params, body }));
    },
    onSuccess: () => {
      request.renew();
      return readAnew();
    },
  });
}

/** Close what a trigger led to, with its result. */
export function useCloseMatter(taskId: string) {
  const readAnew = useReadAnew();
  return useMutation({
    mutationFn: (body: Schema<"TaskResultBody">) =>
      dataOf(
        api.PUT("/v1/tasks/{task_id}/result", { params: { path: { task_id: taskId } }, body }),
      ),
    onSuccess: readAnew,
  });
}

/** Call it off, with why. */
export function useCallOff(taskId: string) {
  const readAnew = useReadAnew();
  return useMutation({
    mutationFn: (why: string) =>
      dataOf(
        api.POST("/v1/tasks/{task_id}/cancel", {
          params: { path: { task_id: taskId } },
          body: { why },
        }),
      ),
    onSuccess: readAnew,
  });
}
