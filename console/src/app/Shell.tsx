import { CircleUser, Keyboard, Languages, LogOut, SunMoon } from "lucide-react";
import { Fragment, type ReactNode, useEffect, useState } from "react";
import { NavLink, useNavigate } from "react-router";
import { useLiveState } from "../api/live";
import { leave, useWho } from "../api/session";
import { Button } from "../kit/Button";
import { Menu } from "../kit/Menu";
import { listenToKeys, useShortcut } from "../kit/shortcuts";
import { Toasts } from "../kit/toast";
import { shell } from "../text/shell";
import { setLanguage, useLanguage, useText } from "../text/words";
import { AREAS, type PageRoute } from "./areas";
import { Dock } from "./Dock";
import styles from "./Shell.module.css";
import { ShortcutList } from "./ShortcutList";
import { setTheme, THEMES, useTheme } from "./theme";

/** Navigation around the page that is open. */
export function Shell({ children }: { children: ReactNode }) {
  const t = useText(shell);
  const who = useWho();
  const areas = AREAS.map((area) => ({
    area,
    links: area.routes.filter((route) => route.link !== undefined && route.isFor(who)),
  })).filter(({ links }) => links.length > 0);
  const atThumb = areas
    .flatMap(({ links }) => links.filter((route) => route.link?.onPhone))
    .slice(0, 4);
  useEffect(() => listenToKeys(document), []);
  return (
    <div className={styles.shell}>
      <a className={styles.skip} href="#content">
        {t("skip")}
      </a>
      <nav className={styles.side} aria-label={t("navigation")}>
        <div className={styles.brand}>
          <img src="/icon.svg" alt="" width={28} height={28} />
          voicegw
        </div>
        <div className={styles.links}>
          {areas.map(({ area, links }) => (
            <Fragment key={area.name}>
              {areas.length > 1 && <h2 className={styles.heading}>{area.title()}</h2>}
              {links.map((route) => (
                <SideLink key={route.path} route={route} />
              ))}
            </Fragment>
          ))}
        </div>
        <Account />
      </nav>
      <div className={styles.column}>
        <main id="content" tabIndex={-1} className={styles.main}>
          <Offline />
          {children}
        </main>
        <Dock />
      </div>
      <nav className={styles.thumb} aria-label={t("navigation")}>
        {atThumb.map((route) => (
          <SideLink key={route.path} route={route} />
        ))}
        <Account />
      </nav>
      <Toasts />
    </div>
  );
}

function SideLink({ route: { path, link } }: { route: PageRoute }) {
  const navigate = useNavigate();
  const text = link?.text() ?? "";
  useShortcut(`g ${link?.key ?? ""}`, text, () => navigate(`/${path}`), link?.key !== undefined);
  if (link === undefined) return null;
  const Icon = link.icon;
  return (
    <NavLink to={`/${path}`} className={styles.link}>
      <Icon size={18} aria-hidden />
      <span>{text}</span>
    </NavLink>
  );
}

function Account() {
  const t = useText(shell);
  const who = useWho();
  const language = useLanguage();
  const theme = useTheme();
  const navigate = useNavigate();
  const [showsKeys, setShowsKeys] = useState(false);
  const nextTheme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "auto";
  const themeText = { auto: t("themeAuto"), light: t("themeLight"), dark: t("themeDark") }[theme];
  useShortcut("?", t("shortcuts"), () => setShowsKeys(true));
  return (
    <div className={styles.account}>
      <Menu
        label={t("account")}
        trigger={
          <Button icon={CircleUser} look="quiet">
            {who.name ?? who.login ?? t("account")}
          </Button>
        }
        entries={[
          {
            id: "account",
            text: t("account"),
            icon: CircleUser,
            run: () => void navigate("/account"),
          },
          {
            id: "theme",
            text: `${t("theme")}: ${themeText}`,
            icon: SunMoon,
            run: () => setTheme(nextTheme),
          },
          {
            id: "language",
            text: t("language"),
            icon: Languages,
            run: () => setLanguage(language === "zh" ? "en" : "zh"),
          },
          {
            id: "keys",
            text: t("shortcuts"),
            icon: Keyboard,
            hint: "?",
            run: () => setShowsKeys(true),
          },
          {
            id: "out",
            text: t("logOut"),
            icon: LogOut,
            run: leave,
          },
        ]}
      />
      <ShortcutList isOpen={showsKeys} onClose={() => setShowsKeys(false)} />
    </div>
  );
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
