import { useQuery } from "@tanstack/react-query";
import { useMay, useWho } from "../../../api/session";
import type { Option } from "../../../kit/Field";
import { begun, useLanguage } from "../../../text/words";
import { taskTypesQuery } from "./kinds";

/** What a thing is called in the page's language. */
export function useKindName() {
  const language = useLanguage();
  return ({ name, names }: { name: string; names: Readonly<Record<string, string>> }): string =>
    begun(names[language] ?? names.zh ?? name);
}

/** Types that a task may be of, by their names; `chosen` is one of them, though nobody has put it. */
export function useTypeOptions(chosen: string | null): readonly Option<string>[] {
  const nameOf = useKindName();
  const { data } = useQuery(taskTypesQuery);
  const options = (data?.items ?? [])
    // A name of no type, but that of all which nobody has put.
    .filter((one) => one.name !== "own")
    .map((one) => ({ id: one.name, text: nameOf(one) }));
  if (chosen === null || options.some((one) => one.id === chosen)) return options;
  return [...options, { id: chosen, text: chosen }];
}

/** How the type of a task is called, by its name. */
export function useTypeName(): (name: string) => string {
  const nameOf = useKindName();
  const { data } = useQuery(taskTypesQuery);
  return (name) => {
    const type = data?.items.find((one) => one.name === name);
    return type === undefined ? name : nameOf(type);
  };
}

/** Whether whoever looks may change what is everybody's: administrators of all groups. */
export function useMayWriteKinds(): boolean {
  const { scope } = useWho();
  return useMay("task-types.write") && scope.group_ids === null;
}
