import { useLayoutEffect, useState } from "react";

/** How many dialogs are open, and the list from which the first of them was opened. */
let open = 0;
let list: Element | null = null;

/**
 * Have the focus go on in the page once the last dialog is closed, where what had it before is gone
 * by then: deleted in the dialog, say. It returns by itself to what is still there.
 */
export function useFocusBack(isOpen: boolean): void {
  const [wasOpen, setWasOpen] = useState(false);
  const [opener, setOpener] = useState<Element | null>(null);
  if (isOpen !== wasOpen) {
    setWasOpen(isOpen);
    // Now: once it is drawn, the dialog has the focus.
    if (isOpen) setOpener(document.activeElement);
  }
  useLayoutEffect(() => {
    if (!isOpen) return;
    if (open === 0) list = opener?.closest('[role="grid"]') ?? null;
    open += 1;
    return () => {
      open -= 1;
      if (open === 0) afterReturn(() => isLost() && giveFocusBack(list));
    };
  }, [isOpen, opener]);
}

/** To a list, which hands it on to its row; to the page's, or to its title, where that is gone. */
export function giveFocusBack(list: Element | null = null): void {
  const content = document.getElementById("content");
  const grid = list?.isConnected ? list : content?.querySelector('[role="grid"]');
  const place = grid ?? content?.querySelector("h1") ?? content;
  if (place instanceof HTMLElement) place.focus();
}

/** A dialog returns the focus in the frame after it was closed. */
function afterReturn(then: () => void): void {
  requestAnimationFrame(() => requestAnimationFrame(then));
}

function isLost(): boolean {
  return open === 0 && document.activeElement === document.body;
}
