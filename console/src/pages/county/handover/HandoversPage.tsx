import { useQueryClient } from "@tanstack/react-query";
import { ArrowRightLeft } from "lucide-react";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";
import { useManagers } from "../../../api/directory";
import { useLive } from "../../../api/live";
import { useMay } from "../../../api/session";
import { Button } from "../../../kit/Button";
import { type ColumnOf, DataTable } from "../../../kit/DataTable";
import { type Format, useFormat } from "../../../kit/format";
import { Page } from "../../../kit/Page";
import { Badge, Empty, Failed, Skeleton } from "../../../kit/States";
import { useShortcut } from "../../../kit/shortcuts";
import { handoverText } from "../../../text/handover";
import { type Translate, useText } from "../../../text/words";
import { HandoverSheet } from "./HandoverSheet";
import { HandoverWizard } from "./HandoverWizard";
import { customersOf, type Handover, keys, TONES, useHandovers } from "./handover";
import styles from "./handover.module.css";

const EVENTS = ["assignment.changed"] as const;

type Words = Translate<(typeof handoverText.names)[number]>;

/** What was handed over, goes on and is to come; a new one by the wizard. */
export default function HandoversPage() {
  const t = useText(handoverText);
  const format = useFormat();
  const may = useMay("handover");
  const navigate = useNavigate();
  const { handoverId } = useParams();
  const { nameOf } = useManagers();
  const list = useHandovers();
  const client = useQueryClient();
  useLive(EVENTS, () => void client.invalidateQueries({ queryKey: keys.all }));
  const [isOpen, setIsOpen] = useState(false);
  useShortcut("n", t("start"), () => setIsOpen(true), may);
  const start = may && (
    <Button icon={ArrowRightLeft} look="primary" hint="n" onPress={() => setIsOpen(true)}>
      {t("start")}
    </Button>
  );
  return (
    <Page title={t("title")} fills actions={start || undefined}>
      {list.problem !== null && <Failed problem={list.problem} onRetry={list.retry} />}
      {list.isPending && <Skeleton rows={8} />}
      {!list.isPending && list.problem === null && (
        <DataTable
          label={t("title")}
          columns={columnsOf(t, format, nameOf)}
          items={list.items}
          idOf={idOf}
          textOf={(one) => nameOf(one.from_manager_id)}
          onOpen={(one) => void navigate(`/handovers/${one.id}`)}
          onMore={list.more}
          isLoadingMore={list.isLoadingMore}
          card={(one) => <Card handover={one} />}
          empty={
            <Empty icon={ArrowRightLeft} title={t("none")}>
              {t("noneDetail")}
            </Empty>
          }
        />
      )}
      <HandoverSheet id={handoverId} />
      {isOpen && (
        <HandoverWizard
          onClose={() => setIsOpen(false)}
          onBegun={({ id }) => void navigate(`/handovers/${id}`)}
        />
      )}
    </Page>
  );
}

function idOf({ id }: Handover): string {
  return id;
}

function columnsOf(
  t: Words,
  format: Format,
  nameOf: (id: string | null) => string,
): readonly ColumnOf<Handover>[] {
  return [
    { id: "from", title: t("from"), cell: (one) => <strong>{nameOf(one.from_manager_id)}</strong> },
    { id: "kind", title: t("kind"), cell: (one) => t(one.kind) },
    {
      id: "state",
      title: t("state"),
      cell: (one) => <Badge tone={TONES[one.state]}>{t(one.state)}</Badge>,
    },
    {
      id: "customers",
      title: t("customers"),
      align: "end",
      width: 110,
      cell: (one) => format.number(customersOf(one)),
    },
    {
      id: "at",
      title: t("at"),
      cell: (one) => format.dateTime(one.switched_at ?? one.at ?? one.created_at),
    },
    { id: "why", title: t("why"), width: "2fr", cell: (one) => one.why },
  ];
}

function Card({ handover }: { handover: Handover }) {
  const t = useText(handoverText);
  const format = useFormat();
  const { nameOf } = useManagers();
  return (
    <>
      <div className={styles.line}>
        <strong>{nameOf(handover.from_manager_id)}</strong>
        <Badge tone={TONES[handover.state]}>{t(handover.state)}</Badge>
      </div>
      <div className={`${styles.line} ${styles.side}`}>
        <span>
          {t(handover.kind)} · {t("customers")} {format.number(customersOf(handover))}
        </span>
        {format.dateTime(handover.switched_at ?? handover.at ?? handover.created_at)}
      </div>
    </>
  );
}
