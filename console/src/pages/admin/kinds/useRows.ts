import { type RefObject, useRef, useState } from "react";

export interface Rows<Row extends { id: number }> {
  /** Change one of them. */
  put(id: number, changes: Partial<Row>): void;
  add(): void;
  remove(id: number): void;
  /** The row that was added last: the keyboard goes there. */
  added: number | null;
  /** What adds another: the keyboard is there once a row has gone. */
  adder: RefObject<HTMLButtonElement | null>;
}

/** Rows of a form that come and go; the keyboard never loses its place. */
export function useRows<Row extends { id: number }>(
  rows: readonly Row[],
  onChange: (rows: readonly Row[]) => void,
  make: (rows: readonly Row[]) => Row,
): Rows<Row> {
  const [added, setAdded] = useState<number | null>(null);
  const adder = useRef<HTMLButtonElement>(null);
  return {
    put: (id, changes) =>
      onChange(rows.map((one) => (one.id === id ? { ...one, ...changes } : one))),
    add: () => {
      const row = make(rows);
      setAdded(row.id);
      onChange([...rows, row]);
    },
    remove: (id) => {
      onChange(rows.filter((one) => one.id !== id));
      // Where there were as many as may be, it can be pressed only once one has gone.
      requestAnimationFrame(() => adder.current?.focus());
    },
    added,
    adder,
  };
}
