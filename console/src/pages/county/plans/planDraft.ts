import type { Schema } from "../../../api/client";
import { weekdayText } from "../../../text/planning";
import { isWord } from "../../../text/words";
import type { Plan } from "./usePlans";

export type PlanBody = Schema<"PlanBody">;
export type Cadence = Schema<"CadenceView">;
export type Weekday = (typeof weekdayText.names)[number];

/** A rule as it is typed: classes and tiers stand between commas. */
export interface RuleDraft {
  classes: string;
  tiers: string;
  group_ids: readonly string[];
  cadences: readonly Cadence[];
}

/** What the form of a plan holds; what it does not show is sent back as it was read. */
export interface PlanDraft {
  name: string;
  active: boolean;
  rules: readonly RuleDraft[];
  visiting_weekdays: readonly Weekday[];
  worked_weekends: boolean;
  target_per_day: number;
  capacity_per_day: number;
  day_from: string;
  day_until: string;
  announce_time: string;
  announce_same_day_time: string;
  notice_visit: string;
  notice_call: string;
}

/** The fields as the API names them, for its problems. */
export const PLAN_FIELDS = [
  "name",
  "active",
  "rules",
  "visiting_weekdays",
  "worked_weekends",
  "target_per_day",
  "capacity_per_day",
  "day_from",
  "day_until",
  "announce_time",
  "announce_same_day_time",
  "notice_visit",
  "notice_call",
] as const;

export function planDraft(plan: Plan | null): PlanDraft {
  return {
    name: plan?.name ?? "",
    active: plan?.active ?? true,
    rules: plan?.rules.map(ruleDraft) ?? [],
    visiting_weekdays: (plan?.visiting_weekdays ?? []).filter((day) => isWord(weekdayText, day)),
    worked_weekends: plan?.worked_weekends ?? false,
    target_per_day: plan?.target_per_day ?? 15,
    capacity_per_day: plan?.capacity_per_day ?? 30,
    day_from: plan?.day_from ?? "09:00",
    day_until: plan?.day_until ?? "18:00",
    announce_time: plan?.announce_time ?? "17:00",
    announce_same_day_time: plan?.announce_same_day_time ?? "08:30",
    notice_visit: plan?.notice_visit ?? "",
    notice_call: plan?.notice_call ?? "",
  };
}

function ruleDraft({ who, cadences }: Plan["rules"][number]): RuleDraft {
  return {
    classes: who.classes.join("、"),
    tiers: who.tiers.join("、"),
    group_ids: who.group_ids,
    cadences,
  };
}

/** What is sent of a form over `plan`. */
export function planBody(draft: PlanDraft, plan: Plan): PlanBody {
  const { rules, visiting_weekdays, notice_visit, notice_call, ...plain } = draft;
  return {
    ...plain,
    name: draft.name.trim(),
    external_id: plan.external_id,
    group_id: plan.group_id,
    capacities: plan.capacities,
    language: plan.language === "en" ? "en" : "zh",
    rules: rules.map(({ classes, tiers, group_ids, cadences }) => ({
      who: { classes: listOf(classes), tiers: listOf(tiers), group_ids: [...group_ids] },
      cadences: [...cadences],
    })),
    // In the order of the week, however they were chosen.
    visiting_weekdays: weekdayText.names.filter((day) => visiting_weekdays.includes(day)),
    notice_visit: notice_visit.trim() || null,
    notice_call: notice_call.trim() || null,
  };
}

/** What stands between commas, Chinese ones too. */
export function listOf(text: string): string[] {
  const found = text
    .split(/[、，,;；\n]/)
    .map((one) => one.trim())
    .filter((one) => one !== "");
  return [...new Set(found)];
}

/** A contact every two weeks, with a name that no other of the plan has: tasks are known by it. */
export function newCadence(rules: readonly RuleDraft[]): Cadence {
  const taken = new Set(rules.flatMap(({ cadences }) => cadences.map(({ name }) => name)));
  let number = 1;
  while (taken.has(`contact-${number}`)) number += 1;
  return {
    name: `contact-${number}`,
    every: { count: 2, unit: "weeks" },
    channel: "any",
    length_min: 20,
    notice_days: null,
    type: "revisit",
    priority: "normal",
    subject: "",
  };
}

/** `rules` with the one at `place` moved by `by` places, as far as there is room. */
export function moved<Item>(items: readonly Item[], place: number, by: -1 | 1): readonly Item[] {
  const [item, other] = [items[place], items[place + by]];
  if (item === undefined || other === undefined) return items;
  return items.map((one, at) => (at === place ? other : at === place + by ? item : one));
}

/** One thing that is not as it was: null before, it is new; null after, it is gone. */
export interface Change {
  label: string;
  before: string | null;
  after: string | null;
}

/** A rule in words: whom it is for, and what they get. */
export type RuleLine = readonly [who: string, what: string];

/** How the rules differ, by whom they are for; `order`: whether only their order does. */
export function ruleChanges(
  before: readonly RuleLine[],
  after: readonly RuleLine[],
): { changes: readonly Change[]; order: boolean } {
  const [was, is] = [new Map(before), new Map(after)];
  const labels = [...new Set([...was.keys(), ...is.keys()])];
  const changes = labels.flatMap((label) => {
    const one = { label, before: was.get(label) ?? null, after: is.get(label) ?? null };
    return one.before === one.after ? [] : [one];
  });
  const kept = (lines: readonly RuleLine[], in_: ReadonlyMap<string, string>): string =>
    lines
      .map(([who]) => who)
      .filter((who) => in_.has(who))
      .join("\n");
  return { changes, order: kept(before, is) !== kept(after, was) };
}
