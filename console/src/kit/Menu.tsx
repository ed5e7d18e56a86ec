import type { LucideIcon } from "lucide-react";
import { type ReactNode, Suspense, useRef, useState } from "react";
import { ButtonContext, type ButtonProps } from "react-aria-components";
import { later } from "./later";
import type { MenuListProps } from "./MenuList";
import type { Keys } from "./shortcuts";

const MenuList = later(() => import("./MenuList"));

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
  const button = useRef<HTMLButtonElement>(null);
  const [begins, setBegins] = useState<MenuListProps["begins"] | null>(null);
  const opens: ButtonProps = {
    "aria-haspopup": "menu",
    "aria-expanded": begins !== null,
    onPress: ({ pointerType }) => setBegins(pointerType === "keyboard" ? "first" : true),
    onKeyDown: (event) => {
      if (event.key === "ArrowDown") setBegins("first");
      else if (event.key === "ArrowUp") setBegins("last");
      else event.continuePropagation();
    },
  };
  return (
    <>
      <ButtonContext.Provider value={{ ...opens, ref: button }}>{trigger}</ButtonContext.Provider>
      {begins !== null && (
        <Suspense>
          <MenuList
            label={label}
            entries={entries}
            trigger={button}
            begins={begins}
            onClose={() => setBegins(null)}
          />
        </Suspense>
      )}
    </>
  );
}
