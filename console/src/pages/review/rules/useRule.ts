import { queryOptions, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { useNavigate } from "react-router";
import { useGroups } from "../../../api/directory";
import { useWho } from "../../../api/session";
import type { Versioned } from "../../../kit/editor/conflict";
import { type Editor, useEditor } from "../../../kit/editor/useEditor";
import { toast } from "../../../kit/toast";
import { type FormProblem, useProblem } from "../../../kit/useProblem";
import { rulesText } from "../../../text/reviewRules";
import { useText } from "../../../text/words";
import { keys } from "../queries";
import type { Rule, RuleKind } from "./kinds";

/** In the address in place of an id: one that is not there yet. */
export const NEW = "new";

/** A rule with its version. */
export const ruleQuery = <Draft extends object, View extends Rule>(
  kind: RuleKind<Draft, View>,
  id: string,
) =>
  queryOptions({
    queryKey: [...keys[kind.name], id],
    queryFn: ({ signal }) => kind.read(id, signal),
  });

/** The group that whoever is logged in belongs to: new rules are its own; null: everybody's. */
function useHomeGroup(): string | null {
  const within = useWho().scope.group_ids;
  const { groups } = useGroups();
  if (within === null) return null;
  const isTop = ({ id, parent_id }: (typeof groups)[number]): boolean =>
    within.includes(id) && (parent_id === null || !within.includes(parent_id));
  return groups.find(isTop)?.id ?? within[0] ?? null;
}

export interface RuleEditing<Draft extends object> extends FormProblem {
  editor: Editor<Draft>;
  /** Delete it, and go back to the list. */
  remove(): Promise<void>;
}

/** Edit a rule, or a new one (`read` null), that others may change at the same moment. */
export function useRule<Draft extends object, View extends Rule>(
  kind: RuleKind<Draft, View>,
  read: Versioned<View> | null,
): RuleEditing<Draft> {
  const t = useText(rulesText);
  const navigate = useNavigate();
  const queries = useQueryClient();
  const home = useHomeGroup();
  const id = read?.data.id ?? null;
  const editor = useEditor<Draft, View>({
    key: `${kind.name}:${id ?? NEW}`,
    read,
    draftOf: kind.draftOf,
    save: (draft, tag, before, headerFor) =>
      before === null ? kind.create(draft, home, headerFor) : kind.replace(before, draft, tag),
    reread: () => kind.read(id ?? ""),
    onSaved: (saved) => {
      const { queryKey } = ruleQuery(kind, saved.id);
      queries.setQueryData(queryKey, { data: saved, tag: `"${saved.version}"` });
      void queries.invalidateQueries({ queryKey: keys[kind.name], exact: true });
      toast({ text: t("savedAs", { version: saved.version }) });
      if (id === null) void navigate(`/${kind.name}/${saved.id}`, { replace: true });
    },
  });
  const remove = async (): Promise<void> => {
    if (id === null) return;
    await kind.remove(id);
    editor.discard();
    await queries.invalidateQueries({ queryKey: keys[kind.name], exact: true });
    await navigate(`/${kind.name}`);
  };
  const fields = useMemo(() => kind.fieldsOf(editor.draft), [kind, editor.draft]);
  return { ...useProblem(editor.error, fields), editor, remove };
}
