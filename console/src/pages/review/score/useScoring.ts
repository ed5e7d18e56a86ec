import { useState } from "react";
import { useShortcut } from "../../../kit/shortcuts";
import { scoreText } from "../../../text/reviewScore";
import { useText } from "../../../text/words";
import type { Review } from "../queries";
import { type Answer, choicesOf, type Given, type Item, overrules } from "./points";
import type { Overruling } from "./ScoreItem";

export interface Scoring {
  currentId: string | null;
  setCurrent(id: string): void;
  overruling: ReadonlyMap<string, Overruling>;
  choose(item: Item, answer: Answer): void;
  reason(item: Item, reason: string): void;
  overrule(item: Item): void;
  /** Leave what the check gave as it is. */
  withdraw(item: Item): void;
}

/**
 * Giving points by keyboard: j and k go through the items, digits choose, 0 says that an item does
 * not apply. What overrules the check waits for its reason; all else is given at once by `give`.
 */
export function useScoring(review: Review, isOpen: boolean, give: (given: Given) => void): Scoring {
  const t = useText(scoreText);
  const { items } = review.scorecard;
  const [chosen, setChosen] = useState<string | null>(null);
  const [overruling, setOverruling] = useState<ReadonlyMap<string, Overruling>>(new Map());
  const place = Math.max(
    0,
    items.findIndex(({ id }) => id === chosen),
  );
  const current = items[place];
  const scoreOf = (item: Item) => review.scores.find(({ item_id }) => item_id === item.id);

  const set = (id: string, next: Overruling | null): void =>
    setOverruling((before) => {
      const after = new Map(before);
      if (next === null) after.delete(id);
      else after.set(id, next);
      return after;
    });
  const step = (by: 1 | -1): void => {
    const next = items[Math.min(Math.max(0, place + by), items.length - 1)];
    if (next !== undefined) setChosen(next.id);
  };
  const choose = (item: Item, { points, notApplicable }: Answer): void => {
    setChosen(item.id);
    const answer = { points, notApplicable };
    if (overrules(scoreOf(item), answer)) {
      set(item.id, { ...answer, reason: overruling.get(item.id)?.reason ?? "" });
      return;
    }
    set(item.id, null);
    give({ itemId: item.id, ...answer, reason: "" });
  };
  const overrule = (item: Item): void => {
    const waiting = overruling.get(item.id);
    if (waiting === undefined || waiting.reason.trim() === "") return;
    give({ itemId: item.id, ...waiting });
    set(item.id, null);
  };
  const byKey = (digit: number): void => {
    const choice = current && choicesOf(current).find(({ key }) => key === digit);
    if (current === undefined || choice === undefined) return;
    choose(current, choice);
    // On to the next one, unless a reason is to be typed first.
    if (!overrules(scoreOf(current), choice)) step(1);
  };

  useShortcut("j", t("itemNext"), () => step(1), isOpen);
  useShortcut("k", t("itemBefore"), () => step(-1), isOpen);
  useDigits(t("choose"), byKey, isOpen);
  useShortcut("0", t("notApplicable"), () => byKey(0), isOpen);
  return {
    currentId: isOpen ? (current?.id ?? null) : null,
    setCurrent: setChosen,
    overruling,
    choose,
    reason: (item, reason) => {
      const waiting = overruling.get(item.id);
      if (waiting !== undefined) set(item.id, { ...waiting, reason });
    },
    overrule,
    withdraw: (item) => set(item.id, null),
  };
}

/** Digits 1 to 9; an item with more answers has the rest by pointer. */
function useDigits(text: string, run: (digit: number) => void, isOn: boolean): void {
  useShortcut("1", `${text} 1`, () => run(1), isOn);
  useShortcut("2", `${text} 2`, () => run(2), isOn);
  useShortcut("3", `${text} 3`, () => run(3), isOn);
  useShortcut("4", `${text} 4`, () => run(4), isOn);
  useShortcut("5", `${text} 5`, () => run(5), isOn);
  useShortcut("6", `${text} 6`, () => run(6), isOn);
  useShortcut("7", `${text} 7`, () => run(7), isOn);
  useShortcut("8", `${text} 8`, () => run(8), isOn);
  useShortcut("9", `${text} 9`, () => run(9), isOn);
}
