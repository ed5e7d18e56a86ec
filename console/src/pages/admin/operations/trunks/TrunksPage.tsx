import { useQuery } from "@tanstack/react-query";
import { useSearchParams } from "react-router";
import { Page } from "../../../../kit/Page";
import { Tabs } from "../../../../kit/Tabs";
import { systemText } from "../../../../text/system";
import { useText } from "../../../../text/words";
import { registrationsQuery, trunksQuery } from "../queries";
import { Phones } from "./Phones";
import { Trunks } from "./Trunks";

/** The ways to the public network, and the telephones that are registered here. */
export default function TrunksPage() {
  const t = useText(systemText);
  const [search, setSearch] = useSearchParams();
  const trunks = useQuery(trunksQuery);
  const phones = useQuery(registrationsQuery);
  return (
    <Page title={t("trunks")} detail={t("refreshed")}>
      <Tabs
        label={t("trunks")}
        value={search.get("view") === "phones" ? "phones" : "trunks"}
        onChange={(id) => setSearch(id === "phones" ? { view: id } : {}, { replace: true })}
        tabs={[
          {
            id: "trunks",
            text: t("trunkList"),
            ...countOf(trunks.data?.items),
            content: <Trunks query={trunks} />,
          },
          {
            id: "phones",
            text: t("phones"),
            ...countOf(phones.data?.items),
            content: <Phones query={phones} />,
          },
        ]}
      />
    </Page>
  );
}

function countOf(items: readonly unknown[] | undefined): { count?: number } {
  return items === undefined ? {} : { count: items.length };
}
