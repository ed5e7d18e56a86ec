import type { ReactNode } from "react";
import type { Selection } from "react-aria-components";
import { kit } from "../text/kit";
import { useText } from "../text/words";
import styles from "./DataTable.module.css";
import { Grid } from "./grid/Grid";
import { isChosen, toggled } from "./grid/moves";
import { RowBox } from "./grid/RowBox";
import { useIsPhone } from "./useMedia";

export interface ColumnOf<Item> {
  id: string;
  title: string;
  cell(item: Item): ReactNode;
  /** Pixels, or a share of what is left such as `2fr`. */
  width?: number | `${number}fr`;
  align?: "start" | "end";
}

export interface DataTableProps<Item> {
  /** What the rows are, for those who hear the page. */
  label: string;
  columns: readonly ColumnOf<Item>[];
  items: readonly Item[];
  idOf(item: Item): string;
  /** Each row in words: typing its beginning goes there. */
  textOf(item: Item): string;
  /** A row was pressed, or Enter on it. */
  onOpen?(item: Item): void;
  /** A row on a phone; without it the first column and the second below it. */
  card?(item: Item): ReactNode;
  /** Read the next page; the table asks before the end is reached. */
  onMore?: (() => void) | undefined;
  isLoadingMore?: boolean;
  /** Rows may be chosen, for something that is done with many. */
  selected?: Selection;
  onSelect?(selected: Selection): void;
  /** What stands there when there are no rows. */
  empty: ReactNode;
}

const ROW_PX = 40;
const TOUCH_ROW_PX = 64;
const BOX_PX = 44;
const LEAST_PX = 75;

/**
 * Rows of records: by arrow keys, by pointer, by thumb. Only rows in sight are in the page, so that
 * a hundred thousand scroll like ten. It fills its parent, which must have a height.
 */
export function DataTable<Item>(props: DataTableProps<Item>) {
  const isPhone = useIsPhone();
  return (
    <div className={styles.frame} data-table>
      {isPhone ? <Cards {...props} /> : <Rows {...props} />}
    </div>
  );
}

function Rows<Item>({ columns, ...props }: DataTableProps<Item>) {
  const chooses = props.onSelect !== undefined;
  const widths = columns.map((column) => column.width ?? "1fr");
  const template = [...(chooses ? [BOX_PX] : []), ...widths].map(track).join(" ");
  const leastPx = widths.reduce<number>(
    (sum, width) => sum + (typeof width === "number" ? width : LEAST_PX),
    chooses ? BOX_PX : 0,
  );
  return (
    <Grid
      {...props}
      head={<Head {...props} columns={columns} template={template} leastPx={leastPx} />}
      headPx={ROW_PX}
      rowPx={ROW_PX}
      template={template}
      leastPx={leastPx}
      cells={(item) => (
        <>
          {chooses && <BoxCell {...props} item={item} />}
          {columns.map((column, place) => (
            <div
              key={column.id}
              role={place === 0 ? "rowheader" : "gridcell"}
              className={`${styles.cell} ${column.align === "end" ? styles.end : ""}`}
            >
              <div className={styles.title}>{column.cell(item)}</div>
            </div>
          ))}
        </>
      )}
    />
  );
}

function Cards<Item>({ columns, card, ...props }: DataTableProps<Item>) {
  const chooses = props.onSelect !== undefined;
  return (
    <Grid
      {...props}
      rowPx={TOUCH_ROW_PX}
      template={chooses ? `${BOX_PX}px minmax(0, 1fr)` : "minmax(0, 1fr)"}
      cells={(item) => (
        <>
          {chooses && <BoxCell {...props} item={item} />}
          <div role="gridcell" className={styles.card}>
            <div className={styles.cardBody}>
              {card?.(item) ??
                columns.slice(0, 2).map((column) => <div key={column.id}>{column.cell(item)}</div>)}
            </div>
          </div>
        </>
      )}
    />
  );
}

type Chosen<Item> = Pick<
  DataTableProps<Item>,
  "items" | "idOf" | "textOf" | "selected" | "onSelect"
>;

/** The titles, and the box that chooses all rows. */
function Head<Item>({
  columns,
  template,
  leastPx,
  items,
  selected,
  onSelect,
}: Chosen<Item> & { columns: readonly ColumnOf<Item>[]; template: string; leastPx: number }) {
  const t = useText(kit);
  const count = selected === "all" ? items.length : (selected?.size ?? 0);
  const isAll = selected === "all" || (items.length > 0 && count >= items.length);
  return (
    <div role="rowgroup" className={styles.head} style={{ minWidth: leastPx }}>
      <div
        role="row"
        aria-rowindex={1}
        className={styles.titles}
        style={{ gridTemplateColumns: template, height: ROW_PX }}
      >
        {onSelect !== undefined && (
          <div role="columnheader" className={styles.column}>
            <RowBox
              label={t("chooseAll")}
              isSelected={isAll}
              isSome={count > 0 && !isAll}
              onChange={() => onSelect(isAll ? new Set() : "all")}
            />
          </div>
        )}
        {columns.map((column) => (
          <div
            key={column.id}
            role="columnheader"
            className={`${styles.column} ${column.align === "end" ? styles.end : ""}`}
          >
            <span className={styles.title} title={column.title}>
              {column.title}
            </span>
          </div>
        ))}
      </div>
    </div>
  );
}

function BoxCell<Item>({
  item,
  items,
  idOf,
  textOf,
  selected,
  onSelect,
}: Chosen<Item> & { item: Item }) {
  const t = useText(kit);
  const id = idOf(item);
  return (
    <div role="gridcell" className={styles.cell}>
      <RowBox
        label={t("chooseRow", { name: textOf(item) })}
        isSelected={isChosen(selected, id)}
        onChange={() => onSelect?.(toggled(selected, id, items.map(idOf)))}
      />
    </div>
  );
}

/** A column's width, in pixels or as a share, for `grid-template-columns`. */
function track(width: number | `${number}fr`): string {
  return typeof width === "number" ? `${width}px` : `minmax(${LEAST_PX}px, ${width})`;
}
