import type { Schema } from "../../../../api/client";
import { Checkbox, Switch } from "../../../../kit/Field";
import { accessText } from "../../../../text/access";
import { permissionNames } from "../../../../text/permissions";
import { useText } from "../../../../text/words";
import parts from "../parts/parts.module.css";

export type Permission = Schema<"Permission">;

/** What a key is limited to; null: all that its role may do. */
export function ScopeChoice({
  value,
  onChange,
  error,
}: {
  value: readonly Permission[] | null;
  onChange(value: Permission[] | null): void;
  error?: string | undefined;
}) {
  const t = useText(accessText);
  const name = useText(permissionNames);
  const toggle = (one: Permission, isOn: boolean): void =>
    onChange(isOn ? [...(value ?? []), one] : (value ?? []).filter((other) => other !== one));
  return (
    <fieldset className={parts.fieldset}>
      <legend>{t("scopes")}</legend>
      <Switch
        label={value === null ? t("allScopes") : t("someScopes")}
        isSelected={value !== null}
        onChange={(isOn) => onChange(isOn ? [] : null)}
      />
      {value !== null && (
        <div className={parts.choices}>
          {permissionNames.names.map((one) => (
            <Checkbox
              key={one}
              label={name(one)}
              isSelected={value.includes(one)}
              onChange={(isOn) => toggle(one, isOn)}
            />
          ))}
        </div>
      )}
      {error !== undefined && (
        <p className={parts.error} role="alert">
          {error}
        </p>
      )}
    </fieldset>
  );
}
