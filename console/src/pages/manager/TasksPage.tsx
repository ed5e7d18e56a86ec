import { Page } from "../../kit/Page";
import { managerText } from "../../text/manager";
import { useText } from "../../text/words";

export default function TasksPage() {
  const t = useText(managerText);
  return <Page title={t("tasks")}>{null}</Page>;
}
