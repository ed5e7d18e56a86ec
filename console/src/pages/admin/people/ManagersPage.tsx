import { useQuery } from "@tanstack/react-query";
import { FileUp, Plus, UserRound } from "lucide-react";
import { useNavigate } from "react-router";
import {
  isManagerOf,
  type Manager,
  managersQuery,
  useGroups,
  useManagers,
} from "../../../api/directory";
import { problemFrom } from "../../../api/problem";
import { useMay } from "../../../api/session";
import { Button } from "../../../kit/Button";
import { type ColumnOf, DataTable } from "../../../kit/DataTable";
import { Select } from "../../../kit/Field";
import { FilterBar } from "../../../kit/FilterBar";
import { Masked } from "../../../kit/Masked";
import { Page } from "../../../kit/Page";
import { Badge, Empty, Failed, Skeleton, type Tone } from "../../../kit/States";
import { useShortcut } from "../../../kit/shortcuts";
import { useFilter } from "../../../kit/useFilter";
import { directoryText } from "../../../text/directory";
import { useText } from "../../../text/words";
import { NEW, useEdited } from "../editor/useEdited";
import { PickGroup } from "../PickGroup";
import { ManagerSheet } from "./ManagerSheet";
import styles from "./people.module.css";

const FILTERS = ["group_id", "status"] as const;
const TONES: Readonly<Record<Manager["status"], Tone>> = {
  active: "good",
  away: "warn",
  departed: "neutral",
};

/** The account managers: telephones, hours, absences, deputies. */
export default function ManagersPage() {
  const t = useText(directoryText);
  const navigate = useNavigate();
  const mayWrite = useMay("directory.write");
  const filter = useFilter(FILTERS);
  const edited = useEdited();
  const { nameOf: groupOf } = useGroups();
  const { nameOf } = useManagers();
  const { data, error, refetch } = useQuery(managersQuery);
  const problem = problemFrom(error);
  useShortcut("n", t("newManager"), () => edited.open(NEW), mayWrite);
  const { group_id, status } = filter.values;
  const shown = data?.filter(
    (one) =>
      (group_id === "" || one.group_id === group_id) &&
      (status === "" || one.status === status) &&
      isManagerOf(one, filter.text.trim()),
  );
  const columns: ColumnOf<Manager>[] = [
    {
      id: "name",
      title: t("name"),
      cell: (one) => <span className={styles.name}>{one.name}</span>,
    },
    { id: "staff", title: t("staffNo"), width: 110, cell: (one) => one.staff_no ?? "–" },
    { id: "group", title: t("group"), cell: (one) => groupOf(one.group_id) },
    {
      id: "phone",
      title: t("phones"),
      width: 190,
      cell: (one) => (
        <Masked
          number={one.phones[0]?.number ?? one.phones[0]?.aor}
          masked={one.phones[0]?.masked}
        />
      ),
    },
    {
      id: "status",
      title: t("status"),
      width: 110,
      cell: (one) => <Badge tone={TONES[one.status]}>{t(`status_${one.status}`)}</Badge>,
    },
    { id: "deputy", title: t("deputy"), width: 130, cell: (one) => nameOf(one.deputy_id) },
    { id: "skills", title: t("skills"), cell: (one) => one.skills.join("、") || "–" },
  ];
  return (
    <Page
      title={t("managers")}
      fills
      actions={
        mayWrite && (
          <>
            <Button icon={FileUp} onPress={() => void navigate("/import?kind=managers")}>
              {t("import")}
            </Button>
            <Button icon={Plus} look="primary" hint="n" onPress={() => edited.open(NEW)}>
              {t("newManager")}
            </Button>
          </>
        )
      }
      tools={
        <FilterBar filter={filter} searchFor={t("searchManagers")}>
          <div className={styles.filter}>
            <PickGroup
              hideLabel
              value={group_id}
              onChange={(id) => filter.set("group_id", id)}
              none={t("allGroups")}
            />
          </div>
          <div className={styles.filter}>
            <Select
              hideLabel
              label={t("status")}
              value={status}
              onChange={(id) => filter.set("status", id)}
              options={[
                { id: "", text: t("anyStatus") },
                ...(["active", "away", "departed"] as const).map((id) => ({
                  id,
                  text: t(`status_${id}`),
                })),
              ]}
            />
          </div>
        </FilterBar>
      }
    >
      {problem !== null && <Failed problem={problem} onRetry={() => void refetch()} />}
      {problem === null && shown === undefined && <Skeleton rows={12} />}
      {shown !== undefined && (
        <DataTable
          label={t("managers")}
          columns={columns}
          items={shown}
          idOf={(one) => one.id}
          textOf={(one) => one.name}
          onOpen={(one) => edited.open(one.id)}
          card={(one) => (
            <>
              <div className={styles.cardTop}>
                <span className={styles.name}>{one.name}</span>
                <Badge tone={TONES[one.status]}>{t(`status_${one.status}`)}</Badge>
              </div>
              <div className={styles.cardBelow}>
                {groupOf(one.group_id)} ·{" "}
                <Masked
                  number={one.phones[0]?.number ?? one.phones[0]?.aor}
                  masked={one.phones[0]?.masked}
                />
              </div>
            </>
          )}
          empty={<Empty icon={UserRound} title={t("noManagers")} />}
        />
      )}
      {edited.id !== null && <ManagerSheet key={edited.id} id={edited.id} onClose={edited.close} />}
    </Page>
  );
}
