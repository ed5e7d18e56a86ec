import { useCallback } from "react";
import type { Problem } from "../api/problem";
import { problems } from "../text/problems";
import { isWord, useText } from "../text/words";

/** How a problem is said in the page's language. */
export function useProblemText(): (problem: Problem) => string {
  const t = useText(problems);
  return useCallback(
    (problem) => {
      if (!isWord(problems, problem.code)) {
        return t("other", { detail: problem.detail || problem.code });
      }
      const seconds = problem.retryAfterS ?? 60;
      return t(problem.code, { seconds, count: seconds, detail: problem.detail });
    },
    [t],
  );
}
