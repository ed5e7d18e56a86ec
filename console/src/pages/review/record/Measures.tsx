import { useFormat } from "../../../kit/format";
import { reviewText } from "../../../text/review";
import { useText } from "../../../text/words";
import type { Quality } from "../queries";
import styles from "./Record.module.css";

/** Who spoke how much, and how fast; silences. */
export function Measures({ quality: { measures } }: { quality: Quality }) {
  const t = useText(reviewText);
  const format = useFormat();
  const { customer, manager } = measures;
  const rows: [string, string, string][] = [
    [t("talkTime"), format.span(customer.talk_s, 1), format.span(manager.talk_s, 1)],
    [
      t("interruptions"),
      format.number(customer.interruptions),
      format.number(manager.interruptions),
    ],
    [t("ratePerMin"), format.number(customer.rate_per_min), format.number(manager.rate_per_min)],
    [
      t("monologue"),
      format.span(customer.longest_monologue_s, 1),
      format.span(manager.longest_monologue_s, 1),
    ],
  ];
  return (
    <section>
      <h3>{t("measures")}</h3>
      <div className={styles.share} aria-hidden>
        <span style={{ flexGrow: customer.talk_share }} />
        <span style={{ flexGrow: manager.talk_share }} />
      </div>
      <table className={styles.measures}>
        <thead>
          <tr>
            <th scope="col">{t("talkShare")}</th>
            <th scope="col">
              {t("customer")} {format.percent(customer.talk_share)}
            </th>
            <th scope="col">
              {t("manager")} {format.percent(manager.talk_share)}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, ofCustomer, ofManager]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{ofCustomer}</td>
              <td>{ofManager}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className={styles.both}>
        {t("silences", {
          silence: format.span(measures.silence_s, 1),
          longest: format.span(measures.longest_silence_s, 1),
          overlap: format.span(measures.overlap_s, 1),
          hold: format.span(measures.hold_s, 1),
        })}
      </p>
    </section>
  );
}
