import type { MouseEvent, ReactNode } from "react";
import styles from "./Grid.module.css";

const CONTROLS = "a, button, input, label, select, textarea";

export interface GridRowProps {
  id: string;
  index: number;
  /** Which row of the grid it is, titles included, from one on. */
  place: number;
  top: number;
  height: number;
  template: string;
  /** Whether Tab comes to it. */
  isFirst: boolean;
  /** Undefined where rows can't be chosen. */
  isSelected: boolean | undefined;
  opens: boolean;
  onFocus(id: string): void;
  onPress(index: number): void;
  /** It was pressed with Shift; undefined where rows can't be chosen. */
  onReach: ((index: number) => void) | undefined;
  children: ReactNode;
}

/** One row in its place. Its keys are the grid's. */
export function GridRow(row: GridRowProps) {
  const onClick = ({ target, currentTarget }: MouseEvent<HTMLElement>): void => {
    // What a menu opened by the row is told comes along here, too.
    if (!(target instanceof Element) || !currentTarget.contains(target)) return;
    // What is in the row does its own; whoever marks text wants to copy it.
    const control = target.closest(CONTROLS);
    const isControl = control !== null && currentTarget.contains(control);
    const marked = window.getSelection();
    if (isControl || (marked !== null && !marked.isCollapsed)) return;
    row.onPress(row.index);
  };
  const reaches = (event: MouseEvent<HTMLElement>): boolean =>
    event.shiftKey && row.onReach !== undefined;
  // Before the row's box: with Shift it chooses all up to here, and no text is marked.
  const onMouseDown = (event: MouseEvent<HTMLElement>): void => {
    if (reaches(event)) event.preventDefault();
  };
  const onClickCapture = (event: MouseEvent<HTMLElement>): void => {
    if (!reaches(event)) return;
    event.preventDefault();
    event.stopPropagation();
    row.onReach?.(row.index);
  };
  return (
    <div
      role="row"
      aria-rowindex={row.place}
      aria-selected={row.isSelected}
      data-key={row.id}
      data-row={row.index}
      data-selected={row.isSelected || undefined}
      tabIndex={row.isFirst ? 0 : -1}
      className={`${styles.row} ${row.opens ? styles.opens : ""}`}
      style={{
        transform: `translateY(${row.top}px)`,
        height: row.height,
        gridTemplateColumns: row.template,
      }}
      onFocus={() => row.onFocus(row.id)}
      onClick={onClick}
      onClickCapture={onClickCapture}
      onMouseDownCapture={onMouseDown}
    >
      {row.children}
    </div>
  );
}
