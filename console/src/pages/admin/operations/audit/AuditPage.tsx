import { ScrollText } from "lucide-react";
import { useState } from "react";
import { api, dataOf, type Schema } from "../../../../api/client";
import { usePages } from "../../../../api/pages";
import { type ColumnOf, DataTable } from "../../../../kit/DataTable";
import { Dialog } from "../../../../kit/Dialog";
import { parseDays, spanOf } from "../../../../kit/days";
import { useFormat } from "../../../../kit/format";
import { Page } from "../../../../kit/Page";
import { Empty, Failed, Skeleton } from "../../../../kit/States";
import { useFilter } from "../../../../kit/useFilter";
import { accessText } from "../../../../text/access";
import { auditActions, subjectKinds } from "../../../../text/audit";
import { useText } from "../../../../text/words";
import parts from "../parts/parts.module.css";
import { keys, pageQuery } from "../queries";
import { codeText } from "../system/words";
import { AuditEntry } from "./AuditEntry";
import { AuditFilters, FILTERS } from "./AuditFilters";
import { usePrincipals } from "./principals";

type Entry = Schema<"AuditEntryView">;

const idOf = (one: Entry): string => String(one.position);

/** Who did what to what, and when; the filters are in the address. */
export default function AuditPage() {
  const t = useText(accessText);
  const filter = useFilter(FILTERS);
  const [open, setOpen] = useState<Entry | null>(null);
  const query = queryOf(filter.values);
  const pages = usePages(keys.audit(query), (cursor, signal) =>
    dataOf(api.GET("/v1/audit", { params: { query: { ...query, ...pageQuery(cursor) } }, signal })),
  );
  const show = (name: "principal" | "subject", value: string): void => {
    setOpen(null);
    filter.set(name, value);
  };
  return (
    <Page title={t("audit")} fills tools={<AuditFilters filter={filter} />}>
      {pages.problem !== null ? (
        <Failed problem={pages.problem} onRetry={pages.retry} />
      ) : pages.isPending ? (
        <Skeleton rows={12} />
      ) : (
        <Entries
          items={pages.items}
          more={pages.more}
          isLoadingMore={pages.isLoadingMore}
          onOpen={setOpen}
        />
      )}
      <Dialog title={t("entry")} shape="sheet" isOpen={open !== null} onClose={() => setOpen(null)}>
        {open !== null && <AuditEntry entry={open} onShow={show} />}
      </Dialog>
    </Page>
  );
}

function Entries({
  items,
  more,
  isLoadingMore,
  onOpen,
}: {
  items: readonly Entry[];
  more: (() => void) | undefined;
  isLoadingMore: boolean;
  onOpen(entry: Entry): void;
}) {
  const t = useText(accessText);
  const action = useText(auditActions);
  const kind = useText(subjectKinds);
  const format = useFormat();
  const nameOf = usePrincipals();
  const actionOf = (one: Entry): string => codeText(auditActions, action, one.action);
  const columns: ColumnOf<Entry>[] = [
    { id: "at", title: t("when"), cell: (one) => format.dateTime(one.at), width: 150 },
    { id: "who", title: t("who"), cell: (one) => nameOf(one.principal), width: "2fr" },
    { id: "what", title: t("what"), cell: actionOf, width: "2fr" },
    {
      id: "kind",
      title: t("toWhat"),
      cell: (one) => codeText(subjectKinds, kind, one.subject_kind),
    },
    {
      id: "subject",
      title: t("subjectId"),
      cell: (one) => <code className={parts.mono}>{one.subject}</code>,
      width: "3fr",
    },
  ];
  return (
    <DataTable
      label={t("audit")}
      columns={columns}
      items={items}
      idOf={idOf}
      textOf={actionOf}
      onOpen={onOpen}
      onMore={more}
      isLoadingMore={isLoadingMore}
      empty={
        <Empty icon={ScrollText} title={t("noEntries")}>
          {t("noEntriesDetail")}
        </Empty>
      }
      card={(one) => (
        <>
          <div className={parts.cardLine}>
            <strong>{actionOf(one)}</strong>
            <span className={parts.muted}>{format.dateTime(one.at)}</span>
          </div>
          <span className={parts.muted}>{nameOf(one.principal)}</span>
        </>
      )}
    />
  );
}

/** The filters as the API takes them. */
function queryOf(values: Readonly<Record<(typeof FILTERS)[number], string>>) {
  const days = parseDays(values.days);
  const action = auditActions.names.find((one) => one === values.action);
  return {
    ...(values.principal === "" ? {} : { principal: values.principal }),
    ...(values.subject === "" ? {} : { subject: values.subject }),
    ...(action === undefined ? {} : { action }),
    ...(days === null ? {} : spanOf(days)),
  };
}
