import styles from "./Kbd.module.css";
import type { Keys } from "./shortcuts";

/** Apple's keyboards have other signs, and ⌘ where others have Ctrl. */
const IS_APPLE = /mac|iphone|ipad/i.test(globalThis.navigator?.platform ?? "");
const SIGNS: Readonly<Record<string, string>> = {
  mod: IS_APPLE ? "⌘" : "Ctrl",
  shift: IS_APPLE ? "⇧" : "Shift",
  Enter: "↵",
  Escape: "Esc",
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
  " ": "␣",
};

/** How keys are written: `mod+k` → `Ctrl` `K`; two in turn stand beside each other. */
export function signsOf(keys: Keys): readonly string[] {
  const pressed = keys === " " ? [keys] : keys.split(" ");
  return pressed.flatMap((one) =>
    one.length === 1 ? [signOf(one)] : one.split("+").map((key) => signOf(key)),
  );
}

function signOf(key: string): string {
  return SIGNS[key] ?? (key.length === 1 ? key.toUpperCase() : key);
}

/** A shortcut's keys. Seen only where there is a keyboard: phones leave it out. */
export function Kbd({ keys }: { keys: Keys }) {
  return (
    <span className={styles.keys}>
      {signsOf(keys).map((sign, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the same key may stand there twice
        <kbd key={place} className={styles.key}>
          {sign}
        </kbd>
      ))}
    </span>
  );
}
