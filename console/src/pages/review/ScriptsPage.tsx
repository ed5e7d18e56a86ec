import { useQuery } from "@tanstack/react-query";
import { rulesText } from "../../text/reviewRules";
import { useText } from "../../text/words";
import { scriptsQuery } from "./queries";
import { RuleList } from "./rules/RuleList";

/** What has to be said in talks, and what must not be. */
export default function ScriptsPage() {
  const t = useText(rulesText);
  return (
    <RuleList
      title={t("scripts")}
      add={t("newScript")}
      path="/scripts"
      rules={useQuery(scriptsQuery)}
      holds={({ statements, phrases }) =>
        t("counts", { statements: statements.length, phrases: phrases.length })
      }
    />
  );
}
