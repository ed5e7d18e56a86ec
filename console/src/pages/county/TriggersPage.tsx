import { Plus } from "lucide-react";
import { useState } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { api, dataOf } from "../../api/client";
import { useGroups } from "../../api/directory";
import { usePages } from "../../api/pages";
import { useMay } from "../../api/session";
import { Button } from "../../kit/Button";
import { DataTable } from "../../kit/DataTable";
import { Page } from "../../kit/Page";
import { Empty, Failed, Skeleton } from "../../kit/States";
import { useShortcut } from "../../kit/shortcuts";
import { countyText } from "../../text/county";
import { triggerText } from "../../text/triggers";
import { useText } from "../../text/words";
import { keys } from "./keys";
import { zoneOf } from "./names";
import { askedOf, type Trigger, whichOf } from "./triggers/matter";
import { NewTrigger } from "./triggers/NewTrigger";
import { TriggerCard, useTriggerColumns } from "./triggers/rows";
import { TriggerSheet } from "./triggers/TriggerSheet";
import { TriggerTools } from "./triggers/TriggerTools";

/** Times pass by themselves, and others close what is open: it is read again so often. */
const REFRESH_MS = 30_000;

/** What was noticed of customers: what is owed the soonest first, so what is late is on top. */
export default function TriggersPage() {
  const t = useText(triggerText);
  const navigate = useNavigate();
  const { triggerId } = useParams();
  const [search] = useSearchParams();
  const { groups } = useGroups();
  const zone = zoneOf(groups, search.get("group_id"));
  const mayTell = useMay("tasks.assign");
  const [tells, setTells] = useState(false);
  const columns = useTriggerColumns(zone);
  const query = askedOf(search);
  const { items, isPending, problem, retry, more, isLoadingMore } = usePages<Trigger>(
    keys.triggers(query),
    (cursor, signal) =>
      dataOf(
        api.GET("/v1/triggers", {
          params: { query: { ...query, limit: 100, ...(cursor === undefined ? {} : { cursor }) } },
          signal,
        }),
      ),
    REFRESH_MS,
  );
  useShortcut("n", t("add"), () => setTells(true), mayTell);
  const open = (id: string): void => void navigate(`/triggers/${id}?${search}`);
  const shown = more === undefined ? `${items.length}` : `${items.length}+`;
  return (
    <Page
      fills
      title={t("title")}
      detail={
        !isPending &&
        problem === null && <span data-count>{t("count", { count: items.length, shown })}</span>
      }
      actions={
        mayTell && (
          <Button icon={Plus} look="primary" hint="n" onPress={() => setTells(true)}>
            {t("add")}
          </Button>
        )
      }
      tools={<TriggerTools />}
    >
      {problem !== null && <Failed problem={problem} onRetry={retry} />}
      {isPending && <Skeleton rows={12} />}
      {problem === null && !isPending && (
        <DataTable
          label={t("title")}
          columns={columns}
          items={items}
          idOf={idOf}
          textOf={textOf}
          onOpen={(one) => open(one.id)}
          card={(one) => <TriggerCard trigger={one} zone={zone} />}
          onMore={more}
          isLoadingMore={isLoadingMore}
          empty={<NoTriggers isOpen={whichOf(search.get("which")) === "open"} />}
        />
      )}
      <TriggerSheet triggerId={triggerId} zone={zone} />
      {tells && <NewTrigger zone={zone} onClose={() => setTells(false)} onTold={open} />}
    </Page>
  );
}

function NoTriggers({ isOpen }: { isOpen: boolean }) {
  const t = useText(triggerText);
  const c = useText(countyText);
  return isOpen ? (
    <Empty title={t("noneOpen")}>{t("noneOpenDetail")}</Empty>
  ) : (
    <Empty title={t("none")}>{c("noRowsDetail")}</Empty>
  );
}

function idOf(trigger: Trigger): string {
  return trigger.id;
}

function textOf(trigger: Trigger): string {
  return trigger.customer?.name ?? trigger.kind;
}
