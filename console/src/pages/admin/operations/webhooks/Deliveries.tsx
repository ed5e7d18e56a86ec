import { Send } from "lucide-react";
import { useState } from "react";
import { api, dataOf } from "../../../../api/client";
import { usePages } from "../../../../api/pages";
import { Card } from "../../../../kit/Card";
import { type ColumnOf, DataTable } from "../../../../kit/DataTable";
import { FilterSelect } from "../../../../kit/FilterSelect";
import { useFormat } from "../../../../kit/format";
import { Badge, Empty, Failed, Skeleton } from "../../../../kit/States";
import { useFilter } from "../../../../kit/useFilter";
import { accessText, deliveryStates } from "../../../../text/access";
import { useText } from "../../../../text/words";
import { optionsOf } from "../parts/options";
import parts from "../parts/parts.module.css";
import { keys, pageQuery } from "../queries";
import { Answer, DeliverySheet } from "./DeliverySheet";
import { DELIVERY_TONES, type Delivery, type Hook } from "./hook";

const FILTERS = ["state"] as const;
const REFRESH_MS = 5_000;
const idOf = (one: Delivery): string => one.id;
const textOf = (one: Delivery): string => one.event_type;

/** What was sent, what waits, and what the receiver answered. */
export function Deliveries({ hook }: { hook: Hook }) {
  const t = useText(accessText);
  const state = useText(deliveryStates);
  const filter = useFilter(FILTERS);
  const states = optionsOf(deliveryStates, state);
  const wanted = states.find((one) => one.id === filter.values.state)?.id;
  const query = wanted === undefined ? {} : { state: wanted };
  const pages = usePages(
    [...keys.deliveries(hook.id), query],
    (cursor, signal) =>
      dataOf(
        api.GET("/v1/webhooks/{webhook_id}/deliveries", {
          params: { path: { webhook_id: hook.id }, query: { ...query, ...pageQuery(cursor) } },
          signal,
        }),
      ),
    REFRESH_MS,
  );
  return (
    <Card
      title={t("deliveries")}
      isFlush
      actions={
        <FilterSelect
          label={t("state")}
          any={t("anyState")}
          options={states}
          value={wanted ?? ""}
          onChange={(id) => filter.set("state", id)}
        />
      }
    >
      {pages.problem !== null ? (
        <Failed problem={pages.problem} onRetry={pages.retry} />
      ) : pages.isPending ? (
        <Skeleton rows={6} />
      ) : (
        <DeliveryTable hook={hook} items={pages.items} more={pages.more} />
      )}
    </Card>
  );
}

function DeliveryTable({
  hook,
  items,
  more,
}: {
  hook: Hook;
  items: readonly Delivery[];
  more: (() => void) | undefined;
}) {
  const t = useText(accessText);
  const format = useFormat();
  const state = useText(deliveryStates);
  const [open, setOpen] = useState<Delivery | null>(null);
  // As it is by now: the list is read again while the sheet is open.
  const shown = items.find((one) => one.id === open?.id) ?? open;
  const badge = (one: Delivery) => (
    <Badge tone={DELIVERY_TONES[one.state]}>{state(one.state)}</Badge>
  );
  const columns: ColumnOf<Delivery>[] = [
    { id: "event", title: t("event"), cell: textOf, width: "2fr" },
    { id: "state", title: t("state"), cell: badge, width: 100 },
    { id: "answer", title: t("answer"), cell: (one) => <Answer delivery={one} />, width: "2fr" },
    { id: "attempts", title: t("attempts"), cell: (one) => one.attempts, width: 80, align: "end" },
    { id: "created", title: t("createdAt"), cell: (one) => format.dateTime(one.created_at) },
    {
      id: "next",
      title: t("nextAttempt"),
      cell: (one) => (one.next_attempt_at === null ? "–" : format.dateTime(one.next_attempt_at)),
    },
  ];
  return (
    <div className={parts.list}>
      <DataTable
        label={t("deliveries")}
        columns={columns}
        items={items}
        idOf={idOf}
        textOf={textOf}
        onMore={more}
        empty={
          <Empty icon={Send} title={t("noDeliveries")}>
            {t("noDeliveriesDetail")}
          </Empty>
        }
        onOpen={(one) => setOpen(one)}
        card={(one) => (
          <>
            <div className={parts.cardLine}>
              <strong>{one.event_type}</strong>
              {badge(one)}
            </div>
            <span className={parts.muted}>{format.dateTime(one.created_at)}</span>
          </>
        )}
      />
      <DeliverySheet hook={hook} delivery={shown} onClose={() => setOpen(null)} />
    </div>
  );
}
