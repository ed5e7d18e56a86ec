import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams } from "react-router";
import { api, dataOf } from "../../api/client";
import { problemFrom } from "../../api/problem";
import { useMay } from "../../api/session";
import { Page } from "../../kit/Page";
import { Failed, Skeleton } from "../../kit/States";
import { toast } from "../../kit/toast";
import { useProblem } from "../../kit/useProblem";
import { useSaved } from "../../kit/useSaved";
import { rulesText } from "../../text/reviewRules";
import { useText } from "../../text/words";
import { keys, type Script, scriptQuery } from "./queries";
import { draftOfScript, scriptOf } from "./rules/drafts";
import { RuleEditor } from "./rules/RuleEditor";
import { ScriptForm } from "./rules/ScriptForm";
import { TryScript } from "./rules/TryScript";

/** A script to edit and to try; `new` is one that is not there yet. */
export default function ScriptPage() {
  const { scriptId = "" } = useParams();
  const t = useText(rulesText);
  const isNew = scriptId === "new";
  const script = useQuery({ ...scriptQuery(scriptId), enabled: !isNew });
  const problem = problemFrom(script.error);
  if (isNew) return <Editor key="new" script={null} />;
  if (script.data !== undefined) return <Editor key={scriptId} script={script.data} />;
  return (
    <Page title={t("script")}>
      {problem === null ? <Skeleton rows={8} /> : <Failed problem={problem} />}
    </Page>
  );
}

/** Every field that the API may name. */
function fieldsOf(draft: ReturnType<typeof draftOfScript>): string[] {
  const of = (list: string, count: number, names: readonly string[]): string[] =>
    Array.from({ length: count }, (_, place) =>
      names.map((name) => `${list}.${place}.${name}`),
    ).flat();
  const phrase = ["id", "text", "alternatives", "weight"];
  return [
    "name",
    ...of("statements", draft.statements.length, [...phrase, "within_s"]),
    ...of("phrases", draft.phrases.length, phrase),
    ...of("limits", draft.limits.length, ["at_least", "at_most", "weight"]),
  ];
}

function Editor({ script }: { script: Script | null }) {
  const t = useText(rulesText);
  const navigate = useNavigate();
  const queries = useQueryClient();
  const mayWrite = useMay("quality.write");
  const { draft, change, forget, isChanged } = useSaved(
    `script:${script?.id ?? "new"}`,
    draftOfScript(script),
  );
  const save = useMutation({
    mutationFn: () => {
      const body = scriptOf(draft, script);
      if (script === null) return dataOf(api.POST("/v1/scripts", { body }));
      return dataOf(
        api.PUT("/v1/scripts/{script_id}", {
          params: {
            path: { script_id: script.id },
            header: { "if-match": `"${script.version}"` },
          },
          body,
        }),
      );
    },
    onSuccess: (saved) => {
      forget();
      queries.setQueryData([...keys.scripts, saved.id], saved);
      void queries.invalidateQueries({ queryKey: keys.scripts, exact: true });
      toast({ text: t("savedAs", { version: saved.version }) });
      if (script === null) void navigate(`/scripts/${saved.id}`, { replace: true });
    },
  });
  const remove = async (): Promise<void> => {
    if (script === null) return;
    await api.DELETE("/v1/scripts/{script_id}", { params: { path: { script_id: script.id } } });
    forget();
    await queries.invalidateQueries({ queryKey: keys.scripts, exact: true });
    await navigate("/scripts");
  };
  const { problem, errorOf } = useProblem(save.error, fieldsOf(draft));
  return (
    <RuleEditor
      title={script?.name ?? t("newScript")}
      name={draft.name}
      version={script?.version ?? null}
      mayWrite={mayWrite}
      isChanged={isChanged}
      isPending={save.isPending}
      problem={problem}
      onSave={() => save.mutate()}
      onDelete={remove}
      beside={mayWrite && <TryScript scriptId={script?.id ?? null} />}
    >
      <ScriptForm draft={draft} change={change} errorOf={errorOf} />
    </RuleEditor>
  );
}
