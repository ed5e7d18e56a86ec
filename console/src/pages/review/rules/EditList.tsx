import { ChevronDown, ChevronUp, Plus, X } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "../../../kit/Button";
import { Card } from "../../../kit/Card";
import { rulesText } from "../../../text/reviewRules";
import { useText } from "../../../text/words";
import styles from "./Rules.module.css";

export interface EditListProps<Item> {
  title: string;
  items: readonly Item[];
  /** The name of the button that adds one. */
  add: string;
  blank(taken: readonly Item[]): Item;
  onChange(items: Item[]): void;
  children(item: Item, place: number, change: (changes: Partial<Item>) => void): ReactNode;
}

/** Things that are listed in an order: edited, moved, added, removed. */
export function EditList<Item extends object>({
  title,
  items,
  add,
  blank,
  onChange,
  children,
}: EditListProps<Item>) {
  const t = useText(rulesText);
  const move = (place: number, by: 1 | -1): void => {
    const next = [...items];
    const [moved] = next.splice(place, 1);
    if (moved !== undefined) next.splice(place + by, 0, moved);
    onChange(next);
  };
  return (
    <Card
      title={title}
      detail={items.length}
      actions={
        <Button icon={Plus} onPress={() => onChange([...items, blank(items)])}>
          {add}
        </Button>
      }
    >
      <ol className={styles.list}>
        {items.map((item, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: ids are typed, so places tell them apart
          <li key={place} className={styles.item}>
            <div className={styles.fields}>
              {children(item, place, (changes) =>
                onChange(items.map((one, at) => (at === place ? { ...one, ...changes } : one))),
              )}
            </div>
            <div className={styles.order}>
              <Button
                icon={ChevronUp}
                iconOnly
                look="quiet"
                isDisabled={place === 0}
                onPress={() => move(place, -1)}
              >
                {t("up")}
              </Button>
              <Button
                icon={ChevronDown}
                iconOnly
                look="quiet"
                isDisabled={place === items.length - 1}
                onPress={() => move(place, 1)}
              >
                {t("down")}
              </Button>
              <Button
                icon={X}
                iconOnly
                look="quiet"
                onPress={() => onChange(items.filter((_, at) => at !== place))}
              >
                {t("remove")}
              </Button>
            </div>
          </li>
        ))}
      </ol>
    </Card>
  );
}
