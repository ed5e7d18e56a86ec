import { type FieldProblem, type Problem, problemFrom } from "../api/problem";
import { useFaultText } from "./useFaultText";

export interface FormProblem {
  /**
   * What to show above the form's end, with the faults that are told at no field of the form; null
   * while all is told at the fields.
   */
  problem: Problem | null;
  /** What is wrong with a field, by its name in the API, in the page's language. */
  errorOf(field: string): string | undefined;
}

/** Split what a mutation failed with into what belongs to a field of the form, and the rest. */
export function useProblem(error: unknown, fields: readonly string[] = []): FormProblem {
  return useSplitProblem(error, fields, (fault, field) => fault === field);
}

/** As `useProblem`, where `isAbout` says which field of the form a fault's field belongs to. */
export function useSplitProblem(
  error: unknown,
  fields: readonly string[],
  isAbout: (fault: string, field: string) => boolean,
): FormProblem {
  const say = useFaultText();
  const problem = problemFrom(error);
  const all: readonly FieldProblem[] = problem?.errors ?? [];
  const left = all.filter((fault) => !fields.some((field) => isAbout(fault.field, field)));
  const isAllTold = all.length > 0 && left.length === 0;
  return {
    problem: isAllTold ? null : (problem?.withErrors(left) ?? null),
    errorOf: (field) => {
      const said = all.filter((fault) => isAbout(fault.field, field)).map(say);
      return said.length === 0 ? undefined : [...new Set(said)].join("; ");
    },
  };
}
