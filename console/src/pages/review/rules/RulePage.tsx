import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { problemFrom } from "../../../api/problem";
import { useMay } from "../../../api/session";
import type { Versioned } from "../../../kit/editor/conflict";
import { Page } from "../../../kit/Page";
import { Failed, Skeleton } from "../../../kit/States";
import type { Rule, RuleKind } from "./kinds";
import { RuleEditor } from "./RuleEditor";
import { NEW, ruleQuery, useRule } from "./useRule";

/** What a form of a rule is given. */
export interface FormOf<Draft> {
  draft: Draft;
  change(changes: Partial<Draft>): void;
  errorOf(field: string): string | undefined;
}

export interface RulePageProps<Draft extends object, View extends Rule> {
  kind: RuleKind<Draft, View>;
  /** `NEW`: one that is not there yet. */
  id: string;
  /** While it is being read, and for one that is new. */
  title: string;
  newTitle: string;
  /** The name of a field, and what it holds, for whoever has to choose between two versions. */
  labelOf(field: keyof Draft & string): string;
  shownOf(field: keyof Draft & string, draft: Draft): string;
  children(form: FormOf<Draft>): ReactNode;
  /** Beside the form, for whoever may write; `id` null: it is not saved yet. */
  beside?(id: string | null): ReactNode;
}

/** The page of one rule: read, edited and saved. */
export function RulePage<Draft extends object, View extends Rule>(
  props: RulePageProps<Draft, View>,
) {
  const { kind, id, title } = props;
  const isNew = id === NEW;
  const rule = useQuery({ ...ruleQuery(kind, id), enabled: !isNew });
  const problem = problemFrom(rule.error);
  if (isNew) return <Editing key={NEW} {...props} read={null} />;
  if (rule.data !== undefined) return <Editing key={id} {...props} read={rule.data} />;
  return (
    <Page title={title}>
      {problem === null ? (
        <Skeleton rows={8} />
      ) : (
        <Failed problem={problem} onRetry={() => void rule.refetch()} />
      )}
    </Page>
  );
}

function Editing<Draft extends object, View extends Rule>({
  kind,
  read,
  newTitle,
  labelOf,
  shownOf,
  children,
  beside,
}: RulePageProps<Draft, View> & { read: Versioned<View> | null }) {
  const mayWrite = useMay("quality.write");
  const { editor, remove, problem, errorOf } = useRule(kind, read);
  return (
    <RuleEditor
      title={read?.data.name ?? newTitle}
      version={read?.data.version ?? null}
      mayWrite={mayWrite}
      editor={editor}
      problem={problem}
      labelOf={labelOf}
      shownOf={shownOf}
      onDelete={remove}
      beside={mayWrite ? beside?.(read?.data.id ?? null) : undefined}
    >
      {children({ draft: editor.draft, change: editor.change, errorOf })}
    </RuleEditor>
  );
}
