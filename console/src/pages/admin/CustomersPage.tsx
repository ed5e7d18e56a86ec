import { Page } from "../../kit/Page";
import { adminText } from "../../text/admin";
import { useText } from "../../text/words";

export default function CustomersPage() {
  const t = useText(adminText);
  return <Page title={t("customers")}>{null}</Page>;
}
