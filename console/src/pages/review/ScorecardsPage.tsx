import { useQuery } from "@tanstack/react-query";
import { rulesText } from "../../text/reviewRules";
import { useText } from "../../text/words";
import { scorecardsQuery } from "./queries";
import { RuleList } from "./rules/RuleList";

/** What talks are judged by. */
export default function ScorecardsPage() {
  const t = useText(rulesText);
  return (
    <RuleList
      title={t("scorecards")}
      add={t("newScorecard")}
      path="/scorecards"
      rules={useQuery(scorecardsQuery)}
      holds={({ items }) => t("itemCount", { count: items.length })}
    />
  );
}
