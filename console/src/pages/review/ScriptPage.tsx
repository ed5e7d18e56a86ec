import { useParams } from "react-router";
import { findingText } from "../../text/reviewFindings";
import { rulesText } from "../../text/reviewRules";
import { useText } from "../../text/words";
import type { ScriptDraft } from "./rules/drafts";
import { scripts } from "./rules/kinds";
import { RulePage } from "./rules/RulePage";
import { ScriptForm } from "./rules/ScriptForm";
import { TryScript } from "./rules/TryScript";

/** A script to edit and to try; `new` is one that is not there yet. */
export default function ScriptPage() {
  const { scriptId = "" } = useParams();
  const t = useText(rulesText);
  const f = useText(findingText);
  const shownOf = (field: keyof ScriptDraft, draft: ScriptDraft): string => {
    switch (field) {
      case "statements":
      case "phrases":
        return draft[field].map(({ text }) => text).join("\n");
      case "limits":
        return draft.limits.map(({ measure }) => f(measure)).join("\n");
      case "active":
        return t(draft.active ? "active" : "draft");
      case "ordered":
        return t(draft.ordered ? "ordered" : "unordered");
      case "language":
        return draft.language === "zh" ? t("zh") : t("en");
      case "name":
        return draft.name;
    }
  };
  return (
    <RulePage
      kind={scripts}
      id={scriptId}
      title={t("script")}
      newTitle={t("newScript")}
      labelOf={(field) => t(field)}
      shownOf={shownOf}
      beside={(id) => <TryScript scriptId={id} />}
    >
      {(form) => <ScriptForm {...form} />}
    </RulePage>
  );
}
