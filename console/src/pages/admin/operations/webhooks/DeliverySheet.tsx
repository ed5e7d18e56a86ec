import { useQueryClient } from "@tanstack/react-query";
import { RotateCcw } from "lucide-react";
import { api } from "../../../../api/client";
import { Button } from "../../../../kit/Button";
import { Facts } from "../../../../kit/Card";
import { Dialog } from "../../../../kit/Dialog";
import { useFormat } from "../../../../kit/format";
import { useMutationToast } from "../../../../kit/useMutationToast";
import { accessText, deliveryErrors, deliveryStates } from "../../../../text/access";
import { useText } from "../../../../text/words";
import parts from "../parts/parts.module.css";
import { keys } from "../queries";
import type { Delivery, Hook } from "./hook";

export interface DeliverySheetProps {
  hook: Hook;
  delivery: Delivery | null;
  onClose(): void;
}

/** One delivery: what became of it, and how it is sent once more. */
export function DeliverySheet({ hook, delivery, onClose }: DeliverySheetProps) {
  const t = useText(accessText);
  return (
    <Dialog
      title={delivery?.event_type ?? t("deliveries")}
      shape="sheet"
      isOpen={delivery !== null}
      onClose={onClose}
      actions={delivery !== null && <Replay hook={hook} delivery={delivery} onDone={onClose} />}
    >
      {delivery !== null && <DeliveryFacts delivery={delivery} />}
    </Dialog>
  );
}

function DeliveryFacts({ delivery: one }: { delivery: Delivery }) {
  const t = useText(accessText);
  const state = useText(deliveryStates);
  const format = useFormat();
  return (
    <Facts
      facts={[
        { label: t("state"), value: state(one.state) },
        { label: t("answer"), value: <Answer delivery={one} /> },
        { label: t("attempts"), value: one.attempts },
        { label: t("createdAt"), value: format.dateTime(one.created_at) },
        { label: t("lastAttempt"), value: format.dateTime(one.attempted_at) },
        { label: t("nextAttempt"), value: format.dateTime(one.next_attempt_at) },
        { label: "webhook-id", value: <code className={parts.mono}>{one.event_id}</code> },
      ]}
    />
  );
}

/** What the receiver said: status, reason, how long it took. */
export function Answer({ delivery: { status_code, error, duration_ms } }: { delivery: Delivery }) {
  const t = useText(accessText);
  const why = useText(deliveryErrors);
  const said = [
    status_code === null ? null : String(status_code),
    error === null ? null : why(error),
    duration_ms === null ? null : t("ms", { count: duration_ms }),
  ].filter((one) => one !== null);
  return <>{said.join(" · ") || "–"}</>;
}

function Replay({ hook, delivery, onDone }: { hook: Hook; delivery: Delivery; onDone(): void }) {
  const t = useText(accessText);
  const client = useQueryClient();
  const { mutate, isPending } = useMutationToast({
    mutationFn: () =>
      api.POST("/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/replay", {
        params: { path: { webhook_id: hook.id, delivery_id: delivery.id } },
      }),
    done: () => t("replayed"),
    onSuccess: () => {
      onDone();
      return client.invalidateQueries({ queryKey: keys.deliveries(hook.id) });
    },
  });
  return (
    <Button
      icon={RotateCcw}
      look="primary"
      isPending={isPending}
      isDisabled={delivery.state === "pending" && delivery.attempts === 0}
      onPress={() => mutate()}
    >
      {t("replay")}
    </Button>
  );
}
