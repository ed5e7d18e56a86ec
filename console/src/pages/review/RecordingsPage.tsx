import { Page } from "../../kit/Page";
import { reviewText } from "../../text/review";
import { useText } from "../../text/words";

export default function RecordingsPage() {
  const t = useText(reviewText);
  return <Page title={t("recordings")}>{null}</Page>;
}
