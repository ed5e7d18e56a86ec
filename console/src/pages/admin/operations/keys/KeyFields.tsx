import type { ReactNode } from "react";
import { TextField } from "../../../../kit/Field";
import { accessText } from "../../../../text/access";
import { useText } from "../../../../text/words";
import parts from "../parts/parts.module.css";
import type { KeyDraft } from "./key";
import { ScopeChoice } from "./ScopeChoice";

export interface KeyFieldsProps {
  draft: KeyDraft;
  onChange(changes: Partial<KeyDraft>): void;
  errorOf(field: string): string | undefined;
  /** As what it lets in, below its name. */
  children: ReactNode;
  autoFocus?: boolean;
}

/** What a key is for, until when it lets in, how often, and what it is limited to. */
export function KeyFields({
  draft,
  onChange,
  errorOf,
  children,
  autoFocus = false,
}: KeyFieldsProps) {
  const t = useText(accessText);
  return (
    <>
      <TextField
        label={t("name")}
        help={t("nameHelp")}
        value={draft.name}
        onChange={(name) => onChange({ name })}
        error={errorOf("name")}
        autoFocus={autoFocus}
      />
      {children}
      <div className={parts.two}>
        <TextField
          label={t("expiresAt")}
          help={t("expiresHelp")}
          type="date"
          value={draft.endsOn}
          onChange={(endsOn) => onChange({ endsOn })}
          error={errorOf("expires_at")}
        />
        <TextField
          label={t("rate")}
          help={t("rateHelp")}
          inputMode="decimal"
          value={draft.rate}
          onChange={(rate) => onChange({ rate })}
          error={errorOf("requests_per_s")}
        />
      </div>
      <ScopeChoice
        value={draft.scopes}
        // As they are read: the same ones are no change, in whichever order they were chosen.
        onChange={(scopes) => onChange({ scopes: scopes === null ? null : [...scopes].sort() })}
        error={errorOf("scopes")}
      />
    </>
  );
}
