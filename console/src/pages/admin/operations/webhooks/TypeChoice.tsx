import { useQuery } from "@tanstack/react-query";
import { api, dataOf } from "../../../../api/client";
import { Checkbox, Switch } from "../../../../kit/Field";
import { Skeleton } from "../../../../kit/States";
import { accessText } from "../../../../text/access";
import { useText } from "../../../../text/words";
import parts from "../parts/parts.module.css";
import { keys } from "../queries";
import { byFamily, includes, toggled } from "./hook";

const ALL = "*";

/** Which events: all there are and will be, or some of the catalogue. */
export function TypeChoice({
  value,
  onChange,
  error,
}: {
  value: readonly string[];
  onChange(value: readonly string[]): void;
  error: string | undefined;
}) {
  const t = useText(accessText);
  const { data } = useQuery({
    queryKey: keys.eventTypes,
    queryFn: ({ signal }) => dataOf(api.GET("/v1/events/schemas", { signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const types = data?.items.flatMap((one) => one.types) ?? [];
  const isAll = value.includes(ALL);
  return (
    <fieldset className={parts.fieldset}>
      <legend>{t("types")}</legend>
      <Switch
        label={t("allTypes")}
        isSelected={isAll}
        onChange={(isOn) => onChange(isOn ? [ALL] : ["call.ended"])}
      />
      {error !== undefined && <p className={parts.error}>{error}</p>}
      {!isAll && data === undefined && <Skeleton rows={6} height="1.5rem" />}
      {!isAll &&
        byFamily(types).map(([family, members]) => (
          <div key={family} className={parts.choices}>
            {members.map((type) => (
              <Checkbox
                key={type}
                label={type}
                isSelected={includes(value, type)}
                onChange={() => onChange(toggled(value, type, types))}
              />
            ))}
          </div>
        ))}
    </fieldset>
  );
}
