import { MessageSquareText } from "lucide-react";
import { useState } from "react";
import { api, dataOf, type Schema } from "../../../../api/client";
import { usePages } from "../../../../api/pages";
import { Facts } from "../../../../kit/Card";
import { type ColumnOf, DataTable } from "../../../../kit/DataTable";
import { DateRange } from "../../../../kit/DateRange";
import { Dialog } from "../../../../kit/Dialog";
import { parseDays, spanOf, writeDays } from "../../../../kit/days";
import { FilterBar } from "../../../../kit/FilterBar";
import { FilterSelect } from "../../../../kit/FilterSelect";
import { useFormat } from "../../../../kit/format";
import { Masked } from "../../../../kit/Masked";
import { Page } from "../../../../kit/Page";
import { Badge, Empty, Failed, Skeleton, type Tone } from "../../../../kit/States";
import { useFilter } from "../../../../kit/useFilter";
import { useCode } from "../../../../text/codes";
import { smsFailures } from "../../../../text/reasons";
import { smsPurposes, smsStates, systemText } from "../../../../text/system";
import { useText } from "../../../../text/words";
import { optionsOf } from "../parts/options";
import parts from "../parts/parts.module.css";
import { keys, pageQuery } from "../queries";
import { codeText } from "../system/words";

type Message = Schema<"SmsMessageView">;

const FILTERS = ["days", "state", "purpose"] as const;
const TONES: Record<Schema<"SmsState">, Tone> = {
  waiting: "neutral",
  sent: "accent",
  delivered: "good",
  failed: "bad",
  expired: "warn",
};
const idOf = (one: Message): string => one.id;

/** Short messages: to whom, what for, and whether they arrived. */
export default function MessagesPage() {
  const t = useText(systemText);
  const state = useText(smsStates);
  const purpose = useText(smsPurposes);
  const filter = useFilter(FILTERS);
  const [open, setOpen] = useState<Message | null>(null);
  const { values, set } = filter;
  const query = queryOf(values);
  const pages = usePages(keys.messages(query), (cursor, signal) =>
    dataOf(
      api.GET("/v1/sms/messages", {
        params: { query: { ...query, ...pageQuery(cursor) } },
        signal,
      }),
    ),
  );
  const tools = (
    <FilterBar filter={filter}>
      <DateRange
        label={t("when")}
        value={parseDays(values.days)}
        onChange={(days) => set("days", days === null ? "" : writeDays(days))}
        isOptional
      />
      <FilterSelect
        label={t("state")}
        any={t("anyState")}
        options={optionsOf(smsStates, state)}
        value={values.state}
        onChange={(id) => set("state", id)}
      />
      <FilterSelect
        label={t("purpose")}
        any={t("anyPurpose")}
        options={optionsOf(smsPurposes, purpose)}
        value={values.purpose}
        onChange={(id) => set("purpose", id)}
      />
    </FilterBar>
  );
  return (
    <Page title={t("messages")} fills tools={tools}>
      {pages.problem !== null ? (
        <Failed problem={pages.problem} onRetry={pages.retry} />
      ) : pages.isPending ? (
        <Skeleton rows={12} />
      ) : (
        <Messages items={pages.items} more={pages.more} onOpen={setOpen} />
      )}
      <Dialog
        title={open === null ? "" : codeText(smsPurposes, purpose, open.purpose)}
        shape="sheet"
        isOpen={open !== null}
        onClose={() => setOpen(null)}
      >
        {open !== null && <MessageFacts message={open} />}
      </Dialog>
    </Page>
  );
}

function Messages({
  items,
  more,
  onOpen,
}: {
  items: readonly Message[];
  more: (() => void) | undefined;
  onOpen(message: Message): void;
}) {
  const t = useText(systemText);
  const purpose = useText(smsPurposes);
  const state = useText(smsStates);
  const failure = useCode(smsFailures);
  const format = useFormat();
  const purposeOf = (one: Message): string => codeText(smsPurposes, purpose, one.purpose);
  const badge = (one: Message) => (
    <Badge tone={TONES[one.state]}>{codeText(smsStates, state, one.state)}</Badge>
  );
  const to = (one: Message) => <Masked number={one.to} masked={one.to_masked} />;
  const columns: ColumnOf<Message>[] = [
    { id: "at", title: t("createdAt"), cell: (one) => format.dateTime(one.created_at), width: 150 },
    { id: "purpose", title: t("purpose"), cell: purposeOf },
    { id: "to", title: t("to"), cell: to, width: 160 },
    { id: "text", title: t("text"), cell: (one) => one.text ?? t("notShown"), width: "3fr" },
    { id: "failure", title: t("failure"), cell: (one) => failure(one.failure) },
    { id: "state", title: t("state"), cell: badge, width: 110 },
  ];
  return (
    <DataTable
      label={t("messages")}
      columns={columns}
      items={items}
      idOf={idOf}
      textOf={purposeOf}
      onOpen={onOpen}
      onMore={more}
      empty={
        <Empty icon={MessageSquareText} title={t("noMessagesSent")}>
          {t("noMessagesSentDetail")}
        </Empty>
      }
      card={(one) => (
        <>
          <div className={parts.cardLine}>
            <strong>{purposeOf(one)}</strong>
            {badge(one)}
          </div>
          <span className={parts.muted}>
            {to(one)} · {format.dateTime(one.created_at)}
          </span>
        </>
      )}
    />
  );
}

function MessageFacts({ message: one }: { message: Message }) {
  const t = useText(systemText);
  const state = useText(smsStates);
  const failure = useCode(smsFailures);
  const format = useFormat();
  return (
    <Facts
      facts={[
        { label: t("state"), value: codeText(smsStates, state, one.state) },
        { label: t("to"), value: <Masked number={one.to} masked={one.to_masked} /> },
        { label: t("text"), value: one.text ?? t("notShown") },
        { label: t("smsParts"), value: one.parts },
        { label: t("attempts"), value: one.attempts },
        { label: t("failure"), value: failure(one.failure) },
        { label: t("createdAt"), value: format.dateTime(one.created_at) },
        { label: t("sentAt"), value: format.dateTime(one.sent_at) },
        { label: t("finishedAt"), value: format.dateTime(one.finished_at) },
      ]}
    />
  );
}

function queryOf(values: Readonly<Record<(typeof FILTERS)[number], string>>) {
  const days = parseDays(values.days);
  const state = smsStates.names.find((one) => one === values.state);
  const purpose = smsPurposes.names.find((one) => one === values.purpose);
  return {
    ...(days === null ? {} : spanOf(days)),
    ...(state === undefined ? {} : { state }),
    ...(purpose === undefined ? {} : { purpose }),
  };
}
