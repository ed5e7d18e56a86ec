import { useCallback, useMemo } from "react";
import { type Problem, problemFrom } from "../api/problem";
import { problems } from "../text/common";
import { isWord, useText } from "../text/words";

/** How a problem is said in the page's language. */
export function useProblemText(): (problem: Problem) => string {
  const t = useText(problems);
  return useCallback(
    (problem) =>
      isWord(problems, problem.code)
        ? t(problem.code, { seconds: problem.retryAfterS ?? 60 })
        : t("other", { detail: problem.detail || problem.code }),
    [t],
  );
}

export interface FormProblem {
  /** What to show above the form's end; null while all is told at the fields. */
  problem: Problem | null;
  /** What is wrong with a field, by its name in the API. */
  errorOf(field: string): string | undefined;
}

/** Split what a mutation failed with into what belongs to a field of the form, and the rest. */
export function useProblem(error: unknown, fields: readonly string[] = []): FormProblem {
  return useMemo(() => {
    const problem = problemFrom(error);
    const errors = new Map(problem?.errors.map((one) => [one.field, one.message]));
    const toldAll =
      problem !== null &&
      errors.size > 0 &&
      [...errors.keys()].every((one) => fields.includes(one));
    return { problem: toldAll ? null : problem, errorOf: (field) => errors.get(field) };
  }, [error, fields]);
}
