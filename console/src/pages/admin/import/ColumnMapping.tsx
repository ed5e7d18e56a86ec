import { Button } from "../../../kit/Button";
import { Checkbox, Select } from "../../../kit/Field";
import { importText } from "../../../text/importing";
import { isWord, useText } from "../../../text/words";
import { faultsOf } from "./columns";
import styles from "./import.module.css";
import type { Wizard } from "./useImportWizard";

const SAMPLES = 3;
const KEEP = "\u0000keep";

/** Each column of the file, some of what it holds, and what it means. */
export function ColumnMapping({ wizard }: { wizard: Wizard }) {
  const t = useText(importText);
  const { head, known, meanings, say } = wizard;
  if (head === null || known.data === undefined) return null;
  const { columns, keeps_others, kind } = known.data;
  const nameOf = (column: string): string => {
    const word = `col_${column}`;
    return isWord(importText, word) ? `${t(word)}（${column}）` : column;
  };
  const faults = faultsOf(meanings, known.data);
  const list = (names: readonly string[]): string => names.map(nameOf).join("、");
  const options = [
    ...(keeps_others ? [{ id: KEEP, text: t("keepAs") }] : []),
    { id: "", text: t("passOver") },
    ...columns.map((id) => ({ id, text: nameOf(id) })),
  ];
  return (
    <section className={styles.part} aria-label={t("columns")}>
      <h2>
        {t("columns")} <span className={styles.quiet}>{t("columnsDetail")}</span>
      </h2>
      <div className={styles.scroll}>
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">{t("titleInFile")}</th>
              <th scope="col">{t("means")}</th>
              <th scope="col">{t("sample")}</th>
            </tr>
          </thead>
          <tbody>
            {Object.entries(meanings).map(([title, meaning]) => (
              <tr key={title}>
                <th scope="row">{title}</th>
                <td className={styles.meaning}>
                  <Select
                    hideLabel
                    label={t("meaningOf", { title })}
                    placeholder={t("mustChoose")}
                    value={meaning ?? (keeps_others ? KEEP : null)}
                    onChange={(id) => say(title, id === KEEP ? null : id)}
                    options={options}
                  />
                </td>
                <td className={styles.sample}>
                  {head.rows
                    .slice(0, SAMPLES)
                    .map((row) => row[head.titles.indexOf(title)] ?? "")
                    .filter((text) => text !== "")
                    .join(" · ")}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div role="status" className={styles.faults}>
        {faults.missing.length > 0 && <p>{t("missing", { columns: list(faults.missing) })}</p>}
        {faults.twice.length > 0 && <p>{t("twice", { columns: list(faults.twice) })}</p>}
        {faults.unknown.length > 0 && <p>{t("unknown", { columns: faults.unknown.join("、") })}</p>}
      </div>
      {kind === "customers" && (
        <Checkbox
          label={t("introduce")}
          isSelected={wizard.introduces}
          onChange={wizard.setIntroduces}
        />
      )}
      <div className={styles.actions}>
        <Button
          look="primary"
          size="l"
          isPending={wizard.dryRun.isSending}
          isDisabled={Object.values(faults).some((names) => names.length > 0)}
          onPress={wizard.check}
        >
          {t("check")}
        </Button>
      </div>
    </section>
  );
}
