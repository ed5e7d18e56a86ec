import { useGroups } from "../../../../api/directory";
import { Select, TextField } from "../../../../kit/Field";
import { accessText } from "../../../../text/access";
import { useText } from "../../../../text/words";
import { TypeChoice } from "./TypeChoice";
import type { HookDraft } from "./webhook";

const ALL = "all";

export interface WebhookFieldsProps {
  draft: HookDraft;
  onChange(changes: Partial<HookDraft>): void;
  errorOf(field: string): string | undefined;
}

/** A webhook: where to, which events, of whom. */
export function WebhookFields({ draft, onChange, errorOf }: WebhookFieldsProps) {
  const t = useText(accessText);
  const { groups } = useGroups();
  return (
    <>
      <TextField
        label={t("url")}
        help={t("urlHelp")}
        value={draft.url}
        onChange={(url) => onChange({ url })}
        error={errorOf("url")}
        placeholder="https://"
        isRequired
        autoFocus
      />
      <TextField
        label={t("description")}
        value={draft.description}
        onChange={(description) => onChange({ description })}
        error={errorOf("description")}
      />
      <Select
        label={t("group")}
        options={[
          { id: ALL, text: t("everything") },
          ...groups.map(({ id, name }) => ({ id, text: name })),
        ]}
        value={draft.groupId ?? ALL}
        onChange={(id) => onChange({ groupId: id === ALL ? null : id })}
        error={errorOf("group_id")}
      />
      <TypeChoice
        value={draft.types}
        onChange={(types) => onChange({ types })}
        error={errorOf("types")}
      />
    </>
  );
}
