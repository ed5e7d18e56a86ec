import { ArrowDown, ArrowUp, GripVertical, Plus, X } from "lucide-react";
import {
  Button as AriaButton,
  GridList,
  GridListItem,
  useDragAndDrop,
} from "react-aria-components";
import { Button } from "../../../kit/Button";
import { TextField } from "../../../kit/Field";
import { directoryText } from "../../../text/directory";
import { useText } from "../../../text/words";
import editorStyles from "../editor/editor.module.css";
import type { PhoneDraft } from "./managerDraft";
import styles from "./people.module.css";

export interface PhoneListProps {
  phones: readonly PhoneDraft[];
  onChange(phones: readonly PhoneDraft[]): void;
  errorOf(field: string): string | undefined;
}

/** Telephones in the order in which they ring: dragged, or moved by keys. */
export function PhoneList({ phones, onChange, errorOf }: PhoneListProps) {
  const t = useText(directoryText);
  const { dragAndDropHooks } = useDragAndDrop({
    getItems: (keys) => [...keys].map((key) => ({ "text/plain": String(key) })),
    onReorder: ({ keys, target }) => {
      const moved = phones.filter((one) => keys.has(one.key));
      const rest = phones.filter((one) => !keys.has(one.key));
      const at = rest.findIndex((one) => one.key === target.key);
      const place = target.dropPosition === "after" ? at + 1 : at;
      onChange([...rest.slice(0, place), ...moved, ...rest.slice(place)]);
    },
  });
  const put = (key: number, changes: Partial<PhoneDraft>): void =>
    onChange(phones.map((one) => (one.key === key ? { ...one, ...changes } : one)));
  const move = (place: number, by: number): void => {
    const next = [...phones];
    const [moved] = next.splice(place, 1);
    if (moved !== undefined) next.splice(place + by, 0, moved);
    onChange(next);
  };
  const nextKey = Math.max(-1, ...phones.map((one) => one.key)) + 1;
  return (
    <div className={editorStyles.part}>
      <h3 className={editorStyles.partTitle}>{t("phones")}</h3>
      <p className={editorStyles.help}>{t("phonesHelp")}</p>
      <GridList
        aria-label={t("phones")}
        className={styles.phones}
        dragAndDropHooks={dragAndDropHooks}
        keyboardNavigationBehavior="tab"
      >
        {phones.map((one, at) => {
          const place = at + 1;
          return (
            <GridListItem
              key={one.key}
              id={one.key}
              textValue={t("phonePlace", { place })}
              className={styles.phone}
            >
              <AriaButton
                slot="drag"
                className={styles.grip}
                aria-label={t("phoneMove", { place })}
              >
                <GripVertical size={16} aria-hidden />
              </AriaButton>
              <div className={styles.address}>
                <TextField
                  hideLabel
                  label={t("phonePlace", { place })}
                  inputMode="tel"
                  value={one.address}
                  onChange={(address) => put(one.key, { address })}
                  error={errorOf(`phones.${at}`)}
                />
              </div>
              <div className={styles.label}>
                <TextField
                  hideLabel
                  label={t("phoneLabel")}
                  placeholder={t("phoneLabel")}
                  value={one.label}
                  onChange={(label) => put(one.key, { label })}
                />
              </div>
              <Button
                icon={ArrowUp}
                iconOnly
                look="quiet"
                isDisabled={at === 0}
                onPress={() => move(at, -1)}
              >
                {t("phoneUp", { place })}
              </Button>
              <Button
                icon={ArrowDown}
                iconOnly
                look="quiet"
                isDisabled={place === phones.length}
                onPress={() => move(at, 1)}
              >
                {t("phoneDown", { place })}
              </Button>
              <Button
                icon={X}
                iconOnly
                look="quiet"
                onPress={() => onChange(phones.filter((other) => other.key !== one.key))}
              >
                {t("remove")}
              </Button>
            </GridListItem>
          );
        })}
      </GridList>
      <div className={editorStyles.toStart}>
        <Button
          icon={Plus}
          look="quiet"
          onPress={() => onChange([...phones, { key: nextKey, address: "", label: "" }])}
        >
          {t("addPhone")}
        </Button>
      </div>
    </div>
  );
}
