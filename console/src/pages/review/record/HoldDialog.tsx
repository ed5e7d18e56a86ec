import { useQueryClient } from "@tanstack/react-query";
import { api, dataOf } from "../../../api/client";
import { reviewText } from "../../../text/review";
import { useText } from "../../../text/words";
import { keys, type Recording } from "../queries";
import { ReasonDialog } from "../ReasonDialog";

/** Keep a recording from being deleted, and say why. */
export function HoldDialog({ recording, onClose }: { recording: Recording; onClose(): void }) {
  const t = useText(reviewText);
  const queries = useQueryClient();
  const params = { path: { recording_id: recording.id } };
  return (
    <ReasonDialog
      title={t("holdIt")}
      detail={t("holdDetail")}
      action={t("holdIt")}
      onClose={onClose}
      onDo={(why) =>
        dataOf(api.PUT("/v1/recordings/{recording_id}/hold", { params, body: { why } }))
      }
      onDone={(changed) => {
        queries.setQueryData(keys.recording(recording.id), changed);
        onClose();
      }}
    />
  );
}
