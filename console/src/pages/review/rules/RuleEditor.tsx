import { Save, Trash2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import type { Problem } from "../../../api/problem";
import { Button } from "../../../kit/Button";
import { Confirm } from "../../../kit/Confirm";
import { Page } from "../../../kit/Page";
import { ProblemNote } from "../../../kit/States";
import { useShortcut } from "../../../kit/shortcuts";
import { rulesText } from "../../../text/reviewRules";
import { useText } from "../../../text/words";
import styles from "./Rules.module.css";

export interface RuleEditorProps {
  title: string;
  name: string;
  /** Null: it is new. */
  version: number | null;
  mayWrite: boolean;
  isChanged: boolean;
  isPending: boolean;
  problem: Problem | null;
  onSave(): void;
  onDelete(): Promise<unknown>;
  children: ReactNode;
  /** Beside the form. */
  beside?: ReactNode;
}

/** The page around a script's or a scorecard's form: save, delete, what is wrong. */
export function RuleEditor({
  title,
  name,
  version,
  mayWrite,
  isChanged,
  isPending,
  problem,
  onSave,
  onDelete,
  children,
  beside,
}: RuleEditorProps) {
  const t = useText(rulesText);
  const [deletes, setDeletes] = useState(false);
  useShortcut("mod+s", t("save"), onSave, mayWrite && isChanged);
  return (
    <Page
      title={title}
      detail={version !== null && t("version", { version })}
      actions={
        mayWrite && (
          <>
            {version !== null && (
              <Button icon={Trash2} look="quiet" onPress={() => setDeletes(true)}>
                {t("delete")}
              </Button>
            )}
            <Button
              icon={Save}
              look="primary"
              hint="mod+s"
              isPending={isPending}
              isDisabled={!isChanged}
              onPress={onSave}
            >
              {t("save")}
            </Button>
          </>
        )
      }
    >
      <div className={styles.form}>
        <ProblemNote problem={problem} />
        <div className={styles.columns} data-alone={beside === undefined || undefined}>
          {children}
          {beside}
        </div>
      </div>
      <Confirm
        title={t("deleteTitle", { name })}
        action={t("delete")}
        isOpen={deletes}
        onClose={() => setDeletes(false)}
        onConfirm={onDelete}
      >
        {t("deleteDetail")}
      </Confirm>
    </Page>
  );
}
