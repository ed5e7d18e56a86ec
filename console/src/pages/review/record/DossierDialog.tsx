import { useState } from "react";
import { api, dataOf, type Schema } from "../../../api/client";
import { DateRange } from "../../../kit/DateRange";
import { type DayRange, spanOf } from "../../../kit/days";
import { Select } from "../../../kit/Field";
import { useRequestKey } from "../../../kit/useRequestKey";
import { reviewText } from "../../../text/review";
import { useText } from "../../../text/words";
import { Archive } from "../list/Archive";
import type { Recording } from "../queries";
import { ReasonDialog } from "../ReasonDialog";

/** What a dossier is about. */
type Matter = "call" | "customer";

/** Put one matter into an archive that proves itself, see how far it is, and fetch it. */
export function DossierDialog({ recording, onClose }: { recording: Recording; onClose(): void }) {
  const t = useText(reviewText);
  const [matter, setMatter] = useState<Matter>("call");
  const [days, setDays] = useState<DayRange | null>(null);
  const request = useRequestKey();
  return (
    <ReasonDialog
      title={t("dossier")}
      detail={t("dossierDetail")}
      action={t("dossierBegin")}
      onClose={onClose}
      onDo={(why) => {
        const body = { ...matterOf(recording, matter, days), why };
        return dataOf(
          api.POST("/v1/dossiers", { params: { header: request.headerFor(body) }, body }),
        );
      }}
      outcome={(begun) => <Archive started={begun} />}
    >
      <Select<Matter>
        label={t("matter")}
        value={matter}
        options={[
          { id: "call", text: t("matterCall") },
          ...(recording.customer_id === null
            ? []
            : [{ id: "customer" as const, text: t("matterCustomer") }]),
        ]}
        onChange={setMatter}
      />
      {matter === "customer" && (
        <DateRange label={t("matterDays")} value={days} onChange={setDays} isOptional />
      )}
    </ReasonDialog>
  );
}

/** What to ask for: this talk, or all of its customer's in some days (null: ever). */
function matterOf(
  { call_id, customer_id }: Recording,
  matter: Matter,
  days: DayRange | null,
): Omit<Schema<"DossierBody">, "why"> {
  if (matter === "call") return { call_ids: [call_id] };
  return { customer_id, ...(days !== null && spanOf(days)) };
}
