import { Page } from "../../kit/Page";
import { countyText } from "../../text/county";
import { useText } from "../../text/words";

export default function BoardPage() {
  const t = useText(countyText);
  return <Page title={t("board")}>{null}</Page>;
}
