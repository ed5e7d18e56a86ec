import { X } from "lucide-react";
import { useEffect, useSyncExternalStore } from "react";
import { common } from "../text/common";
import { useText } from "../text/words";
import { Button } from "./Button";
import styles from "./toast.module.css";

export interface Toast {
  text: string;
  tone?: "good" | "bad";
  /** How to take it back, or go there. */
  action?: { text: string; run(): void };
  /** It stays until it is closed, as those of tone `bad` do. */
  isKept?: boolean;
}

interface Shown extends Toast {
  id: number;
}

const SHOWN_MS = 6_000;
let shown: readonly Shown[] = [];
let lastId = 0;
const watchers = new Set<() => void>();

function become(next: readonly Shown[]): void {
  shown = next;
  for (const watcher of watchers) watcher();
}

function close(id: number): void {
  become(shown.filter((one) => one.id !== id));
}

/** Say briefly what happened; for what needs an answer use a dialog, for a form's fault its note. */
export function toast(what: Toast): void {
  lastId += 1;
  become([...shown.slice(-2), { ...what, id: lastId }]);
}

function subscribe(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

/** Where they are shown; once, in the shell. */
export function Toasts() {
  const all = useSyncExternalStore(subscribe, () => shown);
  return (
    // In the top layer, or an open dialog would hide them from those who hear the page.
    <div
      className={styles.region}
      role="status"
      aria-live="polite"
      data-react-aria-top-layer="true"
    >
      {all.map((one) => (
        <Item key={one.id} toast={one} />
      ))}
    </div>
  );
}

function Item({
  toast: { id, text, tone = "good", action, isKept: stays = false },
}: {
  toast: Shown;
}) {
  const t = useText(common);
  const isKept = stays || tone === "bad";
  useEffect(() => {
    if (isKept) return undefined;
    const timer = setTimeout(() => close(id), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [id, isKept]);
  return (
    <div className={`${styles.toast} ${styles[tone]}`}>
      <span>{text}</span>
      {action !== undefined && (
        <Button
          look="quiet"
          onPress={() => {
            action.run();
            close(id);
          }}
        >
          {action.text}
        </Button>
      )}
      <Button icon={X} iconOnly look="quiet" onPress={() => close(id)}>
        {t("close")}
      </Button>
    </div>
  );
}
