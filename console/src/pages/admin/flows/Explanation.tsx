import { useQuery } from "@tanstack/react-query";
import { Check, Minus, ShieldX } from "lucide-react";
import { Link } from "react-router";
import { api, dataOf, type Schema } from "../../../api/client";
import { useManagers } from "../../../api/directory";
import { useFormat } from "../../../kit/format";
import { Masked } from "../../../kit/Masked";
import { Badge } from "../../../kit/States";
import { common } from "../../../text/common";
import { flowsText } from "../../../text/flows";
import { problems } from "../../../text/problems";
import { isWord, useText } from "../../../text/words";
import styles from "./explain.module.css";

type Answer = Schema<"ExplanationView">;
type Step = Schema<"ForeseenStepView">;

/** The plan of a call, step by step, with the reason for each that is left out. */
export function Explanation({ of }: { of: Answer }) {
  const t = useText(flowsText);
  const c = useText(common);
  const format = useFormat();
  const { nameOf } = useManagers();
  return (
    <div className={styles.result}>
      <header className={styles.head}>
        <span>{format.dateTime(of.at)}</span>
        {of.is_open !== null && (
          <Badge tone={of.is_open ? "good" : "warn"}>
            {of.is_open ? t("isOpen") : t("isClosed")}
          </Badge>
        )}
      </header>
      {of.refusal !== null && <Refusal of={of.refusal} />}
      <dl className={styles.facts}>
        <dt>{t("customerIs")}</dt>
        <dd>
          <CustomerName id={of.customer_id} />{" "}
          <Masked number={of.customer_number} masked={of.customer_masked} />
        </dd>
        {of.shown.map((one) => (
          <Shown key={one.side} of={one} />
        ))}
      </dl>
      {of.flow !== null && (
        <p>
          {t("throughFlow")} <Link to={`/flows/${of.flow}`}>{of.flow}</Link>
        </p>
      )}
      {of.asked_for.length > 0 && (
        <p>{t("askedFor", { names: of.asked_for.map((id) => nameOf(id)).join(c("comma")) })}</p>
      )}
      <h2>{t("plan")}</h2>
      <ol className={styles.plan}>
        {of.plan.map((step, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the plan has an order and no ids
          <PlanStep key={place} step={step} nameOf={nameOf} />
        ))}
      </ol>
    </div>
  );
}

function Refusal({ of }: { of: Schema<"RefusalView"> }) {
  const t = useText(flowsText);
  const p = useText(problems);
  const format = useFormat();
  return (
    <div className={styles.refusal} role="alert">
      <ShieldX size={18} aria-hidden />
      <div>
        <strong>{t("refused")}</strong>
        <p>{isWord(problems, of.code) ? p(of.code) : of.detail}</p>
        {of.retry_after_s !== null && (
          <p>{t("retryAfter", { span: format.span(of.retry_after_s) })}</p>
        )}
      </div>
    </div>
  );
}

function Shown({ of }: { of: Schema<"ShownNumberView"> }) {
  const t = useText(flowsText);
  return (
    <>
      <dt>{t(`shownTo_${of.side}`)}</dt>
      <dd>
        <Masked number={of.number} masked={of.masked} />
      </dd>
    </>
  );
}

function CustomerName({ id }: { id: string | null }) {
  const t = useText(flowsText);
  const { data } = useQuery({
    queryKey: ["customers", "name", id],
    queryFn: ({ signal }) =>
      dataOf(
        api.GET("/v1/customers/{customer_id}", {
          params: { path: { customer_id: id ?? "" } },
          signal,
        }),
      ),
    enabled: id !== null,
  });
  return id === null ? t("unknownCaller") : <strong>{data?.name ?? "…"}</strong>;
}

function PlanStep({ step, nameOf }: { step: Step; nameOf(id: string | null): string }) {
  const t = useText(flowsText);
  const c = useText(common);
  const word = `step_${step.step}`;
  const reason = `reason_${step.reason}`;
  const people =
    step.manager_ids.length > 0
      ? step.manager_ids
      : step.target?.startsWith("mgr_")
        ? [step.target]
        : [];
  return (
    <li className={styles.step} {...(step.taken ? { "data-taken": true } : {})}>
      <span className={styles.mark}>
        {step.taken ? <Check size={16} aria-hidden /> : <Minus size={16} aria-hidden />}
        <span className="sr-only">{step.taken ? t("taken") : t("skipped")}</span>
      </span>
      <div>
        <strong>{isWord(flowsText, word) ? t(word) : step.step}</strong>
        {people.length > 0 && <p>{people.map((id) => nameOf(id)).join(c("comma"))}</p>}
        {!step.taken && step.reason !== null && (
          <p className={styles.reason}>{isWord(flowsText, reason) ? t(reason) : step.reason}</p>
        )}
      </div>
    </li>
  );
}
