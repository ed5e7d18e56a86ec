import { Users } from "lucide-react";
import { useMemo } from "react";
import type { Customer } from "../../../api/directory";
import type { Pages } from "../../../api/pages";
import { type ColumnOf, DataTable } from "../../../kit/DataTable";
import { Masked } from "../../../kit/Masked";
import { Badge, Empty, Failed, Skeleton } from "../../../kit/States";
import { useCode } from "../../../text/codes";
import { directoryText } from "../../../text/directory";
import { classText } from "../../../text/manager";
import { useText } from "../../../text/words";
import styles from "./customers.module.css";

export interface CustomerListProps {
  customers: Pages<Customer>;
  isFiltered: boolean;
  managerOf(id: string | null): string;
  groupOf(id: string | null): string;
  onOpen(customer: Customer): void;
}

/** The rows: read as they are scrolled, each of the same height. */
export function CustomerList({
  customers,
  isFiltered,
  managerOf,
  groupOf,
  onOpen,
}: CustomerListProps) {
  const t = useText(directoryText);
  const className = useCode(classText);
  const columns = useMemo<ColumnOf<Customer>[]>(
    () => [
      {
        id: "name",
        title: t("name"),
        width: "2fr",
        cell: (one) => (
          <span className={styles.name}>
            <span className={styles.nameText}>{one.name}</span>
            {one.do_not_call !== null && <Badge tone="warn">{t("doNotCall")}</Badge>}
          </span>
        ),
      },
      { id: "number", title: t("number"), width: 180, cell: (one) => <FirstNumber of={one} /> },
      { id: "owner", title: t("owner"), cell: (one) => ownerName(one, managerOf, t("noOwner")) },
      { id: "group", title: t("group"), cell: (one) => groupOf(one.group_id) },
      {
        id: "class",
        title: t("class"),
        width: 110,
        cell: (one) => (one.class === null ? "–" : className(one.class)),
      },
      { id: "tier", title: t("tier"), width: 90, cell: (one) => one.tier ?? "–" },
      { id: "external", title: t("externalId"), width: 140, cell: (one) => one.external_id ?? "–" },
    ],
    [t, className, managerOf, groupOf],
  );
  if (customers.problem !== null && customers.items.length === 0) {
    return <Failed problem={customers.problem} onRetry={customers.retry} />;
  }
  if (customers.isPending) return <Skeleton rows={14} />;
  return (
    <DataTable
      label={t("customers")}
      columns={columns}
      items={customers.items}
      idOf={idOf}
      textOf={textOf}
      onOpen={onOpen}
      onMore={customers.more}
      isLoadingMore={customers.isLoadingMore}
      card={(one) => (
        <>
          <div className={styles.cardTop}>
            <span className={styles.nameText}>{one.name}</span>
            <FirstNumber of={one} />
          </div>
          <div className={styles.cardBelow}>
            {ownerName(one, managerOf, t("noOwner"))} · {groupOf(one.group_id)}
            {one.do_not_call !== null && <Badge tone="warn">{t("doNotCall")}</Badge>}
          </div>
        </>
      )}
      empty={
        <Empty icon={Users} title={isFiltered ? t("noneFound") : t("noCustomers")}>
          {isFiltered ? t("noneFoundDetail") : t("noCustomersDetail")}
        </Empty>
      }
    />
  );
}

function FirstNumber({ of: { numbers } }: { of: Customer }) {
  const first = numbers[0];
  return (
    <span className={styles.numbers}>
      <Masked number={first?.number} masked={first?.masked} />
      {numbers.length > 1 && <span className={styles.others}>+{numbers.length - 1}</span>}
    </span>
  );
}

function ownerName(
  { owner_id }: Customer,
  managerOf: (id: string | null) => string,
  nobody: string,
): string {
  return owner_id === null ? nobody : managerOf(owner_id);
}

function idOf(customer: Customer): string {
  return customer.id;
}

function textOf(customer: Customer): string {
  return customer.name;
}
