import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import { type FocusEvent, type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import type { Selection } from "react-aria-components";
import { flushSync } from "react-dom";
import { common } from "../../text/common";
import { useText } from "../../text/words";
import styles from "./Grid.module.css";
import { GridRow } from "./GridRow";
import { isChosen, toggled } from "./moves";
import { useGridKeys } from "./useGridKeys";
import { rowElement, useRowFocus } from "./useRowFocus";

/** Rows that are drawn beyond those in sight, on either side. */
const BEYOND = 8;
/** So many rows before the end the next page is asked for. */
const AHEAD = 25;

export interface GridProps<Item> {
  label: string;
  items: readonly Item[];
  idOf(item: Item): string;
  textOf(item: Item): string;
  /** What a row holds: elements with the roles `gridcell` and `rowheader`. */
  cells(item: Item): ReactNode;
  /** A row with the titles of the columns, `headPx` high. */
  head?: ReactNode;
  headPx?: number;
  rowPx: number;
  /** `grid-template-columns` of every row. */
  template: string;
  /** The least width of a row, above which it takes what there is. */
  leastPx?: number;
  onOpen?: ((item: Item) => void) | undefined;
  onMore?: (() => void) | undefined;
  isLoadingMore?: boolean | undefined;
  selected?: Selection | undefined;
  onSelect?: ((selected: Selection) => void) | undefined;
  empty: ReactNode;
}

/**
 * Rows of which only those in sight are in the page, however many are known: what is drawn, read
 * or computed never grows with the list. One row takes part in the order of Tab; keys go on from
 * there.
 */
export function Grid<Item>(props: GridProps<Item>) {
  const { label, items, idOf, textOf, rowPx, headPx = 0, onOpen, selected, onSelect } = props;
  const frame = useRef<HTMLDivElement>(null);
  const t = useText(common);
  const ids = useMemo(() => items.map(idOf), [items, idOf]);
  const [activeId, setActiveId] = useState<string | null>(null);
  const at = Math.max(0, activeId === null ? 0 : ids.indexOf(activeId));
  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => frame.current,
    estimateSize: () => rowPx,
    scrollMargin: headPx,
    scrollPaddingStart: headPx,
    overscan: BEYOND,
    // What has the focus stays in the page when it is scrolled away: else the focus were lost.
    rangeExtractor: (range) =>
      [...new Set([...defaultRangeExtractor(range), ...(at < items.length ? [at] : [])])].sort(
        (one, other) => one - other,
      ),
  });
  const goTo = (row: number): void => {
    const id = ids[row];
    if (id === undefined) return;
    flushSync(() => setActiveId(id));
    rows.scrollToIndex(row);
    rowElement(frame.current, row)?.focus({ preventScroll: true });
  };
  const open = (row: number): void => {
    const item = items[row];
    if (item !== undefined) onOpen?.(item);
  };
  const { onKeyDown, reachTo } = useGridKeys({
    ids,
    at,
    textAt: (row) => {
      const item = items[row];
      return item === undefined ? "" : textOf(item);
    },
    inSight: () => Math.floor(((frame.current?.clientHeight ?? 0) - headPx) / rowPx),
    goTo,
    open: onOpen && open,
    selected,
    onSelect,
  });
  const drawn = rows.getVirtualItems();
  useMore(props, drawn.at(-1)?.index ?? 0);
  const kept = useRowFocus(frame, ids, activeId, setActiveId);
  const onFocus = ({ target, currentTarget }: FocusEvent<HTMLElement>): void => {
    kept.onFocus();
    if (target === currentTarget) rowElement(frame.current, at)?.focus({ preventScroll: true });
  };
  const press = (row: number): void => {
    const id = ids[row];
    if (id === undefined) return;
    setActiveId(id);
    const chooses = onSelect !== undefined && (onOpen === undefined || hasSome(selected));
    if (chooses) onSelect(toggled(selected, id, ids));
    else open(row);
  };
  return (
    <div
      ref={frame}
      role="grid"
      aria-label={label}
      aria-rowcount={props.onMore === undefined ? items.length + (headPx > 0 ? 1 : 0) : -1}
      aria-multiselectable={onSelect === undefined ? undefined : true}
      className={styles.grid}
      tabIndex={-1}
      onKeyDown={onKeyDown}
      onFocus={onFocus}
      onBlur={kept.onBlur}
    >
      {props.head}
      {items.length === 0 && <Only>{props.empty}</Only>}
      <div
        role="rowgroup"
        className={styles.body}
        style={{ height: rows.getTotalSize(), minWidth: props.leastPx }}
      >
        {drawn.map(({ index, start }) => {
          const item = items[index];
          return item === undefined ? null : (
            <GridRow
              key={ids[index]}
              id={ids[index] ?? ""}
              index={index}
              place={index + (headPx > 0 ? 2 : 1)}
              top={start - headPx}
              height={rowPx}
              template={props.template}
              isFirst={index === at}
              isSelected={onSelect === undefined ? undefined : isChosen(selected, ids[index] ?? "")}
              opens={onOpen !== undefined}
              onFocus={setActiveId}
              onPress={press}
              onReach={onSelect && reachTo}
            >
              {props.cells(item)}
            </GridRow>
          );
        })}
      </div>
      {props.isLoadingMore && <Only>{t("loading")}</Only>}
    </div>
  );
}

/** A row that stands for none: there are no others, or others are being read. */
function Only({ children }: { children: ReactNode }) {
  return (
    <div role="row" className={styles.only}>
      <div role="gridcell">{children}</div>
    </div>
  );
}

/** Ask for the next page when row `last` is drawn and few follow; once for each page. */
function useMore<Item>({ items, onMore }: GridProps<Item>, last: number): void {
  const ask = useRef(onMore);
  useEffect(() => {
    ask.current = onMore;
  });
  const count = items.length;
  const isNear = last >= count - AHEAD;
  const hasMore = onMore !== undefined;
  // A page that could not be read is asked for again when the end is come to again.
  useEffect(() => {
    if (isNear && hasMore && count > 0) ask.current?.();
  }, [isNear, hasMore, count]);
}

function hasSome(selected: Selection | undefined): boolean {
  return selected === "all" || (selected?.size ?? 0) > 0;
}
