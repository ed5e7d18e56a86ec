import { type ReactNode, Suspense, useState } from "react";
import { later } from "./later";
import { useFocusBack } from "./useFocusBack";

const DialogFrame = later(() => import("./DialogFrame"));

export interface DialogProps {
  title: string;
  isOpen: boolean;
  onClose(): void;
  children: ReactNode;
  /** What to do with it, at the lower end. */
  actions?: ReactNode;
  /** `sheet`: at the right edge, over the full height; on a phone from below. */
  shape?: "box" | "wide" | "sheet";
  /** It can't be put away without an answer. */
  mustAnswer?: boolean;
}

/** Something above the page that has the keyboard until it is closed; Esc closes it. */
export function Dialog(props: DialogProps) {
  // It stays after it was open once, so that it is seen to close.
  const [wasOpen, setWasOpen] = useState(props.isOpen);
  if (props.isOpen && !wasOpen) setWasOpen(true);
  useFocusBack(props.isOpen);
  if (!wasOpen) return null;
  return (
    <Suspense>
      <DialogFrame {...props} />
    </Suspense>
  );
}
