import type { Schema } from "../../../../api/client";
import { useFormat } from "../../../../kit/format";
import { Badge, type Tone } from "../../../../kit/States";
import { systemText } from "../../../../text/system";
import { useText } from "../../../../text/words";
import parts from "../parts/parts.module.css";
import styles from "./trunks.module.css";

type Server = Schema<"ServerView">;

const TONES: Record<Schema<"ServerState">, Tone> = { up: "good", aside: "warn", down: "bad" };

/** The servers that a trunk's name leads to, and how each answers. */
export function Servers({ servers }: { servers: readonly Server[] }) {
  const t = useText(systemText);
  const format = useFormat();
  const rtt = (ms: number | null): string => (ms === null ? "–" : `${format.number(ms, 1)} ms`);
  if (servers.length === 0) return <p className={styles.trouble}>{t("noServer")}</p>;
  return (
    <table className={styles.servers}>
      <thead>
        <tr>
          <th>{t("server")}</th>
          <th>{t("state")}</th>
          <th className={styles.right}>{t("rtt")}</th>
          <th className={styles.right}>{t("heard")}</th>
        </tr>
      </thead>
      <tbody>
        {servers.map((one) => (
          <tr key={addressOf(one)}>
            <td className={parts.mono}>{addressOf(one)}</td>
            <td>
              <Badge tone={TONES[one.state]}>{t(one.state)}</Badge>
            </td>
            <td className={styles.right}>{rtt(one.rtt_ms)}</td>
            <td className={styles.right}>
              {one.heard_at === null ? t("nothingYet") : format.relative(one.heard_at)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function addressOf({ transport, host, port }: Server): string {
  return `${transport}:${host.includes(":") ? `[${host}]` : host}:${port}`;
}
