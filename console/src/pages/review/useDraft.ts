import { useSaved } from "../../kit/useSaved";

/** One text of a form that survives its closing; see `useSaved`. Empty, it is forgotten. */
export function useDraft(place: string): [string, (text: string) => void] {
  const { draft, change, forget } = useSaved(place, { text: "" });
  return [draft.text, (text) => (text === "" ? forget() : change({ text }))];
}
