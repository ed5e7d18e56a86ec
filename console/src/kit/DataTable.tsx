import { type ReactNode, useMemo } from "react";
import {
  Cell,
  Collection,
  Column,
  GridList,
  GridListItem,
  GridListLoadMoreItem,
  ListLayout,
  Row,
  type Selection,
  Table,
  TableBody,
  TableHeader,
  TableLayout,
  TableLoadMoreItem,
  Virtualizer,
} from "react-aria-components";
import { common } from "../text/common";
import { useText } from "../text/words";
import styles from "./DataTable.module.css";
import { Checkbox } from "./SelectionBox";
import { useIsPhone } from "./useMedia";

export interface ColumnOf<Item> {
  id: string;
  title: string;
  cell(item: Item): ReactNode;
  /** Pixels, or a share of what is left such as `2fr`. */
  width?: number | `${number}fr`;
  align?: "start" | "end";
}

export interface DataTableProps<Item extends object> {
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

/**
 * Rows of records: by arrow keys, by pointer, by thumb. Only rows in sight are in the page, so that
 * a hundred thousand scroll like ten. It fills its parent, which must have a height.
 */
export function DataTable<Item extends object>(props: DataTableProps<Item>) {
  const isPhone = useIsPhone();
  return isPhone ? <Cards {...props} /> : <Rows {...props} />;
}

function Rows<Item extends object>({
  label,
  columns,
  items,
  idOf,
  textOf,
  onOpen,
  onMore,
  isLoadingMore = false,
  selected,
  onSelect,
  empty,
}: DataTableProps<Item>) {
  const t = useText(common);
  const byId = useById(items, idOf);
  return (
    <div className={styles.frame}>
      <Virtualizer
        layout={TableLayout}
        layoutOptions={{ rowHeight: ROW_PX, headingHeight: ROW_PX, loaderHeight: ROW_PX }}
      >
        <Table
          aria-label={label}
          className={styles.table}
          selectionMode={onSelect === undefined ? "none" : "multiple"}
          {...(selected === undefined ? {} : { selectedKeys: selected })}
          {...(onSelect === undefined ? {} : { onSelectionChange: onSelect })}
          onRowAction={opener(byId, onOpen)}
        >
          <TableHeader className={styles.head}>
            {onSelect !== undefined && (
              <Column id="selection" width={44} minWidth={44} className={styles.column}>
                <Checkbox />
              </Column>
            )}
            {columns.map((column, place) => (
              <Column
                key={column.id}
                id={column.id}
                isRowHeader={place === 0}
                className={`${styles.column} ${column.align === "end" ? styles.end : ""}`}
                width={column.width ?? "1fr"}
              >
                <span className={styles.title} title={column.title}>
                  {column.title}
                </span>
              </Column>
            ))}
          </TableHeader>
          <TableBody renderEmptyState={() => empty}>
            {/* Of the rows that are known, another page has none drawn anew. */}
            <Collection items={items} dependencies={[columns, onSelect, onOpen]}>
              {(item) => (
                <Row
                  id={idOf(item)}
                  textValue={textOf(item)}
                  className={`${styles.row} ${onOpen ? styles.opens : ""}`}
                >
                  {onSelect !== undefined && (
                    <Cell className={styles.cell}>
                      <Checkbox />
                    </Cell>
                  )}
                  {columns.map((column) => (
                    <Cell
                      key={column.id}
                      className={`${styles.cell} ${column.align === "end" ? styles.end : ""}`}
                    >
                      {column.cell(item)}
                    </Cell>
                  ))}
                </Row>
              )}
            </Collection>
            {onMore !== undefined && (
              <TableLoadMoreItem
                onLoadMore={onMore}
                isLoading={isLoadingMore}
                className={styles.more}
              >
                {t("loading")}
              </TableLoadMoreItem>
            )}
          </TableBody>
        </Table>
      </Virtualizer>
    </div>
  );
}

function Cards<Item extends object>({
  label,
  columns,
  items,
  idOf,
  textOf,
  onOpen,
  card,
  onMore,
  isLoadingMore = false,
  selected,
  onSelect,
  empty,
}: DataTableProps<Item>) {
  const t = useText(common);
  const byId = useById(items, idOf);
  return (
    <div className={styles.frame}>
      <Virtualizer
        layout={ListLayout}
        layoutOptions={{ rowHeight: TOUCH_ROW_PX, loaderHeight: TOUCH_ROW_PX }}
      >
        <GridList
          aria-label={label}
          className={styles.table}
          selectionMode={onSelect === undefined ? "none" : "multiple"}
          {...(selected === undefined ? {} : { selectedKeys: selected })}
          {...(onSelect === undefined ? {} : { onSelectionChange: onSelect })}
          onAction={opener(byId, onOpen)}
          renderEmptyState={() => empty}
        >
          {items.map((item) => (
            <GridListItem
              key={idOf(item)}
              id={idOf(item)}
              textValue={textOf(item)}
              className={`${styles.card} ${onOpen ? styles.opens : ""}`}
            >
              {onSelect !== undefined && <Checkbox />}
              <div className={styles.cardBody}>
                {card?.(item) ??
                  columns
                    .slice(0, 2)
                    .map((column) => <div key={column.id}>{column.cell(item)}</div>)}
              </div>
            </GridListItem>
          ))}
          {onMore !== undefined && (
            <GridListLoadMoreItem
              onLoadMore={onMore}
              isLoading={isLoadingMore}
              className={styles.more}
            >
              {t("loading")}
            </GridListLoadMoreItem>
          )}
        </GridList>
      </Virtualizer>
    </div>
  );
}

function useById<Item>(items: readonly Item[], idOf: (item: Item) => string): Map<string, Item> {
  return useMemo(() => new Map(items.map((item) => [idOf(item), item])), [items, idOf]);
}

function opener<Item>(byId: Map<string, Item>, onOpen: ((item: Item) => void) | undefined) {
  return (key: string | number): void => {
    const item = byId.get(String(key));
    if (item !== undefined) onOpen?.(item);
  };
}
