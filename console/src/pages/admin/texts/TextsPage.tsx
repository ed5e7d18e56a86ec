import { useQuery } from "@tanstack/react-query";
import { problemFrom } from "../../../api/problem";
import { type ColumnOf, DataTable } from "../../../kit/DataTable";
import { FilterBar } from "../../../kit/FilterBar";
import { Page } from "../../../kit/Page";
import { Badge, Failed, Skeleton } from "../../../kit/States";
import { useFilter } from "../../../kit/useFilter";
import { smsTextsText } from "../../../text/smsTexts";
import { useLanguage, useText } from "../../../text/words";
import { useEdited } from "../editor/useEdited";
import { PickGroup } from "../PickGroup";
import { TextSheet } from "./TextSheet";
import { isOwn, type SmsText, textsQuery } from "./texts";

const FILTERS = ["group"] as const;

/** What short messages say: for everybody, or for one group and those below it. */
export default function TextsPage() {
  const t = useText(smsTextsText);
  const filter = useFilter(FILTERS);
  const edited = useEdited();
  const group = filter.values.group;
  const { data, error, refetch } = useQuery(textsQuery(group));
  const problem = problemFrom(error);
  const columns = useColumns();
  return (
    <Page
      title={t("title")}
      fills
      tools={
        <FilterBar filter={filter}>
          <PickGroup
            label={t("ofGroup")}
            hideLabel
            none={t("everybody")}
            value={group}
            onChange={(id) => filter.set("group", id)}
          />
        </FilterBar>
      }
    >
      {problem !== null && <Failed problem={problem} onRetry={() => void refetch()} />}
      {problem === null && data === undefined && <Skeleton rows={10} />}
      {data !== undefined && (
        <DataTable
          label={t("title")}
          columns={columns}
          items={data.items}
          idOf={(one) => one.kind}
          textOf={(one) => t(`kind_${one.kind}`)}
          onOpen={(one) => edited.open(one.kind)}
          empty={null}
        />
      )}
      {edited.id !== null && (
        <TextSheet
          key={`${group} ${edited.id}`}
          kind={edited.id}
          groupId={group}
          onClose={edited.close}
        />
      )}
    </Page>
  );
}

function useColumns(): readonly ColumnOf<SmsText>[] {
  const t = useText(smsTextsText);
  const language = useLanguage();
  return [
    {
      id: "name",
      title: t("name"),
      width: 220,
      cell: (one) => <strong>{t(`kind_${one.kind}`)}</strong>,
    },
    { id: "reader", title: t("reader"), width: 100, cell: (one) => t(`reader_${one.reader}`) },
    { id: "text", title: t("text"), width: "3fr", cell: (one) => one.texts[language] },
    {
      id: "parts",
      title: t("parts"),
      width: 80,
      align: "end",
      cell: (one) => one.parts[language],
    },
    { id: "origin", title: t("origin"), width: 120, cell: (one) => <Origin of={one} /> },
  ];
}

function Origin({ of }: { of: SmsText }) {
  const t = useText(smsTextsText);
  if (isOwn(of)) return <Badge tone="accent">{t("own")}</Badge>;
  const isShipped = of.texts.zh === of.shipped.zh && of.texts.en === of.shipped.en;
  return <Badge>{isShipped ? t("shipped") : t("above")}</Badge>;
}
