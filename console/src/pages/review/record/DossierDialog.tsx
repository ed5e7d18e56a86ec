import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, dataOf, type Schema } from "../../../api/client";
import { Button } from "../../../kit/Button";
import { DateRange } from "../../../kit/DateRange";
import { Dialog } from "../../../kit/Dialog";
import { type DayRange, spanOf } from "../../../kit/days";
import { Select, TextField } from "../../../kit/Field";
import { ProblemNote } from "../../../kit/States";
import { useProblem } from "../../../kit/useProblem";
import { useRequestKey } from "../../../kit/useRequestKey";
import { common } from "../../../text/common";
import { reviewText } from "../../../text/review";
import { useText } from "../../../text/words";
import { Archive } from "../list/Archive";
import type { Recording } from "../queries";
import styles from "./Record.module.css";

/** What a dossier is about. */
type Matter = "call" | "customer";

/** Put one matter into an archive that proves itself, see how far it is, and fetch it. */
export function DossierDialog({ recording, onClose }: { recording: Recording; onClose(): void }) {
  const t = useText(reviewText);
  const c = useText(common);
  const [matter, setMatter] = useState<Matter>("call");
  const [days, setDays] = useState<DayRange | null>(null);
  const [why, setWhy] = useState("");
  const request = useRequestKey();
  const begin = useMutation({
    mutationFn: () =>
      dataOf(
        api.POST("/v1/dossiers", {
          params: { header: request.header },
          body: { ...matterOf(recording, matter, days), why },
        }),
      ),
  });
  const { problem, errorOf } = useProblem(begin.error, ["why"]);
  return (
    <Dialog
      title={t("dossier")}
      isOpen
      onClose={onClose}
      actions={
        begin.data === undefined && (
          <>
            <Button onPress={onClose}>{c("cancel")}</Button>
            <Button
              look="primary"
              isPending={begin.isPending}
              isDisabled={why.trim() === ""}
              onPress={() => begin.mutate()}
            >
              {t("dossierBegin")}
            </Button>
          </>
        )
      }
    >
      {begin.data !== undefined ? (
        <Archive started={begin.data} />
      ) : (
        <div className={styles.panel}>
          <p>{t("dossierDetail")}</p>
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
          <TextField
            label={t("why")}
            value={why}
            onChange={setWhy}
            error={errorOf("why")}
            isRequired
          />
          <ProblemNote problem={problem} />
        </div>
      )}
    </Dialog>
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
