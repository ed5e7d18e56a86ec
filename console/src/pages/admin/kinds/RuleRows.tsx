import { Plus, X } from "lucide-react";
import type { ReactNode } from "react";
import { Group } from "react-aria-components";
import { Button } from "../../../kit/Button";
import editorStyles from "../editor/editor.module.css";
import styles from "./kinds.module.css";
import { useRows } from "./useRows";

/** What the fields of a row change it by. */
export interface RowEdit<Row> {
  row: Row;
  /** Its place; the first is 0. */
  at: number;
  put(changes: Partial<Row>): void;
  /** It was added just now: the keyboard goes there. */
  isNew: boolean;
}

export interface RuleRowsProps<Row extends { id: number }> {
  title: string;
  help: string;
  /** The titles of the columns, shown above them where there is room. */
  heads: readonly string[];
  /** The class that sets the widths of the columns. */
  columns: string | undefined;
  rows: readonly Row[];
  onChange(rows: readonly Row[]): void;
  make(rows: readonly Row[]): Row;
  /** As many as there may be. */
  most: number;
  addLabel: string;
  /** The name of a row, and of what removes it; the first is 1. */
  rowLabel(place: number): string;
  removeLabel(place: number): string;
  isDisabled: boolean;
  /** The fields of a row. */
  children(edit: RowEdit<Row>): ReactNode;
  /** What else is asked of a row, below its fields. */
  below?(edit: RowEdit<Row>): ReactNode;
}

/** What tasks of a type have several of: a line each, under the titles of its fields. */
export function RuleRows<Row extends { id: number }>({
  title,
  help,
  heads,
  columns,
  rows,
  onChange,
  make,
  most,
  addLabel,
  rowLabel,
  removeLabel,
  isDisabled,
  children,
  below,
}: RuleRowsProps<Row>) {
  const { put, add, remove, added, adder } = useRows(rows, onChange, make);
  return (
    <section className={editorStyles.part}>
      <h3 className={editorStyles.partTitle}>{title}</h3>
      <p className={editorStyles.help}>{help}</p>
      {rows.length > 0 && (
        <div className={`${styles.heads} ${columns}`} aria-hidden>
          {heads.map((head) => (
            <span key={head}>{head}</span>
          ))}
        </div>
      )}
      {rows.map((row, at) => {
        const edit: RowEdit<Row> = {
          row,
          at,
          put: (changes) => put(row.id, changes),
          isNew: row.id === added,
        };
        return (
          <Group
            key={row.id}
            className={`${styles.ruleRow} ${columns}`}
            aria-label={rowLabel(at + 1)}
          >
            {children(edit)}
            {!isDisabled && (
              <Button icon={X} iconOnly look="quiet" onPress={() => remove(row.id)}>
                {removeLabel(at + 1)}
              </Button>
            )}
            {below?.(edit)}
          </Group>
        );
      })}
      {!isDisabled && (
        <div className={editorStyles.toStart}>
          <Button
            icon={Plus}
            look="quiet"
            isDisabled={rows.length >= most}
            onPress={add}
            ref={adder}
          >
            {addLabel}
          </Button>
        </div>
      )}
    </section>
  );
}
