import { problemFrom } from "../../../api/problem";
import { FileDrop } from "../../../kit/FileDrop";
import { Failed, ProblemNote } from "../../../kit/States";
import { importText } from "../../../text/importing";
import { useText } from "../../../text/words";
import { ColumnMapping } from "./ColumnMapping";
import type { Kind } from "./columns";
import styles from "./import.module.css";
import { Outcome } from "./Outcome";
import { type Step, useImportWizard } from "./useImportWizard";

const STEPS: readonly Step[] = ["file", "columns", "check", "import"];

/** A file's way into the store: what it holds, what that means, what would be done, done. */
export function ImportWizard({ kind, onDone = () => {} }: { kind: Kind; onDone?(): void }) {
  const t = useText(importText);
  const wizard = useImportWizard(kind, onDone);
  const { dryRun, realRun, step } = wizard;
  const run = realRun.id !== null ? realRun : dryRun;
  const names: Record<Step, string> = {
    file: t("stepFile"),
    columns: t("stepColumns"),
    check: t("stepCheck"),
    import: t("stepDone"),
  };
  const known = problemFrom(wizard.known.error);
  if (known !== null) return <Failed problem={known} onRetry={() => void wizard.known.refetch()} />;
  return (
    <div className={styles.wizard}>
      <ol className={styles.steps}>
        {STEPS.map((one, place) => (
          <li
            key={one}
            className={styles.step}
            {...(one === step ? { "aria-current": "step" as const } : {})}
            {...(place < STEPS.indexOf(step) ? { "data-done": true } : {})}
          >
            <span className={styles.stepNumber}>{place + 1}</span>
            {names[one]}
          </li>
        ))}
      </ol>
      {(step === "file" || step === "columns") && (
        <FileDrop
          label={t("file")}
          help={t("fileHelp")}
          accept={[".csv", ".xlsx", ".txt"]}
          file={wizard.file}
          onFile={wizard.take}
          error={wizard.isUnreadable ? t("unreadable") : undefined}
        />
      )}
      {step === "columns" && <ColumnMapping wizard={wizard} />}
      {(step === "check" || step === "import") && <Outcome kind={kind} wizard={wizard} />}
      <ProblemNote problem={problemFrom(run.error)} />
    </div>
  );
}
