import { useQuery } from "@tanstack/react-query";
import { useParams } from "react-router";
import { api, dataOf } from "../../../../api/client";
import { problemFrom } from "../../../../api/problem";
import { Card, Facts } from "../../../../kit/Card";
import { useFormat } from "../../../../kit/format";
import { Page } from "../../../../kit/Page";
import { Badge, Failed, Skeleton } from "../../../../kit/States";
import { accessText } from "../../../../text/access";
import { useText } from "../../../../text/words";
import parts from "../parts/parts.module.css";
import { Reach } from "../parts/Reach";
import { keys } from "../queries";
import { Deliveries } from "./Deliveries";
import { HOOK_TONES, type Hook, stateOf } from "./hook";
import { WebhookActions } from "./WebhookActions";

const REFRESH_MS = 5_000;

/** One webhook: what it gets, how it is, what was sent. */
export default function WebhookPage() {
  const t = useText(accessText);
  const { webhookId = "" } = useParams();
  const { data, error, refetch } = useQuery({
    queryKey: keys.webhook(webhookId),
    queryFn: ({ signal }) =>
      dataOf(
        api.GET("/v1/webhooks/{webhook_id}", {
          params: { path: { webhook_id: webhookId } },
          signal,
        }),
      ),
    refetchInterval: REFRESH_MS,
  });
  const problem = problemFrom(error);
  if (data === undefined) {
    return problem === null ? (
      <Page title={t("webhook")}>
        <Skeleton rows={4} height="6rem" />
      </Page>
    ) : (
      <Failed problem={problem} onRetry={() => void refetch()} />
    );
  }
  return (
    <Page
      title={data.description || t("webhook")}
      detail={<Badge tone={HOOK_TONES[stateOf(data)]}>{t(stateOf(data))}</Badge>}
      actions={<WebhookActions hook={data} />}
    >
      <div className={parts.stack}>
        <HookFacts hook={data} />
        <Deliveries hook={data} />
      </div>
    </Page>
  );
}

function HookFacts({ hook }: { hook: Hook }) {
  const t = useText(accessText);
  const format = useFormat();
  const types = hook.types.includes("*") ? t("allTypes") : hook.types.join("、");
  const trouble =
    hook.off_reason === "gone"
      ? t("offGone")
      : hook.failing_since !== null
        ? t("failingSince", { when: format.dateTime(hook.failing_since) })
        : null;
  const delivered =
    hook.delivered_at === null ? t("nothingDelivered") : format.dateTime(hook.delivered_at);
  return (
    <Card>
      {trouble !== null && <p className={parts.trouble}>{trouble}</p>}
      <Facts
        facts={[
          { label: t("url"), value: <code className={parts.mono}>{hook.url}</code> },
          { label: t("types"), value: types },
          { label: t("group"), value: <Reach groupId={hook.group_id} managerId={null} /> },
          { label: t("lastDelivered"), value: delivered },
          { label: t("createdAt"), value: format.dateTime(hook.created_at) },
          ...(hook.replaying ? [{ label: t("replay"), value: t("replaying") }] : []),
        ]}
      />
    </Card>
  );
}
