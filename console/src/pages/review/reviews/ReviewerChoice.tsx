import { useGroups } from "../../../api/directory";
import { Checkbox } from "../../../kit/Field";
import { Badge } from "../../../kit/States";
import { reviewsText } from "../../../text/reviews";
import { useText } from "../../../text/words";
import styles from "./Reviews.module.css";
import type { Reviewer } from "./reviewers";

/** Reviewers to tick, each with what it sees and how much waits for it already. */
export function ReviewerChoice({
  reviewers,
  chosen,
  onChange,
}: {
  reviewers: readonly Reviewer[];
  chosen: ReadonlySet<string>;
  onChange(chosen: ReadonlySet<string>): void;
}) {
  const t = useText(reviewsText);
  const groups = useGroups();
  const toggle = (id: string, isOn: boolean): void => {
    const next = new Set(chosen);
    if (isOn) next.add(id);
    else next.delete(id);
    onChange(next);
  };
  // Besides those of one's own groups, reviewers of groups above are offered: those are not seen.
  const reachOf = (groupId: string | null): string => {
    if (groupId === null) return t("allGroups");
    const isAbove = groups.groups.length > 0 && !groups.groups.some(({ id }) => id === groupId);
    return isAbove ? t("groupAbove") : groups.nameOf(groupId);
  };
  return (
    <ul className={styles.people} aria-label={t("reviewer")}>
      {reviewers.map(({ id, kind, role, name, group_id, waiting }) => (
        <li key={id}>
          <Checkbox
            label={name}
            isSelected={chosen.has(id)}
            onChange={(isOn) => toggle(id, isOn)}
          />
          <span className={styles.about}>
            {kind === "key" && <Badge>{t("key")}</Badge>}
            {role === "admin" && <Badge>{t("admin")}</Badge>}
            {reachOf(group_id)}
            <span className={styles.waiting}>{t("waiting", { count: waiting })}</span>
          </span>
        </li>
      ))}
    </ul>
  );
}
