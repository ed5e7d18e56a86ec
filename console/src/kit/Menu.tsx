import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { Menu as AriaMenu, MenuItem, MenuTrigger, Popover } from "react-aria-components";
import { Kbd } from "./Kbd";
import styles from "./Menu.module.css";
import type { Keys } from "./shortcuts";

export interface MenuEntry {
  id: string;
  text: string;
  icon?: LucideIcon;
  isDisabled?: boolean;
  /** It takes something away. */
  isDanger?: boolean;
  /** A shortcut that does the same. */
  hint?: Keys;
  run(): void;
}

/** Things to do behind a button: `trigger` is a kit Button. */
export function Menu({
  label,
  trigger,
  entries,
}: {
  label: string;
  trigger: ReactNode;
  entries: readonly MenuEntry[];
}) {
  return (
    <MenuTrigger>
      {trigger}
      <Popover className={styles.popover}>
        <AriaMenu aria-label={label} className={styles.menu}>
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
    </MenuTrigger>
  );
}
