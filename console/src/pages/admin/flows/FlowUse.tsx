import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { Skeleton } from "../../../kit/States";
import { flowsText } from "../../../text/flows";
import { useText } from "../../../text/words";
import { hotlinesQuery } from "../hotlines/hotlines";
import styles from "./flows.module.css";

/** Which hotlines have their callers go through a flow. */
export function FlowUse({ name }: { name: string }) {
  const t = useText(flowsText);
  const { data } = useQuery(hotlinesQuery);
  if (data === undefined) return <Skeleton rows={2} />;
  const using = data.filter((one) => one.flow === name);
  if (using.length === 0) return <p className={styles.quiet}>{t("usedByNone")}</p>;
  return (
    <ul className={styles.uses}>
      {using.map((one) => (
        <li key={one.id}>
          <Link to={`/hotlines?edit=${one.id}`}>{one.name || one.number}</Link>{" "}
          <span className={styles.quiet}>{one.number}</span>
        </li>
      ))}
    </ul>
  );
}
