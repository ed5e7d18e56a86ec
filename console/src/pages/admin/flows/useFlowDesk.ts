import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Problem } from "../../../api/problem";
import { useMay } from "../../../api/session";
import type { Versioned } from "../../../kit/editor/conflict";
import { toast } from "../../../kit/toast";
import { useSaved } from "../../../kit/useSaved";
import { flowsText } from "../../../text/flows";
import { useText } from "../../../text/words";
import { checkQuery, FLOWS, type Flow, flowQuery, readFlow, writeFlow } from "./flows";
import { firstText } from "./NewFlow";
import { useSettled } from "./useSettled";

const TYPED_MS = 350;

/** A flow's text while it is edited: checked as it is typed, saved as a version. */
export function useFlowDesk(name: string, read: Versioned<Flow> | null) {
  const t = useText(flowsText);
  const client = useQueryClient();
  const mayWrite = useMay("flows.write");
  const [base, setBase] = useState(read);
  const [theirs, setTheirs] = useState<Versioned<Flow> | null>(null);
  const kept = base?.data.source ?? "";
  const { draft, change, forget } = useSaved(`flow:${name}`, {
    source: base?.data.source ?? firstText(name),
  });
  const source = draft.source;
  const settled = useSettled(source, TYPED_MS);
  const isChanged = source !== kept;
  const check = useQuery({
    ...checkQuery(settled),
    enabled: mayWrite && (isChanged || base === null),
  });
  const checked = isChanged || base === null ? check.data : base.data;
  const saving = useMutation({
    mutationFn: (tag: string | null) => writeFlow(name, source, tag),
    onSuccess: async (flow) => {
      forget();
      setTheirs(null);
      setBase({ data: flow, tag: `"${flow.version}"` });
      client.setQueryData(flowQuery(name).queryKey, { data: flow, tag: `"${flow.version}"` });
      toast({ text: t("saved", { version: flow.version }) });
      await client.invalidateQueries({ queryKey: [...FLOWS, "all"] });
      await client.invalidateQueries({ queryKey: [...FLOWS, "versions", name] });
    },
    onError: async (error) => {
      if (isStale(error)) setTheirs(await readFlow(name));
    },
  });
  return {
    source,
    setSource: (next: string) => change({ source: next }),
    version: base?.data.version ?? null,
    tag: base?.tag ?? null,
    forget,
    isChanged,
    mayWrite,
    problems: checked?.problems ?? [],
    drawing: checked?.drawing ?? base?.data.drawing ?? null,
    isChecking: check.isFetching || settled !== source,
    checkError: check.error,
    isSaving: saving.isPending,
    error: isStale(saving.error) ? null : saving.error,
    save: () => saving.mutate(base?.tag ?? null),
    /** What somebody else has saved meanwhile. */
    theirs,
    saveOver: () => saving.mutate(theirs?.tag ?? null),
    takeTheirs: () => {
      forget();
      setBase(theirs);
      setTheirs(null);
    },
  };
}

export type FlowDeskState = ReturnType<typeof useFlowDesk>;

function isStale(error: unknown): boolean {
  return error instanceof Problem && error.status === 412;
}
