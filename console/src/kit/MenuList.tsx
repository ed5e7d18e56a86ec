import type { RefObject } from "react";
import { Menu as AriaMenu, MenuItem, Popover } from "react-aria-components";
import { Kbd } from "./Kbd";
import type { MenuEntry } from "./Menu";
import styles from "./Menu.module.css";

export interface MenuListProps {
  label: string;
  entries: readonly MenuEntry[];
  /** The button that opened it; it has the keyboard again afterwards. */
  trigger: RefObject<HTMLButtonElement | null>;
  /** Which entry has the keyboard first; true: the menu, for a pointer. */
  begins: "first" | "last" | true;
  onClose(): void;
}

/** What a menu opens; pages use `Menu`. */
export default function MenuList({ label, entries, trigger, begins, onClose }: MenuListProps) {
  return (
    <Popover
      className={styles.popover}
      aria-label={label}
      triggerRef={trigger}
      trigger="MenuTrigger"
      placement="bottom start"
      isOpen
      onOpenChange={(isOpen) => !isOpen && onClose()}
    >
      <AriaMenu aria-label={label} className={styles.menu} autoFocus={begins} onClose={onClose}>
        {entries.map(({ id, text, icon: Icon, isDisabled = false, isDanger, hint, run }) => (
          <MenuItem
            key={id}
            id={id}
            textValue={text}
            isDisabled={isDisabled}
            onAction={run}
            className={`${styles.item} ${isDanger ? styles.danger : ""}`}
          >
            {Icon && <Icon size={16} aria-hidden />}
            <span>{text}</span>
            {hint !== undefined && <Kbd keys={hint} />}
          </MenuItem>
        ))}
      </AriaMenu>
    </Popover>
  );
}
