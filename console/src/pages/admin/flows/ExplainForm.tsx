import { useQuery } from "@tanstack/react-query";
import { useGroups } from "../../../api/directory";
import { Button } from "../../../kit/Button";
import { DateTimeField } from "../../../kit/DateField";
import { Select, TextField } from "../../../kit/Field";
import { PickCustomer, PickManager } from "../../../kit/pick";
import { flowsText } from "../../../text/flows";
import { useText } from "../../../text/words";
import { hotlinesQuery } from "../hotlines/hotlines";
import styles from "./explain.module.css";
import { isAskable, type Question } from "./explainQuestion";

export interface ExplainFormProps {
  question: Question;
  change(changes: Partial<Question>): void;
  errorOf(field: string): string | undefined;
  onAsk(): void;
  isAsking: boolean;
}

/** Who calls whom, and when. */
export function ExplainForm({ question, change, errorOf, onAsk, isAsking }: ExplainFormProps) {
  const t = useText(flowsText);
  const { data: hotlines } = useQuery(hotlinesQuery);
  const { groups } = useGroups();
  const isIncoming = question.direction === "incoming";
  const hotline = hotlines?.find((one) => one.id === question.hotline_id);
  const timeZone = groups.find((one) => one.id === hotline?.group_id)?.timezone;
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (isAskable(question)) onAsk();
      }}
    >
      <Select
        label={t("explain")}
        hideLabel
        value={question.direction}
        onChange={(direction) => change({ direction })}
        options={[
          { id: "incoming", text: t("incoming") },
          { id: "outgoing", text: t("outgoing") },
        ]}
      />
      {isIncoming ? (
        <TextField
          label={t("caller")}
          help={t("callerHelp")}
          inputMode="tel"
          autoComplete="off"
          value={question.caller}
          onChange={(caller) => change({ caller })}
          error={errorOf("caller")}
        />
      ) : (
        <>
          <PickManager
            value={question.manager}
            onChange={(manager) => change({ manager })}
            error={errorOf("dial.manager_id")}
          />
          <PickCustomer
            value={question.customer}
            onChange={(customer) => change({ customer })}
            error={errorOf("dial.customer_id")}
          />
        </>
      )}
      <Select
        label={t("hotline")}
        placeholder={t("chooseHotline")}
        value={question.hotline_id}
        onChange={(hotline_id) => change({ hotline_id })}
        options={
          hotlines?.map((one) => ({
            id: one.id,
            text: one.name || one.number,
            detail: one.number,
          })) ?? []
        }
        error={errorOf("hotline_id") ?? errorOf("dial.hotline_id")}
      />
      <Select
        label={t("at")}
        value={question.at === null ? "now" : "at"}
        onChange={(id) => change({ at: id === "now" ? null : new Date().toISOString() })}
        options={[
          { id: "now", text: t("atNow") },
          { id: "at", text: t("atOther") },
        ]}
      />
      {question.at !== null && (
        <DateTimeField
          hideLabel
          label={t("atOther")}
          value={question.at}
          onChange={(at) => change({ at })}
          error={errorOf("at")}
          {...(timeZone === undefined ? {} : { timeZone })}
        />
      )}
      <Button
        type="submit"
        look="primary"
        size="l"
        isPending={isAsking}
        isDisabled={!isAskable(question)}
      >
        {t("run")}
      </Button>
    </form>
  );
}
