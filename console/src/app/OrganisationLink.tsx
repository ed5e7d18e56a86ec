import { useQuery } from "@tanstack/react-query";
import { loginMethodsQuery } from "../api/session";
import { shell } from "../text/shell";
import { useText } from "../text/words";
import styles from "./LogIn.module.css";

/**
 * Leads to the provider that vouches for people, where this node has one. `inNewTab` leaves the
 * page with what was typed on it where it is.
 */
export function OrganisationLink({ inNewTab = false }: { inNewTab?: boolean }) {
  const t = useText(shell);
  const { data: methods } = useQuery(loginMethodsQuery);
  if (!methods?.includes("oidc")) return null;
  return (
    <a
      className={styles.organisation}
      href="/v1/session/oidc"
      {...(inNewTab ? { target: "_blank", rel: "noreferrer" } : {})}
    >
      {t("oidc")}
    </a>
  );
}
