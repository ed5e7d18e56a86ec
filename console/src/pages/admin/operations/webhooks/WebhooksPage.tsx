import { Plus, Webhook as WebhookIcon } from "lucide-react";
import { useState } from "react";
import { useNavigate } from "react-router";
import { api, dataOf } from "../../../../api/client";
import { usePages } from "../../../../api/pages";
import { Button } from "../../../../kit/Button";
import { type ColumnOf, DataTable } from "../../../../kit/DataTable";
import { useFormat } from "../../../../kit/format";
import { Page } from "../../../../kit/Page";
import { Badge, Empty, Failed, Skeleton } from "../../../../kit/States";
import { useShortcut } from "../../../../kit/shortcuts";
import { accessText } from "../../../../text/access";
import { useText } from "../../../../text/words";
import parts from "../parts/parts.module.css";
import { Reach } from "../parts/Reach";
import { SecretOnce } from "../parts/SecretOnce";
import { keys, pageQuery } from "../queries";
import { HOOK_TONES, type Hook, stateOf } from "./hook";
import { NewWebhook } from "./NewWebhook";

const idOf = (one: Hook): string => one.id;
const textOf = (one: Hook): string => one.description || one.url;

/** Where events are posted to, and whether they arrive. */
export default function WebhooksPage() {
  const t = useText(accessText);
  const navigate = useNavigate();
  const [isNew, setIsNew] = useState(false);
  const [made, setMade] = useState<{ id: string; secret: string } | null>(null);
  useShortcut("n", t("newWebhook"), () => setIsNew(true));
  const pages = usePages(keys.webhooks, (cursor, signal) =>
    dataOf(api.GET("/v1/webhooks", { params: { query: pageQuery(cursor) }, signal })),
  );
  const open = (id: string): void => void navigate(`/webhooks/${id}`);
  return (
    <Page
      title={t("webhooks")}
      fills
      detail={<span>{t("mqttNote")}</span>}
      actions={
        <Button look="primary" icon={Plus} hint="n" onPress={() => setIsNew(true)}>
          {t("newWebhook")}
        </Button>
      }
    >
      {pages.problem !== null ? (
        <Failed problem={pages.problem} onRetry={pages.retry} />
      ) : pages.isPending ? (
        <Skeleton rows={6} />
      ) : (
        <HookTable items={pages.items} more={pages.more} onOpen={(one) => open(one.id)} />
      )}
      <NewWebhook isOpen={isNew} onClose={() => setIsNew(false)} onMade={setMade} />
      <SecretOnce
        title={t("webhookMade")}
        secret={made?.secret ?? null}
        onClose={() => {
          if (made !== null) open(made.id);
          setMade(null);
        }}
      >
        <p className={parts.muted}>{t("secretHelp")}</p>
      </SecretOnce>
    </Page>
  );
}

function HookTable({
  items,
  more,
  onOpen,
}: {
  items: readonly Hook[];
  more: (() => void) | undefined;
  onOpen(hook: Hook): void;
}) {
  const t = useText(accessText);
  const format = useFormat();
  const badge = (one: Hook) => <Badge tone={HOOK_TONES[stateOf(one)]}>{t(stateOf(one))}</Badge>;
  const types = (one: Hook): string =>
    one.types.includes("*") ? t("allTypes") : one.types.join("、");
  const delivered = (one: Hook): string =>
    one.delivered_at === null ? t("nothingDelivered") : format.relative(one.delivered_at);
  const columns: ColumnOf<Hook>[] = [
    { id: "description", title: t("description"), cell: textOf, width: "2fr" },
    {
      id: "url",
      title: t("url"),
      cell: (one) => <code className={parts.mono}>{one.url}</code>,
      width: "3fr",
    },
    { id: "types", title: t("types"), cell: types, width: "2fr" },
    {
      id: "group",
      title: t("group"),
      cell: (one) => <Reach groupId={one.group_id} managerId={null} />,
    },
    { id: "delivered", title: t("lastDelivered"), cell: delivered },
    { id: "state", title: t("state"), cell: badge, width: 110 },
  ];
  return (
    <DataTable
      label={t("webhooks")}
      columns={columns}
      items={items}
      idOf={idOf}
      textOf={textOf}
      onOpen={onOpen}
      onMore={more}
      empty={
        <Empty icon={WebhookIcon} title={t("noWebhooks")}>
          {t("noWebhooksDetail")}
        </Empty>
      }
      card={(one) => (
        <>
          <div className={parts.cardLine}>
            <strong>{textOf(one)}</strong>
            {badge(one)}
          </div>
          <span className={parts.muted}>{delivered(one)}</span>
        </>
      )}
    />
  );
}
