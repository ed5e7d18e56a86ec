import { useParams } from "react-router";
import { rulesText } from "../../text/reviewRules";
import { useText } from "../../text/words";
import type { ScorecardDraft } from "./rules/drafts";
import { scorecards } from "./rules/kinds";
import { RulePage } from "./rules/RulePage";
import { ScorecardForm } from "./rules/ScorecardForm";

/** A scorecard to edit; `new` is one that is not there yet. */
export default function ScorecardPage() {
  const { scorecardId = "" } = useParams();
  const t = useText(rulesText);
  const shownOf = (field: keyof ScorecardDraft, draft: ScorecardDraft): string => {
    if (field === "items") return draft.items.map(({ text }) => text).join("\n");
    if (field === "active") return t(draft.active ? "active" : "draft");
    return draft[field];
  };
  return (
    <RulePage
      kind={scorecards}
      id={scorecardId}
      title={t("scorecard")}
      newTitle={t("newScorecard")}
      labelOf={(field) => t(field)}
      shownOf={shownOf}
    >
      {(form) => <ScorecardForm {...form} />}
    </RulePage>
  );
}
