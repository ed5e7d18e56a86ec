import { useMemo } from "react";
import { type Problem, problemFrom } from "../../../api/problem";

export interface FormProblem {
  /** What no field of the form is about; null while all is told at the fields. */
  problem: Problem | null;
  /** What is wrong with a field or with something inside of it, such as `phones.0.number`. */
  errorOf(field: string): string | undefined;
}

/** Split what saving failed with into what belongs to the fields of a form, and the rest. */
export function useFormProblem(error: unknown, fields: readonly string[]): FormProblem {
  return useMemo(() => {
    const problem = problemFrom(error);
    const found = (field: string) =>
      problem?.errors.filter((one) => one.field === field || one.field.startsWith(`${field}.`));
    const told = fields.flatMap((field) => found(field) ?? []);
    const all = problem?.errors.length ?? 0;
    return {
      problem: all > 0 && told.length >= all ? null : problem,
      errorOf: (field) => {
        const messages = found(field)?.map((one) => one.message) ?? [];
        return messages.length === 0 ? undefined : [...new Set(messages)].join("; ");
      },
    };
  }, [error, fields]);
}
