import { useManagers } from "../../../api/directory";
import { Card } from "../../../kit/Card";
import { useFormat } from "../../../kit/format";
import { Masked } from "../../../kit/Masked";
import { callCodes } from "../../../text/calls";
import { countyText } from "../../../text/county";
import { isWord, useText } from "../../../text/words";
import type { Call } from "../board/live-calls";
import styles from "./calls.module.css";

/** Each telephone of a call, in the order in which they came in. */
export function Legs({ call, zone }: { call: Call; zone: string }) {
  const t = useText(countyText);
  const code = useText(callCodes);
  const format = useFormat(zone);
  const { nameOf } = useManagers();
  const say = (value: string | null): string =>
    value === null ? "–" : isWord(callCodes, value) ? code(value) : value;
  return (
    <Card title={t("legs")} isFlush>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by keys too */}
      <section className={styles.scroll} aria-label={t("legs")} tabIndex={0}>
        <table className={styles.legs}>
          <thead>
            <tr>
              <th scope="col">{t("whose")}</th>
              <th scope="col">{t("number")}</th>
              <th scope="col">{t("rangAt")}</th>
              <th scope="col">{t("answeredAt")}</th>
              <th scope="col">{t("result")}</th>
              <th scope="col">{t("trunk")}</th>
              <th scope="col">{t("mos")}</th>
            </tr>
          </thead>
          <tbody>
            {call.legs.map((leg) => (
              <tr key={leg.id}>
                <td>{leg.role === "manager" ? nameOf(leg.manager_id) : t("customer")}</td>
                <td>
                  <Masked number={leg.number} masked={leg.masked} />
                </td>
                <td>{format.time(leg.ringing_at ?? leg.started_at)}</td>
                <td>{format.time(leg.answered_at)}</td>
                <td>
                  {say(leg.result)}
                  {leg.reason !== null && ` · ${say(leg.reason)}`}
                  {leg.sip_code !== null && leg.result !== "answered" && ` (${leg.sip_code})`}
                </td>
                <td>{leg.trunk ?? "–"}</td>
                <td>{format.number(leg.quality.mos, 1)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </Card>
  );
}
