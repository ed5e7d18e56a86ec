import type { LucideIcon } from "lucide-react";
import { Button as AriaButton, type ButtonProps as AriaButtonProps } from "react-aria-components";
import styles from "./Button.module.css";

export interface ButtonProps extends Omit<AriaButtonProps, "children" | "className" | "style"> {
  children: string;
  icon?: LucideIcon;
  /** `primary`: the one thing to do here; `danger`: what takes something away. */
  look?: "primary" | "plain" | "quiet" | "danger";
  size?: "m" | "l";
  /** Only the icon is seen; `children` names it. */
  iconOnly?: boolean;
  /** A key that does the same, shown to the right. */
  hint?: string;
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
  return (
    <AriaButton
      {...rest}
      {...(iconOnly ? { "aria-label": children } : {})}
      className={`${styles.button} ${styles[look]} ${styles[size]} ${iconOnly ? styles.iconOnly : ""}`}
    >
      {({ isPending }) => (
        <>
          {isPending ? (
            <span className={styles.spinner} aria-hidden />
          ) : (
            Icon && <Icon size={16} aria-hidden />
          )}
          {!iconOnly && <span>{children}</span>}
          {hint !== undefined && <kbd className={styles.hint}>{hint}</kbd>}
        </>
      )}
    </AriaButton>
  );
}
