import { ChevronDown, ChevronUp } from "lucide-react";
import { Button } from "react-aria-components";
import { useFormat } from "../../../kit/format";
import { reviewText } from "../../../text/review";
import { useText } from "../../../text/words";
import styles from "./Alternatives.module.css";
import type { Line } from "./lines";

/** Opens and closes what a line may be as well. */
export function AlternativesButton({
  isOpen,
  isTabStop,
  onFocus,
  onPress,
}: {
  isOpen: boolean;
  isTabStop: boolean;
  onFocus(): void;
  onPress(): void;
}) {
  const t = useText(reviewText);
  const Icon = isOpen ? ChevronUp : ChevronDown;
  return (
    <Button
      className={styles.button}
      aria-expanded={isOpen}
      excludeFromTabOrder={!isTabStop}
      onFocus={onFocus}
      onPress={onPress}
    >
      {t("otherReadings")}
      <Icon size={14} aria-hidden />
    </Button>
  );
}

/** What a line may be as well, each with how probable it is; what a finding rests on is marked. */
export function Alternatives({ of }: { of: Line["alternatives"] }) {
  const t = useText(reviewText);
  const format = useFormat();
  return (
    <ul className={styles.list} aria-label={t("otherReadings")}>
      {of.map(({ text, probability, severity }) => (
        <li key={text}>
          <span className={styles.share}>{format.percent(probability)}</span>
          <span className={styles.text} data-severity={severity ?? undefined}>
            {text}
          </span>
        </li>
      ))}
    </ul>
  );
}
