import { Download } from "lucide-react";
import { usePages } from "../../../api/pages";
import { Button } from "../../../kit/Button";
import { type ColumnOf, DataTable } from "../../../kit/DataTable";
import { useFaultText } from "../../../kit/useFaultText";
import { useMutationToast } from "../../../kit/useMutationToast";
import { importText } from "../../../text/importing";
import { isWord, useText } from "../../../text/words";
import styles from "./import.module.css";
import { type BadRow, badRowsCsv, type Import, readImport } from "./imports";

/** Every row that is not taken, with its line and the reason. */
export function BadRows({ of }: { of: Import }) {
  const t = useText(importText);
  const say = useFaultText();
  const rows = usePages<BadRow>(["imports", "bad", of.id], async (cursor, signal) => {
    const page = await readImport(of.id, cursor, signal);
    return { items: page.problems, next_cursor: page.next_cursor };
  });
  const saving = useMutationToast({
    mutationFn: () => badRowsCsv(of.id, [t("line"), t("column"), t("reason")], say),
    onSuccess: (table) => save(table, "bad-rows.csv"),
  });
  const nameOf = (column: string): string => {
    const word = `col_${column}`;
    return isWord(importText, word) ? t(word) : column;
  };
  const columns: ColumnOf<BadRow>[] = [
    { id: "line", title: t("line"), width: 90, align: "end", cell: (one) => one.line },
    { id: "field", title: t("column"), width: 180, cell: (one) => nameOf(one.field) },
    { id: "reason", title: t("reason"), cell: (one) => say(one) },
  ];
  return (
    <section className={styles.part} aria-label={t("badRows")}>
      <div className={styles.badHead}>
        <div>
          <h2>{t("badRows")}</h2>
          <p className={styles.quiet}>{t("badRowsDetail")}</p>
        </div>
        <Button icon={Download} isPending={saving.isPending} onPress={() => saving.mutate()}>
          {t("download")}
        </Button>
      </div>
      <div className={styles.bad}>
        <DataTable
          label={t("badRows")}
          columns={columns}
          items={rows.items}
          idOf={(one) => `${one.line} ${one.field} ${one.message}`}
          textOf={(one) => String(one.line)}
          card={(one) => (
            <>
              <strong>
                {t("line")} {one.line} · {nameOf(one.field)}
              </strong>
              <div>{say(one)}</div>
            </>
          )}
          onMore={rows.more}
          isLoadingMore={rows.isLoadingMore}
          empty={null}
        />
      </div>
    </section>
  );
}

function save(table: Blob, name: string): void {
  const url = URL.createObjectURL(table);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
