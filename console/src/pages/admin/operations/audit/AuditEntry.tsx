import type { Schema } from "../../../../api/client";
import { useGroups } from "../../../../api/directory";
import { Button } from "../../../../kit/Button";
import { Facts } from "../../../../kit/Card";
import { useFormat } from "../../../../kit/format";
import { accessText, roleNames } from "../../../../text/access";
import { auditActions, subjectKinds } from "../../../../text/audit";
import { useText } from "../../../../text/words";
import parts from "../parts/parts.module.css";
import { codeText } from "../system/words";
import { usePrincipals } from "./principals";

export interface AuditEntryProps {
  entry: Schema<"AuditEntryView">;
  /** Show everything by the same principal, or about the same thing. */
  onShow(name: "principal" | "subject", value: string): void;
}

/** One entry of the audit log, whole. */
export function AuditEntry({ entry, onShow }: AuditEntryProps) {
  const t = useText(accessText);
  const action = useText(auditActions);
  const kind = useText(subjectKinds);
  const role = useText(roleNames);
  const groups = useGroups();
  const format = useFormat();
  const nameOf = usePrincipals();
  const code = (text: string) => <code className={parts.mono}>{text}</code>;
  return (
    <div className={parts.stack}>
      <Facts
        facts={[
          { label: t("when"), value: format.dateTime(entry.at) },
          { label: t("what"), value: codeText(auditActions, action, entry.action) },
          { label: t("who"), value: nameOf(entry.principal) },
          { label: t("role"), value: codeText(roleNames, role, entry.role) || "–" },
          { label: t("toWhat"), value: codeText(subjectKinds, kind, entry.subject_kind) },
          { label: t("subjectId"), value: code(entry.subject) },
          { label: t("group"), value: groups.nameOf(entry.group_id) },
          { label: t("requestId"), value: code(entry.request_id ?? "–") },
        ]}
      />
      <h3>{t("whatElse")}</h3>
      <Facts
        facts={Object.entries(entry.detail).map(([label, value]) => ({
          label,
          value: code(typeof value === "string" ? value : JSON.stringify(value)),
        }))}
      />
      <div className={parts.bar}>
        <Button onPress={() => onShow("principal", entry.principal)}>{t("ofThis")}</Button>
        <Button onPress={() => onShow("subject", entry.subject)}>{t("ofObject")}</Button>
      </div>
    </div>
  );
}
