import { TextField } from "../../../../kit/Field";
import { accessText } from "../../../../text/access";
import { useText } from "../../../../text/words";
import { ReachFields } from "../parts/ReachFields";
import type { UserDraft } from "./user";

export interface UserFieldsProps {
  draft: UserDraft;
  onChange(changes: Partial<UserDraft>): void;
  errorOf(field: string): string | undefined;
  /** Role and reach can't be changed: one's own, or the provider's affair. */
  isReachFixed?: boolean;
}

/** Who it is, as what, and whose things they see. */
export function UserFields({ draft, onChange, errorOf, isReachFixed = false }: UserFieldsProps) {
  const t = useText(accessText);
  return (
    <>
      <TextField
        label={t("login")}
        help={t("loginHelp")}
        value={draft.login}
        onChange={(login) => onChange({ login })}
        error={errorOf("login")}
        autoComplete="off"
        isRequired
      />
      <TextField
        label={t("personName")}
        value={draft.name}
        onChange={(name) => onChange({ name })}
        error={errorOf("name")}
        autoComplete="off"
      />
      <ReachFields draft={draft} onChange={onChange} errorOf={errorOf} isDisabled={isReachFixed} />
      <TextField
        label={t("phone")}
        help={t("phoneHelp")}
        inputMode="tel"
        value={draft.phone}
        onChange={(phone) => onChange({ phone })}
        error={errorOf("phone")}
        autoComplete="off"
      />
    </>
  );
}
