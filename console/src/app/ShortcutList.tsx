import { Dialog } from "../kit/Dialog";
import { Kbd } from "../kit/Kbd";
import { useShortcuts } from "../kit/shortcuts";
import { shell } from "../text/shell";
import { useText } from "../text/words";
import styles from "./ShortcutList.module.css";

/** All keys that do something at the moment. */
export function ShortcutList({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const t = useText(shell);
  const all = useShortcuts();
  const unique = [...new Map(all.map((one) => [one.keys, one])).values()];
  return (
    <Dialog title={t("shortcuts")} isOpen={isOpen} onClose={onClose}>
      <dl className={styles.list}>
        {unique.map(({ keys, text }) => (
          <div key={keys} className={styles.item}>
            <dt>{text}</dt>
            <dd>
              <Kbd keys={keys} />
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
