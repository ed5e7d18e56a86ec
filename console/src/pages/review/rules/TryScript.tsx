import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, dataOf } from "../../../api/client";
import { Button } from "../../../kit/Button";
import { Card } from "../../../kit/Card";
import { TextField } from "../../../kit/Field";
import { useFormat } from "../../../kit/format";
import { Badge, ProblemNote } from "../../../kit/States";
import { useProblem } from "../../../kit/useProblem";
import { rulesText } from "../../../text/reviewRules";
import { useText } from "../../../text/words";
import { isFault, TONES, useFindingText, useFindingTitle } from "../useFindingText";
import { talkOf } from "./drafts";
import styles from "./Rules.module.css";

/** Compare a typed talk with the script as it is saved; nothing is written. */
export function TryScript({ scriptId }: { scriptId: string | null }) {
  const t = useText(rulesText);
  const text = useFindingText();
  const titleOf = useFindingTitle();
  const format = useFormat();
  const [talk, setTalk] = useState(() => t("tryExample"));
  const tried = useMutation({
    mutationFn: (id: string) =>
      dataOf(
        api.POST("/v1/scripts/{script_id}/try", {
          params: { path: { script_id: id } },
          body: { segments: talkOf(talk) },
        }),
      ),
  });
  const { problem, errorOf } = useProblem(tried.error, ["segments"]);
  return (
    <Card title={t("try")} detail={t(scriptId === null ? "saveFirst" : "trySaved")}>
      <div className={styles.form}>
        <TextField
          label={t("tryText")}
          rows={6}
          value={talk}
          onChange={setTalk}
          error={errorOf("segments")}
        />
        <Button
          isDisabled={scriptId === null || talk.trim() === ""}
          isPending={tried.isPending}
          onPress={() => scriptId !== null && tried.mutate(scriptId)}
        >
          {t("tryRun")}
        </Button>
        <ProblemNote problem={problem} />
        {tried.data !== undefined && (
          <div role="status" className={styles.tried}>
            <strong>{t("tryScore", { score: format.number(tried.data.result.score) })}</strong>
            {tried.data.findings.length === 0 && <p>{t("tryNothing")}</p>}
            <ul>
              {tried.data.findings.map((finding) => (
                <li key={finding.id}>
                  <Badge tone={isFault(finding) ? TONES[finding.severity] : "good"}>
                    {titleOf(finding)}
                  </Badge>{" "}
                  {finding.evidence || text.detail(finding)}
                </li>
              ))}
            </ul>
          </div>
        )}
      </div>
    </Card>
  );
}
