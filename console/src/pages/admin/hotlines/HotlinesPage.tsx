import { useQuery } from "@tanstack/react-query";
import { PhoneIncoming, Plus, Route } from "lucide-react";
import { useNavigate } from "react-router";
import { useGroups } from "../../../api/directory";
import { problemFrom } from "../../../api/problem";
import { useMay } from "../../../api/session";
import { Button } from "../../../kit/Button";
import { type ColumnOf, DataTable } from "../../../kit/DataTable";
import { Page } from "../../../kit/Page";
import { Empty, Failed, Skeleton } from "../../../kit/States";
import { useShortcut } from "../../../kit/shortcuts";
import { directoryText } from "../../../text/directory";
import { flowsText } from "../../../text/flows";
import { useText } from "../../../text/words";
import { NEW, useEdited } from "../editor/useEdited";
import { HotlineSheet } from "./HotlineSheet";
import type { Hotline } from "./hotlineDraft";
import { hotlinesQuery } from "./hotlines";
import styles from "./hotlines.module.css";

/** The numbers that customers see and call: hours, flow, who answers. */
export default function HotlinesPage() {
  const t = useText(directoryText);
  const f = useText(flowsText);
  const navigate = useNavigate();
  const mayWrite = useMay("directory.write");
  const edited = useEdited();
  const { nameOf: groupOf } = useGroups();
  const { data, error, refetch } = useQuery(hotlinesQuery);
  const problem = problemFrom(error);
  useShortcut("n", t("newHotline"), () => edited.open(NEW), mayWrite);
  const columns: ColumnOf<Hotline>[] = [
    {
      id: "name",
      title: t("title"),
      width: "2fr",
      cell: (one) => <strong className={styles.name}>{one.name || one.number}</strong>,
    },
    { id: "number", title: t("hotlineNumber"), width: 160, cell: (one) => one.number },
    { id: "group", title: t("group"), cell: (one) => groupOf(one.group_id) },
    {
      id: "hours",
      title: t("hours"),
      width: "2fr",
      cell: (one) => one.hours ?? <span className={styles.quiet}>{t("hoursInherit")}</span>,
    },
    { id: "flow", title: t("flow"), cell: (one) => one.flow ?? "–" },
    { id: "answer", title: t("answer"), width: 150, cell: (one) => t(`answer_${one.answer}`) },
  ];
  return (
    <Page
      title={t("hotlines")}
      fills
      actions={
        <>
          <Button icon={Route} onPress={() => void navigate("/explain")}>
            {f("explain")}
          </Button>
          {mayWrite && (
            <Button icon={Plus} look="primary" hint="n" onPress={() => edited.open(NEW)}>
              {t("newHotline")}
            </Button>
          )}
        </>
      }
    >
      {problem !== null && <Failed problem={problem} onRetry={() => void refetch()} />}
      {problem === null && data === undefined && <Skeleton rows={6} />}
      {data !== undefined && (
        <DataTable
          label={t("hotlines")}
          columns={columns}
          items={data}
          idOf={(one) => one.id}
          textOf={(one) => one.name || one.number}
          onOpen={(one) => edited.open(one.id)}
          empty={
            <Empty icon={PhoneIncoming} title={t("noHotlines")}>
              {t("noHotlinesDetail")}
            </Empty>
          }
        />
      )}
      {edited.id !== null && <HotlineSheet key={edited.id} id={edited.id} onClose={edited.close} />}
    </Page>
  );
}
