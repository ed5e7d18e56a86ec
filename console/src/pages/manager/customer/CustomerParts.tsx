import { BellOff } from "lucide-react";
import type { ReactNode } from "react";
import type { Schema } from "../../../api/client";
import { type Fact, Facts } from "../../../kit/Card";
import { Masked } from "../../../kit/Masked";
import { Skeleton } from "../../../kit/States";
import { cardText } from "../../../text/manager";
import { useText } from "../../../text/words";
import { codeName } from "../names";
import type { Task } from "../tasks/sections";
import { useManagerId, useZoned } from "../useMe";
import styles from "./CustomerCard.module.css";
import { Timeline } from "./Timeline";
import { type History, useManagerName } from "./useCustomer";

type Customer = Schema<"CustomerView">;

export function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={styles.part}>
      <h3>{title}</h3>
      {children}
    </section>
  );
}

/** The wish not to be called, with its reason, before anything else. */
export function WishNote({ customer }: { customer: Customer }) {
  const t = useText(cardText);
  const format = useZoned();
  const wish = customer.do_not_call;
  if (wish === null) return null;
  return (
    <p className={styles.wish}>
      <BellOff size={16} aria-hidden />
      {t("doNotCall", { date: format.date(wish.since), reason: wish.reason })}
    </p>
  );
}

/** Who the customer is: numbers as far as they may be seen, owner, and fields of one's own. */
export function About({ customer }: { customer: Customer }) {
  const t = useText(cardText);
  const isMine = useManagerId() === customer.owner_id;
  const owner = useManagerName(isMine ? null : customer.owner_id);
  const facts: Fact[] = customer.numbers.map((one, place) => ({
    label: place === 0 ? t("number") : `${t("number")} ${place + 1}`,
    value: <Masked {...one} />,
  }));
  facts.push({ label: t("owner"), value: isMine ? t("me") : (owner ?? t("nobody")) });
  if (customer.external_id !== null) {
    facts.push({ label: t("externalId"), value: customer.external_id });
  }
  if (customer.code !== null) facts.push({ label: t("code"), value: customer.code });
  for (const [name, value] of Object.entries(customer.attributes)) {
    if (value !== null) facts.push({ label: name, value: wordsOf(value) });
  }
  return (
    <Part title={t("about")}>
      <Facts facts={facts} />
    </Part>
  );
}

function wordsOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** What a task asks for, until when, and what was said of it last. */
export function TaskFacts({ task }: { task: Task }) {
  const t = useText(cardText);
  const format = useZoned();
  const times: [string, string | null][] = [
    [t("contactBy"), task.contacted_at === null ? task.contact_by : null],
    [t("promised"), task.promised_at],
    [t("due"), task.due_at],
    [t("closeBy"), task.close_by],
  ];
  const facts: Fact[] = times
    .filter(([, at]) => at !== null)
    .map(([label, at]) => ({ label, value: format.dateTime(at) }));
  for (const [name, value] of Object.entries(task.fields)) {
    if (value !== null) facts.push({ label: name, value: wordsOf(value) });
  }
  if (task.note !== "") facts.push({ label: t("note"), value: task.note });
  if (task.result !== null) {
    const { code, note } = task.result;
    facts.push({
      label: t("lastResult"),
      value: [codeName(code), note].filter(Boolean).join("："),
    });
  }
  return <Facts facts={facts} />;
}

export function HistoryPart({ history }: { history: History }) {
  const t = useText(cardText);
  return (
    <Part title={t("history")}>
      {history.entries === undefined ? (
        <Skeleton rows={4} height="3.5rem" />
      ) : (
        <Timeline entries={history.entries} />
      )}
    </Part>
  );
}
