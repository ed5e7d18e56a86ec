import { useMemo } from "react";
import { useFaultText } from "../../../kit/useFaultText";
import type { FlowProblem } from "./flows";

/** A problem of a flow as the page says it. */
export interface ToldProblem {
  line: number;
  step: string | null;
  text: string;
  /** What mends it; null where the text says that, too. */
  mend: string | null;
}

/** What is wrong with a flow in the page's language, each with the step and field it is about. */
export function useToldProblems(problems: readonly FlowProblem[]): readonly ToldProblem[] {
  const say = useFaultText(true);
  return useMemo(() => problems.map((one) => toldProblem(one, say)), [problems, say]);
}

/** A problem as `say` says its fault; in the API's words where that has none. */
export function toldProblem(
  problem: FlowProblem,
  say: (fault: FlowProblem) => string,
): ToldProblem {
  const { line, step, field, message, mend } = problem;
  const said = say(problem);
  if (said === message) return { line, step, text: message, mend };
  const place = [step, field].filter((part) => part !== null && part !== "").join(" · ");
  return { line, step, text: place === "" ? said : `${place}: ${said}`, mend: null };
}
