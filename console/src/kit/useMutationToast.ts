import {
  type UseMutationOptions,
  type UseMutationResult,
  useMutation,
} from "@tanstack/react-query";
import { problemFrom } from "../api/problem";
import { type Toast, toast } from "./toast";
import { useProblemText } from "./useProblemText";

export interface SaidOptions<Data, Variables, Context>
  extends UseMutationOptions<Data, Error, Variables, Context> {
  /** What to say when it is done; nothing without it. */
  done?: (data: Data, variables: Variables) => string | Toast;
}

/**
 * A mutation that is started from a button or a row: says when it is done, and why it is not. What
 * is started from a form shows its problem in the form instead (`useProblem`).
 */
export function useMutationToast<Data, Variables = void, Context = unknown>({
  done,
  ...options
}: SaidOptions<Data, Variables, Context>): UseMutationResult<Data, Error, Variables, Context> {
  const text = useProblemText();
  return useMutation<Data, Error, Variables, Context>({
    ...options,
    onSuccess: (data, variables, ...rest) => {
      const said = done?.(data, variables);
      if (said !== undefined) toast(typeof said === "string" ? { text: said } : said);
      return options.onSuccess?.(data, variables, ...rest);
    },
    onError: (error, ...rest) => {
      const problem = problemFrom(error);
      if (problem !== null) toast({ text: text(problem), tone: "bad" });
      return options.onError?.(error, ...rest);
    },
  });
}
