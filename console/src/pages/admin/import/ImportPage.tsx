import { useSearchParams } from "react-router";
import { Select } from "../../../kit/Field";
import { Page } from "../../../kit/Page";
import { importText } from "../../../text/importing";
import { useText } from "../../../text/words";
import type { Kind } from "./columns";
import { ImportWizard } from "./ImportWizard";
import styles from "./import.module.css";

const KINDS = ["customers", "managers", "tasks", "groups", "hotlines"] as const;

/** Records from table files. */
export default function ImportPage() {
  const t = useText(importText);
  const [query, setQuery] = useSearchParams();
  const kind: Kind = KINDS.find((one) => one === query.get("kind")) ?? "customers";
  return (
    <Page
      title={t("title")}
      tools={
        <div className={styles.kind}>
          <Select<Kind>
            label={t("kind")}
            value={kind}
            onChange={(next) => setQuery({ kind: next }, { replace: true })}
            options={KINDS.map((id) => ({ id, text: t(`kind_${id}`) }))}
          />
        </div>
      }
    >
      <ImportWizard key={kind} kind={kind} />
    </Page>
  );
}
