import type { LucideIcon } from "lucide-react";

import type { Ref } from "react";
import {
  Button as AriaButton,
  type ButtonProps as AriaButtonProps,
  ProgressBar,
  Tooltip,
  TooltipTrigger,
} from "react-aria-components";

import { common } from "../text/common";
import { useText } from "../text/words";
import styles from "./Button.module.css";
import { Kbd } from "./Kbd";
import type { Keys } from "./shortcuts";

export interface ButtonProps extends Omit<AriaButtonProps, "children" | "className" | "style"> {
  children: string;
  icon?: LucideIcon;
  /** `primary`: the one thing to do here; `danger`: what takes something away. */
  look?: "primary" | "plain" | "quiet" | "danger";
  size?: "m" | "l";
  /** Only the icon is seen; `children` names it. */
  iconOnly?: boolean;
  /** A shortcut that does the same (see `useShortcut`), shown to the right. */
  hint?: Keys;
  ref?: Ref<HTMLButtonElement>;
}

/** A button with a name, and an icon or a key beside it. While pending it takes no press. */
export function Button({
  children,
  icon: Icon,
  look = "plain",
  size = "m",
  iconOnly = false,
  hint,
  ...rest
}: ButtonProps) {
  const t = useText(common);
  const button = (
    <AriaButton
      {...rest}
      {...(iconOnly ? { "aria-label": children } : {})}
      className={`${styles.button} ${styles[look]} ${styles[size]} ${iconOnly ? styles.iconOnly : ""}`}
    >
      {({ isPending }) => (
        <>
          {isPending ? (
            // Told to those who hear the page, by React Aria itself.
            <ProgressBar aria-label={t("pending")} isIndeterminate className={styles.spinner} />
          ) : (
            Icon && <Icon size={16} aria-hidden />
          )}
          {!iconOnly && <span className={styles.text}>{children}</span>}
          {!iconOnly && hint !== undefined && <Kbd keys={hint} />}
        </>
      )}
    </AriaButton>
  );
  if (!iconOnly) return button;
  return (
    <TooltipTrigger delay={500} closeDelay={0}>
      {button}
      <Tooltip className={styles.tooltip} offset={6}>
        {children}
        {hint !== undefined && <Kbd keys={hint} />}
      </Tooltip>
    </TooltipTrigger>
  );
}
