import type { Schema } from "../../../../api/client";
import { useGroups, useManagers } from "../../../../api/directory";
import { Checkbox, Select } from "../../../../kit/Field";
import { PickManager } from "../../../../kit/pick";
import { accessText, grantNames, roleNames } from "../../../../text/access";
import { useText } from "../../../../text/words";
import { optionsOf } from "./options";
import parts from "./parts.module.css";

export type Role = Schema<"Role">;
export type Grant = Schema<"Grant">;

/** What somebody is, and whose things they see. */
export interface ReachDraft {
  role: Role;
  groupId: string | null;
  managerId: string | null;
  grants: readonly Grant[];
}

const GRANTS: Record<Role, readonly Grant[]> = {
  admin: [],
  county_manager: ["handover", "assign"],
  manager: ["dial_any"],
  qa_reviewer: [],
  integrator: [],
};
const ALL = "all";

export interface ReachFieldsProps {
  draft: ReachDraft;
  onChange(changes: Partial<ReachDraft>): void;
  errorOf(field: string): string | undefined;
  isDisabled?: boolean;
}

/** Role, group or manager as the role needs it, and what it may be granted. */
export function ReachFields({ draft, onChange, errorOf, isDisabled = false }: ReachFieldsProps) {
  const t = useText(accessText);
  const role = useText(roleNames);
  const { groups } = useGroups();
  const managers = useManagers();
  const needsGroup = draft.role === "county_manager";
  const isManager = draft.role === "manager";
  const everything = needsGroup ? [] : [{ id: ALL, text: t("everything") }];
  return (
    <>
      <Select
        label={t("role")}
        options={optionsOf(roleNames, role)}
        value={draft.role}
        onChange={(id) => onChange({ role: id, grants: [], groupId: null, managerId: null })}
        error={errorOf("role")}
        isDisabled={isDisabled}
      />
      {isManager ? (
        <PickManager
          value={
            draft.managerId === null
              ? null
              : { id: draft.managerId, text: managers.nameOf(draft.managerId) }
          }
          onChange={(option) => onChange({ managerId: option?.id ?? null })}
          error={errorOf("manager_id")}
          isDisabled={isDisabled}
          isRequired
        />
      ) : (
        <Select
          label={t("group")}
          options={[...everything, ...groups.map(({ id, name }) => ({ id, text: name }))]}
          value={draft.groupId ?? (needsGroup ? null : ALL)}
          onChange={(id) => onChange({ groupId: id === ALL ? null : id })}
          error={errorOf("group_id")}
          isDisabled={isDisabled}
          isRequired={needsGroup}
        />
      )}
      <Grants draft={draft} onChange={onChange} error={errorOf("grants")} isDisabled={isDisabled} />
    </>
  );
}

export interface GrantsProps {
  draft: Pick<ReachDraft, "role" | "grants">;
  onChange(changes: Pick<ReachDraft, "grants">): void;
  error?: string | undefined;
  isDisabled?: boolean;
}

/** What a role may be granted besides; nothing where there is none. */
export function Grants({ draft, onChange, error, isDisabled = false }: GrantsProps) {
  const t = useText(accessText);
  const grant = useText(grantNames);
  const possible = GRANTS[draft.role];
  if (possible.length === 0) return null;
  const toggle = (one: Grant, isOn: boolean): void =>
    onChange({
      grants: isOn ? [...draft.grants, one] : draft.grants.filter((other) => other !== one),
    });
  return (
    <fieldset className={parts.fieldset}>
      <legend>{t("grants")}</legend>
      {possible.map((one) => (
        <Checkbox
          key={one}
          label={grant(one)}
          isSelected={draft.grants.includes(one)}
          onChange={(isOn) => toggle(one, isOn)}
          isDisabled={isDisabled}
        />
      ))}
      {error !== undefined && (
        <p className={parts.error} role="alert">
          {error}
        </p>
      )}
    </fieldset>
  );
}
