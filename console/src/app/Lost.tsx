import { Compass, ShieldAlert } from "lucide-react";
import { useNavigate } from "react-router";
import { Button } from "../kit/Button";
import { Empty } from "../kit/States";
import { common } from "../text/common";
import { shell } from "../text/shell";
import { useText } from "../text/words";

/** No such page, or none for whoever is logged in. */
export function NoPage() {
  const t = useText(shell);
  const navigate = useNavigate();
  return (
    <Empty
      isPage
      icon={Compass}
      title={t("noPage")}
      action={<Button onPress={() => void navigate("/")}>{t("home")}</Button>}
    >
      {t("noPageDetail")}
    </Empty>
  );
}

/** The page failed to be drawn or loaded. */
export function Broken() {
  const t = useText(shell);
  const c = useText(common);
  return (
    <Empty
      isPage
      icon={ShieldAlert}
      title={t("broken")}
      action={<Button onPress={() => location.reload()}>{c("reload")}</Button>}
    >
      {t("brokenDetail")}
    </Empty>
  );
}
