import { CircleUser, Keyboard, Languages, LogOut, SunMoon } from "lucide-react";
import { useNavigate } from "react-router";
import { leave, useWho } from "../api/session";
import { Button } from "../kit/Button";
import { Menu, type MenuEntry } from "../kit/Menu";
import { shell } from "../text/shell";
import { setLanguage, useLanguage, useText } from "../text/words";
import { setTheme, THEMES, useTheme } from "./theme";

/** What everybody can do, whatever page is open. */
export function useOwnEntries(showKeys: () => void): readonly MenuEntry[] {
  const t = useText(shell);
  const language = useLanguage();
  const theme = useTheme();
  const navigate = useNavigate();
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "auto";
  const themeText = { auto: t("themeAuto"), light: t("themeLight"), dark: t("themeDark") }[theme];
  return [
    { id: "account", text: t("account"), icon: CircleUser, run: () => void navigate("/account") },
    {
      id: "theme",
      text: t("themeIs", { theme: themeText }),
      icon: SunMoon,
      run: () => setTheme(next),
    },
    {
      id: "language",
      text: t("language"),
      icon: Languages,
      run: () => setLanguage(language === "zh" ? "en" : "zh"),
    },
    { id: "keys", text: t("shortcuts"), icon: Keyboard, hint: "?", run: showKeys },
    { id: "out", text: t("logOut"), icon: LogOut, run: leave },
  ];
}

/** Who is logged in, and what they can do about it. */
export function AccountMenu({ entries }: { entries: readonly MenuEntry[] }) {
  const t = useText(shell);
  const who = useWho();
  return (
    <Menu
      label={t("account")}
      trigger={
        <Button icon={CircleUser} look="quiet">
          {who.name ?? who.login ?? t("account")}
        </Button>
      }
      entries={entries}
    />
  );
}
