import type { Schema } from "../../../../api/client";
import { Card, Facts } from "../../../../kit/Card";
import { useFormat } from "../../../../kit/format";
import { Badge } from "../../../../kit/States";
import { common } from "../../../../text/common";
import { systemText } from "../../../../text/system";
import { useText } from "../../../../text/words";
import parts from "../parts/parts.module.css";
import { Bar } from "../system/Tile";
import { Servers } from "./Servers";
import styles from "./trunks.module.css";

type Trunk = Schema<"TrunkDetailView">;

/** From this share of its places on a trunk is shown as nearly full. */
const NEARLY_FULL = 0.9;

/** One trunk: whether it is up, its servers, how full it is, what became of its calls. */
export function TrunkCard({ trunk }: { trunk: Trunk }) {
  const t = useText(systemText);
  const format = useFormat();
  const rate =
    trunk.calls_per_s > 0
      ? t("perSecond", { rate: format.number(trunk.calls_per_s, 1) })
      : t("unlimited");
  const wait = trunk.wait_s >= 1 ? ` · ${t("rateWait", { span: format.span(trunk.wait_s) })}` : "";
  const asked =
    trunk.options_s > 0 ? t("askedEvery", { span: format.span(trunk.options_s) }) : t("notAsked");
  return (
    <Card title={trunk.name} detail={asked} actions={<States trunk={trunk} />}>
      <div className={parts.stack}>
        {trunk.trouble !== "" && <p className={styles.trouble}>{trunk.trouble}</p>}
        <Places trunk={trunk} />
        <Servers servers={trunk.servers} />
        <Facts
          facts={[
            { label: t("rate"), value: rate + wait },
            { label: t("priority"), value: `${trunk.priority} / ${trunk.weight}` },
            { label: t("presents"), value: trunk.presents === 0 ? t("all") : trunk.presents },
            { label: t("results"), value: <Results results={trunk.results} /> },
            { label: t("lastRefused"), value: <Refused refused={trunk.refused} /> },
          ]}
        />
      </div>
    </Card>
  );
}

function States({ trunk }: { trunk: Trunk }) {
  const t = useText(systemText);
  return (
    <>
      {trunk.registered !== null && (
        <Badge tone={trunk.registered ? "good" : "bad"}>
          {trunk.registered ? t("registered") : t("unregistered")}
        </Badge>
      )}
      <Badge tone={trunk.up ? "good" : "bad"}>{trunk.up ? t("up") : t("down")}</Badge>
    </>
  );
}

function Places({ trunk: { calls, max_calls } }: { trunk: Trunk }) {
  const t = useText(systemText);
  const share = max_calls > 0 ? calls / max_calls : 0;
  return (
    <div className={styles.places}>
      <div className={styles.placesHead}>
        <span>{t("places")}</span>
        <span>
          <strong>{calls}</strong> / {max_calls > 0 ? max_calls : t("unlimited")}
        </span>
      </div>
      {max_calls > 0 && <Bar share={share} label={t("places")} isScarce={share >= NEARLY_FULL} />}
    </div>
  );
}

function Results({ results }: { results: Trunk["results"] }) {
  const t = useText(systemText);
  if (results.length === 0) return <span className={parts.muted}>{t("noResults")}</span>;
  return (
    <span className={styles.chips}>
      {results.map(({ status, count }) => (
        <Badge key={status} tone={toneOf(status)}>
          {status} × {count}
        </Badge>
      ))}
    </span>
  );
}

function Refused({ refused }: { refused: Trunk["refused"] }) {
  const c = useText(common);
  const format = useFormat();
  const [last] = refused;
  if (last === undefined) return <span className={parts.muted}>–</span>;
  return (
    <span>
      {refused.map((one) => one.status).join(c("comma"))}
      <span className={parts.muted}> · {format.relative(last.at)}</span>
    </span>
  );
}

/** Answers of the called party are no trouble of the trunk; silence and 5xx are. */
function toneOf(status: number): "good" | "neutral" | "bad" {
  if (status < 300) return "good";
  return status === 408 || (status >= 500 && status < 600) ? "bad" : "neutral";
}
