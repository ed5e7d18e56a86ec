import { AudioLines, Hourglass } from "lucide-react";
import { useFormat } from "../../../kit/format";
import { Empty } from "../../../kit/States";
import { useCode } from "../../../text/codes";
import { recordingReasons } from "../../../text/reasons";
import { reviewText } from "../../../text/review";
import { useText } from "../../../text/words";
import type { Recording } from "../queries";

/** Why there is nothing to hear. */
export function NoSound({ recording }: { recording: Recording }) {
  const t = useText(reviewText);
  const format = useFormat();
  const reason = useCode(recordingReasons);
  switch (recording.status) {
    case "pending":
      return (
        <Empty icon={Hourglass} title={t("pending")}>
          {t("pendingDetail")}
        </Empty>
      );
    case "deleted":
      return (
        <Empty icon={AudioLines} title={t("deleted")}>
          {t("deletedDetail", { at: format.dateTime(recording.deleted_at) })}
        </Empty>
      );
    default:
      return (
        <Empty icon={AudioLines} title={t("absent")}>
          {recording.reason !== null && reason(recording.reason)}
        </Empty>
      );
  }
}
