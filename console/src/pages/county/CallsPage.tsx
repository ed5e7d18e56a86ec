import { PhoneIncoming, PhoneOutgoing } from "lucide-react";
import { useMemo } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { api, dataOf } from "../../api/client";
import { useGroups, useManagers } from "../../api/directory";
import { usePages } from "../../api/pages";
import { type ColumnOf, DataTable } from "../../kit/DataTable";
import { type Format, useFormat } from "../../kit/format";
import { Masked } from "../../kit/Masked";
import { Page } from "../../kit/Page";
import { Empty, Failed, Skeleton } from "../../kit/States";
import { directions, resultCodes, useCode } from "../../text/codes";
import { countyText } from "../../text/county";
import { useText } from "../../text/words";
import { askedOf, CALL_FILTERS } from "./asked";
import type { Call } from "./board/live-calls";
import { CallTools } from "./calls/CallTools";
import styles from "./calls/calls.module.css";
import { OutcomeBadge } from "./calls/OutcomeBadge";
import { keys } from "./keys";
import listStyles from "./List.module.css";
import { zoneOf } from "./names";

/** The calls of the group, the newest first. */
export default function CallsPage() {
  const t = useText(countyText);
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const { groups } = useGroups();
  const zone = zoneOf(groups, search.get("group_id"));
  const columns = useColumns(useFormat(zone));
  const query = askedOf(search, CALL_FILTERS);
  const { items, isPending, problem, retry, more, isLoadingMore } = usePages<Call>(
    keys.calls(query),
    (cursor, signal) =>
      dataOf(
        api.GET("/v1/calls", {
          params: { query: { ...query, limit: 100, ...(cursor === undefined ? {} : { cursor }) } },
          signal,
        }),
      ),
  );
  const known = more === undefined ? `${items.length}` : `${items.length}+`;
  return (
    <Page
      fills
      title={t("calls")}
      detail={
        !isPending &&
        problem === null && (
          <span data-count>{t("count", { count: items.length, shown: known })}</span>
        )
      }
      tools={<CallTools zone={zone} />}
    >
      {problem !== null && <Failed problem={problem} onRetry={retry} />}
      {isPending && <Skeleton rows={12} />}
      {problem === null && !isPending && (
        <DataTable
          label={t("calls")}
          columns={columns}
          items={items}
          idOf={idOf}
          textOf={idOf}
          onOpen={(call) => void navigate(`/calls/${call.id}`)}
          card={(call) => <CallCard call={call} zone={zone} />}
          onMore={more}
          isLoadingMore={isLoadingMore}
          empty={<Empty title={t("noSuchCalls")}>{t("noRowsDetail")}</Empty>}
        />
      )}
    </Page>
  );
}

function idOf(call: Call): string {
  return call.id;
}

function useColumns(format: Format): readonly ColumnOf<Call>[] {
  const t = useText(countyText);
  const result = useCode(resultCodes);
  const { nameOf } = useManagers();
  return useMemo(
    () => [
      { id: "at", title: t("at"), width: 150, cell: (call) => format.dateTime(call.created_at) },
      {
        id: "direction",
        title: t("direction"),
        width: 120,
        cell: (call) => <DirectionOf call={call} />,
      },
      { id: "manager", title: t("manager"), cell: (call) => nameOf(call.manager_id) },
      {
        id: "customer",
        title: t("customer"),
        cell: (call) => <Masked number={call.customer_number} masked={call.customer_masked} />,
      },
      {
        id: "outcome",
        title: t("outcome"),
        width: "1.3fr",
        cell: (call) => <OutcomeBadge call={call} />,
      },
      {
        id: "talk",
        title: t("talkTime"),
        align: "end",
        width: 100,
        cell: (call) => format.clock(call.talk_s),
      },
      { id: "result", title: t("result"), cell: (call) => result(call.disposition?.code) },
    ],
    [t, result, format, nameOf],
  );
}

function DirectionOf({ call }: { call: Call }) {
  const direction = useCode(directions);
  const Icon = call.direction === "inbound" ? PhoneIncoming : PhoneOutgoing;
  return (
    <span className={styles.direction}>
      <Icon size={15} aria-hidden />
      {direction(call.direction)}
    </span>
  );
}

function CallCard({ call, zone }: { call: Call; zone: string }) {
  const format = useFormat(zone);
  const { nameOf } = useManagers();
  return (
    <div className={listStyles.card}>
      <b>{nameOf(call.manager_id)}</b>
      <OutcomeBadge call={call} />
      <Masked number={call.customer_number} masked={call.customer_masked} />
      <span className={listStyles.side}>
        {format.dateTime(call.created_at)}
        {call.talk_s !== null && ` · ${format.clock(call.talk_s)}`}
      </span>
    </div>
  );
}
