import { useQuery } from "@tanstack/react-query";
import { Network, Plus } from "lucide-react";
import { type Group, groupsQuery, useManagers } from "../../../api/directory";
import { problemFrom } from "../../../api/problem";
import { useMay } from "../../../api/session";
import { Button } from "../../../kit/Button";
import { type ColumnOf, DataTable } from "../../../kit/DataTable";
import { Page } from "../../../kit/Page";
import { Empty, Failed, Skeleton } from "../../../kit/States";
import { useShortcut } from "../../../kit/shortcuts";
import { directoryText } from "../../../text/directory";
import { useText } from "../../../text/words";
import { NEW, useEdited } from "../editor/useEdited";
import { GroupSheet } from "./GroupSheet";
import styles from "./people.module.css";
import { type Placed, treeOf } from "./tree";

/** Counties below cities, teams below counties: as a tree. */
export default function GroupsPage() {
  const t = useText(directoryText);
  const mayWrite = useMay("directory.write");
  const edited = useEdited();
  const { managers } = useManagers();
  const { data, error, refetch } = useQuery(groupsQuery);
  const problem = problemFrom(error);
  useShortcut("n", t("newGroup"), () => edited.open(NEW), mayWrite);
  const managersIn = (group: Group): number =>
    managers.filter((one) => one.group_id === group.id).length;
  const columns: ColumnOf<Placed<Group>>[] = [
    {
      id: "name",
      title: t("title"),
      width: "2fr",
      cell: ({ item, depth }) => (
        <span className={styles.name} style={indentOf(depth)}>
          {item.name}
        </span>
      ),
    },
    {
      id: "managers",
      title: t("managers"),
      width: 110,
      align: "end",
      cell: ({ item }) => managersIn(item),
    },
    { id: "area", title: t("areaCode"), width: 100, cell: ({ item }) => item.area_code ?? "–" },
    { id: "hours", title: t("hours"), width: "2fr", cell: ({ item }) => item.hours ?? "–" },
    { id: "quiet", title: t("quietHours"), cell: ({ item }) => item.quiet_hours ?? "–" },
    {
      id: "external",
      title: t("externalId"),
      width: 140,
      cell: ({ item }) => item.external_id ?? "–",
    },
  ];
  return (
    <Page
      title={t("groups")}
      fills
      actions={
        mayWrite && (
          <Button icon={Plus} look="primary" hint="n" onPress={() => edited.open(NEW)}>
            {t("newGroup")}
          </Button>
        )
      }
    >
      {problem !== null && <Failed problem={problem} onRetry={() => void refetch()} />}
      {problem === null && data === undefined && <Skeleton rows={6} />}
      {data !== undefined && (
        <DataTable
          label={t("groups")}
          columns={columns}
          items={treeOf(data)}
          idOf={({ item }) => item.id}
          textOf={({ item }) => item.name}
          onOpen={({ item }) => edited.open(item.id)}
          card={({ item, depth }) => (
            <div style={indentOf(depth)}>
              <div className={styles.name}>{item.name}</div>
              <div className={styles.cardBelow}>
                {t("managers")} {managersIn(item)}
                {item.area_code !== null && ` · ${t("areaCode")} ${item.area_code}`}
              </div>
            </div>
          )}
          empty={<Empty icon={Network} title={t("noGroups")} />}
        />
      )}
      {edited.id !== null && <GroupSheet key={edited.id} id={edited.id} onClose={edited.close} />}
    </Page>
  );
}

function indentOf(depth: number): { paddingInlineStart: string } {
  return { paddingInlineStart: `${depth * 1.5}rem` };
}
