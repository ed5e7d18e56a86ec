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
import { keys, type Scorecard, scorecardQuery } from "./queries";
import { draftOfScorecard, scorecardOf } from "./rules/drafts";
import { RuleEditor } from "./rules/RuleEditor";
import { ScorecardForm } from "./rules/ScorecardForm";

/** A scorecard to edit; `new` is one that is not there yet. */
export default function ScorecardPage() {
  const { scorecardId = "" } = useParams();
  const t = useText(rulesText);
  const isNew = scorecardId === "new";
  const card = useQuery({ ...scorecardQuery(scorecardId), enabled: !isNew });
  const problem = problemFrom(card.error);
  if (isNew) return <Editor key="new" card={null} />;
  if (card.data !== undefined) return <Editor key={scorecardId} card={card.data} />;
  return (
    <Page title={t("scorecard")}>
      {problem === null ? <Skeleton rows={8} /> : <Failed problem={problem} />}
    </Page>
  );
}

const OF_ITEM = [
  "id",
  "text",
  "points",
  "options",
  "rule",
  "rule.measure",
  "rule.at_least",
  "rule.at_most",
];

function Editor({ card }: { card: Scorecard | null }) {
  const t = useText(rulesText);
  const navigate = useNavigate();
  const queries = useQueryClient();
  const mayWrite = useMay("quality.write");
  const { draft, change, forget, isChanged } = useSaved(
    `scorecard:${card?.id ?? "new"}`,
    draftOfScorecard(card),
  );
  const save = useMutation({
    mutationFn: () => {
      const body = scorecardOf(draft, card);
      if (card === null) return dataOf(api.POST("/v1/scorecards", { body }));
      return dataOf(
        api.PUT("/v1/scorecards/{scorecard_id}", {
          params: {
            path: { scorecard_id: card.id },
            header: { "if-match": `"${card.version}"` },
          },
          body,
        }),
      );
    },
    onSuccess: (saved) => {
      forget();
      queries.setQueryData([...keys.scorecards, saved.id], saved);
      void queries.invalidateQueries({ queryKey: keys.scorecards, exact: true });
      toast({ text: t("savedAs", { version: saved.version }) });
      if (card === null) void navigate(`/scorecards/${saved.id}`, { replace: true });
    },
  });
  const remove = async (): Promise<void> => {
    if (card === null) return;
    await api.DELETE("/v1/scorecards/{scorecard_id}", {
      params: { path: { scorecard_id: card.id } },
    });
    forget();
    await queries.invalidateQueries({ queryKey: keys.scorecards, exact: true });
    await navigate("/scorecards");
  };
  const fields = draft.items.flatMap((_, place) => OF_ITEM.map((name) => `items.${place}.${name}`));
  const { problem, errorOf } = useProblem(save.error, ["name", "pass_share", ...fields]);
  return (
    <RuleEditor
      title={card?.name ?? t("newScorecard")}
      name={draft.name}
      version={card?.version ?? null}
      mayWrite={mayWrite}
      isChanged={isChanged}
      isPending={save.isPending}
      problem={problem}
      onSave={() => save.mutate()}
      onDelete={remove}
    >
      <ScorecardForm draft={draft} change={change} errorOf={errorOf} />
    </RuleEditor>
  );
}
