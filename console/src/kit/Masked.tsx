import { kit } from "../text/kit";
import { useText } from "../text/words";
import styles from "./Masked.module.css";

export interface MaskedProps {
  /** The whole number; null where whoever is logged in may not see it. */
  number: string | null | undefined;
  /** `138****8000`; null where there is no number at all. */
  masked: string | null | undefined;
}

/** A telephone number: whole where the API gave it, else masked; never broken by a line. */
export function Masked({ number, masked }: MaskedProps) {
  const t = useText(kit);
  const shown = number ?? masked;
  if (shown === null || shown === undefined) return <span className={styles.none}>–</span>;
  return (
    <span
      className={styles.number}
      translate="no"
      {...(number === null || number === undefined ? { title: t("hidden") } : {})}
    >
      {shown}
    </span>
  );
}
