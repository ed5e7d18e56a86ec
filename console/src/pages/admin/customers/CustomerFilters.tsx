import { useManagers } from "../../../api/directory";
import { Select, TextField } from "../../../kit/Field";
import { FilterBar } from "../../../kit/FilterBar";
import { PickManager } from "../../../kit/pick";
import type { Filter } from "../../../kit/useFilter";
import { useCode } from "../../../text/codes";
import { directoryText } from "../../../text/directory";
import { classText } from "../../../text/manager";
import { useText } from "../../../text/words";
import { PickGroup } from "../PickGroup";
import type { CUSTOMER_FILTERS } from "./customers";
import styles from "./customers.module.css";

/** What narrows the list of customers, all of it in the address. */
export function CustomerFilters({
  filter,
  classes,
}: {
  filter: Filter<(typeof CUSTOMER_FILTERS)[number]>;
  /** Those that there are. */
  classes: readonly string[];
}) {
  const t = useText(directoryText);
  const className = useCode(classText);
  const { nameOf } = useManagers();
  const { values, set } = filter;
  const owner = values.owner_id;
  return (
    <FilterBar filter={filter} searchFor={t("searchCustomers")}>
      <div className={styles.filter}>
        <PickGroup
          hideLabel
          value={values.group_id}
          onChange={(id) => set("group_id", id)}
          none={t("allGroups")}
        />
      </div>
      <div className={styles.filter}>
        <PickManager
          hideLabel
          isFilter
          value={owner === "" ? null : { id: owner, text: nameOf(owner) }}
          onChange={(one) => set("owner_id", one?.id ?? "")}
        />
      </div>
      <Select
        hideLabel
        label={t("class")}
        value={values.class}
        onChange={(id) => set("class", id)}
        options={[
          { id: "", text: t("anyClass") },
          ...classes.map((id) => ({ id, text: className(id) })),
        ]}
      />
      <div className={styles.short}>
        <TextField
          hideLabel
          label={t("tier")}
          placeholder={t("anyTier")}
          value={values.tier}
          onChange={(text) => set("tier", text)}
        />
      </div>
      <div className={styles.filter}>
        <Select
          hideLabel
          label={t("doNotCall")}
          value={values.dnc}
          onChange={(id) => set("dnc", id)}
          options={[
            { id: "", text: t("anyPeace") },
            { id: "yes", text: t("doNotCall") },
            { id: "no", text: t("mayBeCalled") },
          ]}
        />
      </div>
    </FilterBar>
  );
}
