import { useQuery, useQueryClient } from "@tanstack/react-query";
import { ArrowLeft } from "lucide-react";
import { useNavigate, useParams } from "react-router";
import { api, dataOf } from "../../api/client";
import { useGroups, useManagers } from "../../api/directory";
import { useLive } from "../../api/live";
import { problemFrom } from "../../api/problem";
import { Button } from "../../kit/Button";
import { Card, type Fact, Facts } from "../../kit/Card";
import { useFormat } from "../../kit/format";
import { Masked } from "../../kit/Masked";
import { Page } from "../../kit/Page";
import { Failed, Skeleton } from "../../kit/States";
import { directions, hangupSources, resultCodes, useCode } from "../../text/codes";
import { countyText } from "../../text/county";
import { callFailures } from "../../text/reasons";
import { useText } from "../../text/words";
import type { Call } from "./board/live-calls";
import { CallEvents } from "./calls/CallEvents";
import { CallPlan } from "./calls/CallPlan";
import styles from "./calls/calls.module.css";
import { Legs } from "./calls/Legs";
import { OutcomeBadge } from "./calls/OutcomeBadge";
import { Recordings } from "./calls/Recordings";
import { keys } from "./keys";
import { useHotlines, zoneOf } from "./names";

const CHANGES = [
  "call.ringing",
  "call.answered",
  "call.bridged",
  "call.ended",
  "call.settled",
] as const;

/** One call: what became of it, why it went as it did, each telephone, each event, its sound. */
export default function CallPage() {
  const t = useText(countyText);
  const navigate = useNavigate();
  const client = useQueryClient();
  const id = useParams().callId ?? "";
  const { data, error, isPending, refetch } = useQuery({
    queryKey: keys.call(id),
    queryFn: () => dataOf(api.GET("/v1/calls/{call_id}", { params: { path: { call_id: id } } })),
  });
  useLive(CHANGES, ({ subject }) => {
    if (subject === id) void client.invalidateQueries({ queryKey: keys.call(id) });
  });
  const problem = problemFrom(error);
  return (
    <Page
      title={t("call")}
      detail={data !== undefined && <OutcomeBadge call={data} />}
      actions={
        <Button icon={ArrowLeft} look="quiet" onPress={() => void navigate(-1)}>
          {t("back")}
        </Button>
      }
    >
      {problem !== null && <Failed problem={problem} onRetry={() => void refetch()} />}
      {isPending && <Skeleton rows={3} height="10rem" />}
      {data !== undefined && <Content call={data} />}
    </Page>
  );
}

function Content({ call }: { call: Call }) {
  const t = useText(countyText);
  const { groups } = useGroups();
  const zone = zoneOf(groups, call.group_id);
  return (
    <div className={styles.columns}>
      <div className={styles.stack}>
        <Card title={t("overview")}>
          <Facts facts={useFacts(call, zone)} />
        </Card>
        <CallPlan call={call} />
        <Legs call={call} zone={zone} />
      </div>
      <div className={styles.stack}>
        <Recordings call={call} />
        <CallEvents callId={call.id} zone={zone} />
      </div>
    </div>
  );
}

function useFacts(call: Call, zone: string): readonly Fact[] {
  const t = useText(countyText);
  const format = useFormat(zone);
  const direction = useCode(directions);
  const source = useCode(hangupSources);
  const result = useCode(resultCodes);
  const failure = useCode(callFailures);
  const { nameOf } = useManagers();
  const { nameOf: groupName } = useGroups();
  const { nameOf: hotlineName } = useHotlines();
  const { disposition } = call;
  return [
    { label: t("direction"), value: direction(call.direction) },
    { label: t("manager"), value: nameOf(call.manager_id) },
    {
      label: t("customer"),
      value: <Masked number={call.customer_number} masked={call.customer_masked} />,
    },
    { label: t("hotline"), value: hotlineName(call.hotline_id) },
    { label: t("group"), value: groupName(call.group_id) },
    { label: t("at"), value: format.dateTime(call.created_at) },
    { label: t("talkTime"), value: format.clock(call.talk_s) },
    { label: t("endedBy"), value: source(call.hangup_source) },
    ...(call.failure === null ? [] : [{ label: t("failure"), value: failure(call.failure) }]),
    {
      label: t("result"),
      value: disposition === null ? t("noResultYet") : result(disposition.code),
    },
    ...(disposition?.note ? [{ label: t("note"), value: disposition.note }] : []),
  ];
}
