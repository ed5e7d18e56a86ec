import type { Option } from "../../../../kit/Field";
import type { Translate, Words } from "../../../../text/words";

/** The words of a table as what can be chosen, in its order. */
export function optionsOf<Name extends string>(
  of: Words<Name>,
  t: Translate<Name>,
): Option<Name>[] {
  return of.names.map((id) => ({ id, text: t(id) }));
}
