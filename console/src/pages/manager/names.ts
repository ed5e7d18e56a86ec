import type { Schema } from "../../api/client";
import { outcomes, resultCodes, taskTypes } from "../../text/codes";
import { dayText } from "../../text/manager";
import { begun, isWord, textOf, useLanguage } from "../../text/words";
import type { Rule } from "./call/resultDraft";
import type { Task } from "./tasks/sections";
import { useTaskTypes } from "./tasks/useTasks";

/** The name of whom a task is for; the masked number where it is nobody's. */
export function nameOf(task: Task): string {
  return task.customer?.name ?? task.customer_masked ?? textOf(dayText, "unknown");
}

/** How the name of a task's type is said: as the type has it, so that own types have one, too. */
export function useTypeName(): (task: Pick<Task, "type" | "own_type">) => string {
  const types = useTaskTypes();
  const language = useLanguage();
  return ({ type, own_type }) => {
    const name = own_type ?? type;
    const known = types.get(name)?.names[language];
    return begun(known ?? (isWord(taskTypes, name) ? textOf(taskTypes, name) : name));
  };
}

/** How a result is said. */
export function useRuleName(): (rule: Rule) => string {
  const language = useLanguage();
  return ({ code, names }) => begun(names[language] ?? codeName(code));
}

/** A code that was told, without its type at hand. */
export function codeName(code: string): string {
  return isWord(resultCodes, code) ? textOf(resultCodes, code) : code;
}

export function outcomeName(outcome: Schema<"CallView">["outcome"]): string {
  if (outcome === null) return "–";
  return isWord(outcomes, outcome) ? textOf(outcomes, outcome) : outcome;
}
