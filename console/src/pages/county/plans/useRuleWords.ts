import { useGroups } from "../../../api/directory";
import { common } from "../../../text/common";
import { countyText } from "../../../text/county";
import { classText } from "../../../text/manager";
import { isWord, useText } from "../../../text/words";
import type { Plan } from "./usePlans";

type Rule = Plan["rules"][number];

/** How the rules of a plan are said. */
export interface RuleWords {
  whoOf(who: Rule["who"]): string;
  /** 每 2 周联系，每 2 个月走访 */
  cadenceOf(rule: Pick<Rule, "cadences">): string;
  lengthOf(rule: Pick<Rule, "cadences">): string;
  noticeOf(days: number | null): string;
  announcedOf(rule: Pick<Rule, "cadences">): string;
}

/** Rules in the page's language, with the names of groups. */
export function useRuleWords(): RuleWords {
  const t = useText(countyText);
  const c = useText(common);
  const className = useText(classText);
  const { nameOf } = useGroups();
  const noticeOf = (days: number | null): string => {
    if (days === null) return t("notAnnounced");
    return days === 0 ? t("sameDay") : t("daysAhead", { count: days });
  };
  return {
    whoOf({ classes, tiers, group_ids }) {
      // A class may be named by its code and by its word: it is one class all the same.
      const named = classes.map((one) => (isWord(classText, one) ? className(one) : one));
      const parts = new Set([...named, ...tiers, ...group_ids.map((id) => nameOf(id))]);
      return parts.size === 0 ? t("everybodyElse") : [...parts].join(c("comma"));
    },
    cadenceOf({ cadences }) {
      if (cadences.length === 0) return t("whenSomethingHappens");
      return cadences
        .map(({ every, channel }) =>
          t(`every_${every.unit}`, { count: every.count, what: t(`channel_${channel}`) }),
        )
        .join(t("and"));
    },
    lengthOf({ cadences }) {
      return (
        cadences.map(({ length_min }) => t("minutes", { count: length_min })).join(c("comma")) ||
        "–"
      );
    },
    noticeOf,
    announcedOf({ cadences }) {
      return [...new Set(cadences.map((one) => noticeOf(one.notice_days)))].join(c("comma")) || "–";
    },
  };
}
