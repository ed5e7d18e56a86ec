import { type FormProblem, useSplitProblem } from "../useProblem";

/**
 * As `useProblem`; what is wrong inside of a field, such as `phones.0.number`, is told at the
 * field that the form has for it, here `phones`.
 */
export function useFormProblem(error: unknown, fields: readonly string[]): FormProblem {
  return useSplitProblem(
    error,
    fields,
    (fault, field) => fault === field || fault.startsWith(`${field}.`),
  );
}
