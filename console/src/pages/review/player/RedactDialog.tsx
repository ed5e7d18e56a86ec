import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, dataOf } from "../../../api/client";
import { Button } from "../../../kit/Button";
import { Dialog } from "../../../kit/Dialog";
import { Select, TextField } from "../../../kit/Field";
import { useFormat } from "../../../kit/format";
import { ProblemNote } from "../../../kit/States";
import { toast } from "../../../kit/toast";
import { useProblem } from "../../../kit/useProblem";
import { useRequestKey } from "../../../kit/useRequestKey";
import { common } from "../../../text/common";
import { reviewText } from "../../../text/review";
import { useText } from "../../../text/words";
import { keys, type Recording } from "../queries";
import styles from "./Player.module.css";
import type { Span } from "./spans";

type Covered = "both" | "customer" | "manager";

/** Make a copy in which a beep covers the span, and those that were covered before. */
export function RedactDialog({
  recording,
  span,
  onClose,
}: {
  recording: Recording;
  span: Span;
  onClose(): void;
}) {
  const t = useText(reviewText);
  const c = useText(common);
  const format = useFormat();
  const queries = useQueryClient();
  const [side, setSide] = useState<Covered>("both");
  const [why, setWhy] = useState("");
  const before = recording.redactions.at(-1)?.spans ?? [];
  const request = useRequestKey();
  const redact = useMutation({
    mutationFn: () =>
      dataOf(
        api.POST("/v1/recordings/{recording_id}/redactions", {
          params: { path: { recording_id: recording.id }, header: request.header },
          // A copy takes the place of the one before, so it has to cover what that one covered.
          body: {
            spans: [
              ...before.map((one) => ({ ...one, channel: one.channel ?? ("both" as const) })),
              { ...span, channel: side },
            ],
            why,
          },
        }),
      ),
    onSuccess: (changed) => {
      queries.setQueryData(keys.recording(recording.id), changed);
      toast({ text: t("redacted") });
      onClose();
    },
  });
  const { problem, errorOf } = useProblem(redact.error, ["why"]);
  return (
    <Dialog
      title={t("redact")}
      isOpen
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>{c("cancel")}</Button>
          <Button
            look="primary"
            isPending={redact.isPending}
            isDisabled={why.trim() === ""}
            onPress={() => redact.mutate()}
          >
            {t("redact")}
          </Button>
        </>
      }
    >
      <div className={styles.form}>
        <p>
          {t("redactDetail", {
            from: format.clock(span.start_s),
            until: format.clock(span.end_s),
            count: before.length,
          })}
        </p>
        <Select<Covered>
          label={t("covered")}
          value={side}
          options={[
            { id: "both", text: t("bothSides") },
            { id: "customer", text: t("customer") },
            { id: "manager", text: t("manager") },
          ]}
          onChange={setSide}
        />
        <TextField
          label={t("why")}
          value={why}
          onChange={setWhy}
          error={errorOf("why")}
          isRequired
        />
        <ProblemNote problem={problem} />
      </div>
    </Dialog>
  );
}
