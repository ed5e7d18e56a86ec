import { useMutation } from "@tanstack/react-query";
import { Route } from "lucide-react";
import { useState } from "react";
import { api, dataOf } from "../../../api/client";
import { useFormProblem } from "../../../kit/editor/useFormProblem";
import { Page } from "../../../kit/Page";
import { Empty, Failed, Skeleton } from "../../../kit/States";
import { flowsText } from "../../../text/flows";
import { useText } from "../../../text/words";
import { ExplainForm } from "./ExplainForm";
import { Explanation } from "./Explanation";
import styles from "./explain.module.css";
import { EXPLAIN_FIELDS, explainBody, type Question } from "./explainQuestion";

/** What a call would do, at any time: whom it rings, why, what would refuse it. */
export default function ExplainPage() {
  const t = useText(flowsText);
  const [question, setQuestion] = useState<Question>({
    direction: "incoming",
    caller: "",
    hotline_id: null,
    manager: null,
    customer: null,
    at: null,
  });
  const asking = useMutation({
    mutationFn: () => dataOf(api.POST("/v1/explain", { body: explainBody(question) })),
  });
  const { problem, errorOf } = useFormProblem(asking.error, EXPLAIN_FIELDS);
  return (
    <Page title={t("explain")} detail={t("explainDetail")}>
      <div className={styles.page}>
        <ExplainForm
          question={question}
          change={(changes) => setQuestion({ ...question, ...changes })}
          errorOf={errorOf}
          onAsk={() => asking.mutate()}
          isAsking={asking.isPending}
        />
        <section className={styles.answer} aria-live="polite" aria-busy={asking.isPending}>
          {asking.isIdle && <Empty icon={Route} title={t("explainEmpty")} />}
          {asking.isPending && <Skeleton rows={6} height="3.5rem" />}
          {problem !== null && <Failed problem={problem} />}
          {asking.data !== undefined && <Explanation of={asking.data} />}
        </section>
      </div>
    </Page>
  );
}
