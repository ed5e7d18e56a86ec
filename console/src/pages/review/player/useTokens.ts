import { useMemo } from "react";
import { useTheme } from "../../../app/theme";
import { useMedia } from "../../../kit/useMedia";

/** Colours of the theme as a canvas knows them; they change with light and dark. */
export function useTokens<Name extends string>(names: readonly Name[]): Record<Name, string> {
  const theme = useTheme();
  const isDark = useMedia("(prefers-color-scheme: dark)");
  // biome-ignore lint/correctness/useExhaustiveDependencies: both change what the tokens stand for
  return useMemo(() => readTokens(names), [names, theme, isDark]);
}

/** A token may say `light-dark(…)`; only a computed colour says which of the two it is. */
function readTokens<Name extends string>(names: readonly Name[]): Record<Name, string> {
  const found = {} as Record<Name, string>;
  for (const name of names) {
    // One each: from colour to colour the same one would go in a transition, and tell its beginning.
    const probe = document.createElement("span");
    probe.style.color = `var(--${name})`;
    document.body.append(probe);
    found[name] = getComputedStyle(probe).color;
    probe.remove();
  }
  return found;
}
