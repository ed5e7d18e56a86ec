import { useQueryClient } from "@tanstack/react-query";
import { type Customer, findCustomers, isManagerOf, managersQuery } from "../api/directory";
import { kit } from "../text/kit";
import { useText } from "../text/words";
import { ComboBox, type ComboBoxProps } from "./ComboBox";
import type { Option } from "./Field";

export type PickProps = Omit<ComboBoxProps, "label" | "searchKey" | "search"> & {
  label?: string;
};

const OFFERED = 20;

/** A customer, by a part of the name, an id, or the end of a number. */
export function PickCustomer({ label, ...rest }: PickProps) {
  const t = useText(kit);
  return (
    <ComboBox
      placeholder={t("searchCustomer")}
      {...rest}
      label={label ?? t("customer")}
      searchKey={["customers", "pick"]}
      search={async (text, signal) => (await findCustomers(text, signal)).map(optionOfCustomer)}
    />
  );
}

/**
 * A manager, by a part of the name or the staff number; `group` keeps it to one group, `without`
 * leaves one out: whoever looks for a colleague is none.
 */
export function PickManager({
  label,
  group,
  isFilter = false,
  withDeparted = false,
  without,
  ...rest
}: PickProps & {
  group?: string;
  withDeparted?: boolean;
  without?: string;
  /** Nobody chosen means everybody. */
  isFilter?: boolean;
}) {
  const t = useText(kit);
  const client = useQueryClient();
  const search = async (text: string): Promise<readonly Option<string>[]> => {
    const managers = await client.ensureQueryData(managersQuery);
    return managers
      .filter((one) => withDeparted || one.status !== "departed")
      .filter((one) => (group ?? one.group_id) === one.group_id)
      .filter((one) => one.id !== without)
      .filter((one) => isManagerOf(one, text))
      .slice(0, OFFERED)
      .map((one) => optionOf(one.id, one.name, one.staff_no ?? one.external_id));
  };
  return (
    <ComboBox
      placeholder={t(isFilter ? "allManagers" : "searchManager")}
      {...rest}
      label={label ?? t("manager")}
      searchKey={["managers", "pick", group ?? "", withDeparted, without ?? ""]}
      search={search}
    />
  );
}

/** How a customer is offered: the name, and the number as it may be seen. */
export function optionOfCustomer({ id, name, numbers, external_id }: Customer): Option<string> {
  return optionOf(id, name, numbers[0]?.masked ?? external_id);
}

function optionOf(id: string, text: string, detail: string | null): Option<string> {
  return { id, text, ...(detail === null ? {} : { detail }) };
}
