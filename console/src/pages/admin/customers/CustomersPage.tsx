import { FileUp, Plus } from "lucide-react";
import { useState } from "react";
import { useNavigate } from "react-router";
import { type Customer, useGroups, useManagers } from "../../../api/directory";
import { useMay } from "../../../api/session";
import { Button } from "../../../kit/Button";
import { Page } from "../../../kit/Page";
import { useShortcut } from "../../../kit/shortcuts";
import { useFilter } from "../../../kit/useFilter";
import { directoryText } from "../../../text/directory";
import { useText } from "../../../text/words";
import { NEW, useEdited } from "../editor/useEdited";
import { CustomerFilters } from "./CustomerFilters";
import { CustomerList } from "./CustomerList";
import { CustomerSheet } from "./CustomerSheet";
import { CUSTOMER_FILTERS, useCustomers } from "./customers";

/** Everybody whom the managers call: found, filtered, written, imported. */
export default function CustomersPage() {
  const t = useText(directoryText);
  const navigate = useNavigate();
  const mayWrite = useMay("directory.write");
  const mayImport = useMay("imports");
  const filter = useFilter(CUSTOMER_FILTERS);
  const edited = useEdited();
  const { nameOf: managerOf } = useManagers();
  const { nameOf: groupOf } = useGroups();
  const customers = useCustomers(filter.values, filter.text);
  const classes = useSeen(customers.items, filter.values.class);
  useShortcut("n", t("newCustomer"), () => edited.open(NEW), mayWrite);
  return (
    <Page
      title={t("customers")}
      fills
      detail={
        customers.isPending || customers.items.length === 0
          ? undefined
          : t("loaded", { count: customers.items.length })
      }
      actions={
        <>
          {mayImport && (
            <Button icon={FileUp} onPress={() => void navigate("/import?kind=customers")}>
              {t("import")}
            </Button>
          )}
          {mayWrite && (
            <Button icon={Plus} look="primary" hint="n" onPress={() => edited.open(NEW)}>
              {t("newCustomer")}
            </Button>
          )}
        </>
      }
      tools={<CustomerFilters filter={filter} classes={classes} />}
    >
      <CustomerList
        customers={customers}
        isFiltered={filter.count > 0 || filter.text !== ""}
        managerOf={managerOf}
        groupOf={groupOf}
        onOpen={(customer) => edited.open(customer.id)}
      />
      {edited.id !== null && (
        <CustomerSheet key={edited.id} id={edited.id} onClose={edited.close} />
      )}
    </Page>
  );
}

/** Every class that was among the customers so far, and the one that is asked for. */
function useSeen(customers: readonly Customer[], asked: string): readonly string[] {
  const [seen, setSeen] = useState<readonly string[]>([]);
  const all = new Set([...seen, ...customers.flatMap((one) => one.class ?? [])]);
  if (asked !== "") all.add(asked);
  if (all.size > seen.length) setSeen([...all].sort());
  return seen;
}
