import type { Schema } from "../../../api/client";
import type { Order } from "./assign";

export const RULES = ["hand", "evenly", "owner", "class", "skill"] as const;
export type Rule = (typeof RULES)[number];

/** Classes of the visit-service standard; others are shared evenly. */
export const CLASSES = ["core", "potential", "regular", "assisted"] as const;

/** What is chosen in the dialog. */
export interface Choices {
  rule: Rule;
  /** The one of `hand`. */
  managerId: string | null;
  /** Class to manager. */
  classes: Readonly<Record<string, string>>;
  /** Type of task to skill. */
  skills: Readonly<Record<string, string>>;
  useDeputies: boolean;
}

/** Which tasks: these, or every one that is nobody's (of a type). */
export type Wanted =
  | { kind: "selected"; taskIds: readonly string[] }
  | { kind: "nobodys"; type: Schema<"TaskType"> | null; groupId: string };

/** The order that the choices make; null while something is still to be chosen. */
export function orderOf(wanted: Wanted, choices: Choices, groupId: string): Order | null {
  const use_deputies = choices.useDeputies;
  const balance = "total" as const;
  const shared = { ...tasksOf(wanted), group_id: groupId };
  switch (choices.rule) {
    case "hand":
      return handOrder(wanted, choices);
    case "evenly":
      return { ...shared, rule: { kind: "evenly", balance, use_deputies } };
    case "owner":
      return { ...tasksOf(wanted), rule: { kind: "owner", balance, use_deputies } };
    case "class": {
      const named = Object.entries(choices.classes);
      if (named.length === 0) return null;
      const classes = Object.fromEntries(named.map(([name, id]) => [name, [id]]));
      return { ...shared, rule: { kind: "class", classes, balance, use_deputies } };
    }
    case "skill":
      if (Object.keys(choices.skills).length === 0) return null;
      return { ...shared, rule: { kind: "skill", skills: choices.skills, balance, use_deputies } };
  }
}

/** All to one: by name where tasks are named, else as the only one who shares them. */
function handOrder(wanted: Wanted, choices: Choices): Order | null {
  const { managerId, useDeputies: use_deputies } = choices;
  if (managerId === null) return null;
  if (wanted.kind === "selected") {
    const managers = Object.fromEntries(wanted.taskIds.map((id) => [id, managerId]));
    return { rule: { kind: "hand", managers, use_deputies } };
  }
  return {
    ...tasksOf(wanted),
    manager_ids: [managerId],
    rule: { kind: "evenly", balance: "total", use_deputies },
  };
}

function tasksOf(wanted: Wanted): Pick<Order, "task_ids" | "filter"> {
  if (wanted.kind === "selected") return { task_ids: [...wanted.taskIds] };
  return { filter: { nobodys: true, group_id: wanted.groupId, type: wanted.type } };
}
