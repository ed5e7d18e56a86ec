import { Ellipsis, Search } from "lucide-react";
import { Fragment, useEffect, useRef, useState } from "react";
import { Button as AriaButton } from "react-aria-components";
import { Link, NavLink, useLocation } from "react-router";
import { useWho } from "../api/session";
import { Button } from "../kit/Button";
import { Dialog } from "../kit/Dialog";
import { Kbd } from "../kit/Kbd";
import type { MenuEntry } from "../kit/Menu";
import { shell } from "../text/shell";
import { useText } from "../text/words";
import { AccountMenu } from "./AccountMenu";
import { addressOf, linksOf, type PageRoute } from "./areas";
import styles from "./Navigation.module.css";

interface NavigationProps {
  /** What everybody can do: see `useOwnEntries`. */
  entries: readonly MenuEntry[];
  onSearch(): void;
}

/** At the left of a desktop. */
export function SideBar({ entries, onSearch }: NavigationProps) {
  const t = useText(shell);
  const links = useRef<HTMLDivElement>(null);
  const { pathname } = useLocation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page is open
  useEffect(() => {
    links.current?.querySelector("[aria-current=page]")?.scrollIntoView({ block: "nearest" });
  }, [pathname]);
  return (
    <nav className={styles.side} aria-label={t("navigation")}>
      <Link to="/" className={styles.brand}>
        <img src="/icon.svg" alt="" width={28} height={28} />
        voicegw
      </Link>
      <AriaButton className={styles.search} onPress={onSearch}>
        <Search size={16} aria-hidden />
        <span>{t("search")}</span>
        <Kbd keys="mod+k" />
      </AriaButton>
      <div ref={links} className={styles.links}>
        <AllLinks />
      </div>
      <div className={styles.account}>
        <AccountMenu entries={entries} />
      </div>
    </nav>
  );
}

const AT_THUMB = 4;

/** At the lower end of a phone: the pages that are used most, and the way to all others. */
export function ThumbBar({ entries, onSearch }: NavigationProps) {
  const t = useText(shell);
  const who = useWho();
  const [isOpen, setIsOpen] = useState(false);
  const close = (): void => setIsOpen(false);
  const atThumb = linksOf(who)
    .flatMap(({ links }) => links.filter((route) => route.link?.onPhone))
    .slice(0, AT_THUMB);
  return (
    <nav className={styles.thumb} aria-label={t("navigation")}>
      {atThumb.map((route) => (
        <PageLinkTo key={route.path} route={route} />
      ))}
      <AriaButton className={styles.link} onPress={() => setIsOpen(true)}>
        <Ellipsis size={18} aria-hidden />
        <span>{t("more")}</span>
      </AriaButton>
      <Dialog title={who.name ?? who.login ?? ""} shape="sheet" isOpen={isOpen} onClose={close}>
        <div className={styles.more}>
          <Button
            icon={Search}
            onPress={() => {
              close();
              onSearch();
            }}
          >
            {t("search")}
          </Button>
          <AllLinks onFollow={close} />
          <h3 className={styles.heading}>{t("account")}</h3>
          {entries
            .filter(({ hint }) => hint === undefined) // keys are for keyboards
            .map(({ id, text, icon: Icon, run }) => (
              <AriaButton
                key={id}
                className={styles.link}
                onPress={() => {
                  if (id === "account") close();
                  run();
                }}
              >
                {Icon && <Icon size={18} aria-hidden />}
                <span>{text}</span>
              </AriaButton>
            ))}
        </div>
      </Dialog>
    </nav>
  );
}

function AllLinks({ onFollow }: { onFollow?: () => void }) {
  const areas = linksOf(useWho());
  return areas.map(({ area, links }) => (
    <Fragment key={area.name}>
      {areas.length > 1 && <h2 className={styles.heading}>{area.title()}</h2>}
      {links.map((route) => (
        <PageLinkTo key={route.path} route={route} {...(onFollow ? { onFollow } : {})} />
      ))}
    </Fragment>
  ));
}

function PageLinkTo({ route, onFollow }: { route: PageRoute; onFollow?: () => void }) {
  const { link } = route;
  if (link === undefined) return null;
  const Icon = link.icon;
  return (
    <NavLink to={addressOf(route)} className={styles.link} onClick={onFollow}>
      <Icon size={18} aria-hidden />
      <span>{link.text()}</span>
    </NavLink>
  );
}
