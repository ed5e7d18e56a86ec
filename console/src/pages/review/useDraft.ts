import { useState } from "react";

/** What is being typed, by its place; in memory only, so that it ends with the page. */
const drafts = new Map<string, string>();

/** Text that stays when the part of the page that it stands in is left and opened again. */
export function useDraft(place: string): [string, (text: string) => void] {
  const [text, setText] = useState(() => ({ place, value: drafts.get(place) ?? "" }));
  const value = text.place === place ? text.value : (drafts.get(place) ?? "");
  const change = (next: string): void => {
    if (next === "") drafts.delete(place);
    else drafts.set(place, next);
    setText({ place, value: next });
  };
  return [value, change];
}
