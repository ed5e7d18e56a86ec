import { type ReactNode, Suspense, useEffect, useState } from "react";
import { useNavigate } from "react-router";
import { useLiveState } from "../api/live";
import { useWho } from "../api/session";
import { later, useReadAhead } from "../kit/later";
import { listenToKeys, useShortcut } from "../kit/shortcuts";
import { Toasts } from "../kit/toast";
import { useIsPhone } from "../kit/useMedia";
import { shell } from "../text/shell";
import { useText } from "../text/words";
import { useOwnEntries } from "./AccountMenu";
import { addressOf, linksOf, type PageRoute } from "./areas";
import { Dock } from "./Dock";
import { SideBar, ThumbBar } from "./Navigation";
import styles from "./Shell.module.css";
import { ShortcutList } from "./ShortcutList";

const Palette = later(() => import("./palette/Palette"));

/** Navigation around the page that is open, and what is open above every page. */
export function Shell({ children }: { children: ReactNode }) {
  const t = useText(shell);
  const isPhone = useIsPhone();
  const [open, setOpen] = useState<"keys" | "search" | null>(null);
  const entries = useOwnEntries(() => setOpen("keys"));
  const search = (): void => setOpen("search");
  const close = (): void => setOpen(null);
  useShortcut("mod+k", t("search"), search);
  useShortcut("?", t("shortcuts"), () => setOpen("keys"));
  useEffect(() => listenToKeys(document), []);
  useReadAhead();
  return (
    <div className={styles.shell}>
      <a className={styles.skip} href="#content">
        {t("skip")}
      </a>
      {!isPhone && <SideBar entries={entries} onSearch={search} />}
      <div className={styles.column}>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by arrow keys, too */}
        <main id="content" tabIndex={0} className={styles.main}>
          <Offline />
          {children}
        </main>
        <Dock />
      </div>
      {isPhone && <ThumbBar entries={entries} onSearch={search} />}
      <NavigationKeys />
      <ShortcutList isOpen={open === "keys"} onClose={close} />
      <Suspense>{open === "search" && <Palette entries={entries} onClose={close} />}</Suspense>
      <Toasts />
    </div>
  );
}

/** `g` and a letter go to the pages that have one, whether their links are in sight or not. */
function NavigationKeys() {
  return linksOf(useWho()).map(({ links }) =>
    links.map((route) => <NavigationKey key={route.path} route={route} />),
  );
}

function NavigationKey({ route }: { route: PageRoute }) {
  const navigate = useNavigate();
  const { key, text } = route.link ?? {};
  const go = (): void => void navigate(addressOf(route));
  useShortcut(`g ${key ?? ""}`, text?.() ?? "", go, key !== undefined);
  return null;
}

function Offline() {
  const t = useText(shell);
  const state = useLiveState();
  if (state !== "waiting") return null;
  return (
    <div className={styles.offline} role="status">
      {t("offline")}
    </div>
  );
}
