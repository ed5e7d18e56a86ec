import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, dataOf } from "../../../api/client";
import { Select } from "../../../kit/Field";
import { useFormat } from "../../../kit/format";
import { toast } from "../../../kit/toast";
import { useRequestKey } from "../../../kit/useRequestKey";
import { reviewText } from "../../../text/review";
import { useText } from "../../../text/words";
import { keys, type Recording } from "../queries";
import { ReasonDialog } from "../ReasonDialog";
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
  const format = useFormat();
  const queries = useQueryClient();
  const [side, setSide] = useState<Covered>("both");
  const before = recording.redactions.at(-1)?.spans ?? [];
  const request = useRequestKey();
  const redact = (why: string): Promise<Recording> => {
    // A copy takes the place of the one before, so it has to cover what that one covered.
    const spans = [
      ...before.map((one) => ({ ...one, channel: one.channel ?? ("both" as const) })),
      { ...span, channel: side },
    ];
    const body = { spans, why };
    const params = { path: { recording_id: recording.id }, header: request.headerFor(body) };
    return dataOf(api.POST("/v1/recordings/{recording_id}/redactions", { params, body }));
  };
  return (
    <ReasonDialog
      title={t("redact")}
      detail={t("redactDetail", {
        from: format.clock(span.start_s),
        until: format.clock(span.end_s),
        count: before.length,
      })}
      action={t("redact")}
      onClose={onClose}
      onDo={redact}
      onDone={(changed) => {
        queries.setQueryData(keys.recording(recording.id), changed);
        toast({ text: t("redacted") });
        onClose();
      }}
    >
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
    </ReasonDialog>
  );
}
