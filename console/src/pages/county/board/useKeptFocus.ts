import { type FocusEvent, useLayoutEffect, useRef } from "react";

interface KeptFocus {
  onFocus(event: FocusEvent<HTMLElement>): void;
  onBlur(): void;
}

/**
 * Keeps the focus in a list whose rows leave by themselves: when the row that has it is gone, the
 * one that stands in its place has it, or the page where none is left.
 */
export function useKeptFocus(rows: readonly unknown[]): KeptFocus {
  const held = useRef<{ list: HTMLElement; link: Element; place: number }>(undefined);
  // biome-ignore lint/correctness/useExhaustiveDependencies: looked at whenever the rows change
  useLayoutEffect(() => {
    const was = held.current;
    // What is removed loses the focus without a blur.
    if (was === undefined || was.link.isConnected) return;
    held.current = undefined;
    const links = was.list.querySelectorAll<HTMLElement>("a");
    const next = links[Math.min(was.place, links.length - 1)];
    (next ?? document.getElementById("content"))?.focus();
  }, [rows]);
  return {
    onFocus: ({ currentTarget, target }) => {
      const place = [...currentTarget.querySelectorAll<Element>("a")].indexOf(target);
      held.current = { list: currentTarget, link: target, place };
    },
    onBlur: () => {
      held.current = undefined;
    },
  };
}
