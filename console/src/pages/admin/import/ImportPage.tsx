import { useSearchParams } from "react-router";
import { useWho } from "../../../api/session";
import { Select } from "../../../kit/Field";
import { Page } from "../../../kit/Page";
import { importText } from "../../../text/importing";
import { useText } from "../../../text/words";
import type { Kind } from "./columns";
import { ImportWizard } from "./ImportWizard";
import styles from "./import.module.css";

const KINDS = ["customers", "managers", "tasks", "groups", "hotlines"] as const;
/** What is taken of whoever sees some groups only: the directory is everybody's. */
const WITHIN_GROUPS: readonly Kind[] = ["tasks"];

/** Records from table files. */
export default function ImportPage() {
  const t = useText(importText);
  const [query, setQuery] = useSearchParams();
  const who = useWho();
  const kinds: readonly Kind[] = who.scope.group_ids === null ? KINDS : WITHIN_GROUPS;
  const kind = kinds.find((one) => one === query.get("kind")) ?? kinds[0] ?? "tasks";
  return (
    <Page
      title={kinds.length > 1 ? t("title") : t("tasksTitle")}
      detail={kinds.length === 1 && t("tasksDetail")}
      tools={
        kinds.length > 1 && (
          <div className={styles.kind}>
            <Select<Kind>
              label={t("kind")}
              value={kind}
              onChange={(next) => setQuery({ kind: next }, { replace: true })}
              options={kinds.map((id) => ({ id, text: t(`kind_${id}`) }))}
            />
          </div>
        )
      }
    >
      <ImportWizard key={kind} kind={kind} />
    </Page>
  );
}
