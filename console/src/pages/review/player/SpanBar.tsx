import { EyeOff, Repeat, X } from "lucide-react";
import { useState } from "react";
import { useMay } from "../../../api/session";
import { Button } from "../../../kit/Button";
import { useFormat } from "../../../kit/format";
import { common } from "../../../text/common";
import { reviewText } from "../../../text/review";
import { useText } from "../../../text/words";
import type { Recording } from "../queries";
import styles from "./Player.module.css";
import { RedactDialog } from "./RedactDialog";
import type { Span } from "./spans";
import { usePlayback } from "./transport";
import type { Player } from "./usePlayer";

/** What can be done with the span that is selected. */
export function SpanBar({
  recording,
  player: { transport, setSpan, toggleLoop },
  span,
}: {
  recording: Recording;
  player: Player;
  span: Span;
}) {
  const t = useText(reviewText);
  const c = useText(common);
  const format = useFormat();
  const mayRedact = useMay("recordings.redact");
  const isLooping = usePlayback(transport, (playback) => playback.loop !== null);
  const [redacts, setRedacts] = useState(false);
  return (
    <div className={styles.spanBar}>
      <span>
        {t("span", { from: format.clock(span.start_s), until: format.clock(span.end_s) })}{" "}
        <span className={styles.hush}>{format.number(span.end_s - span.start_s, 1)} s</span>
      </span>
      <Button icon={Repeat} look={isLooping ? "primary" : "plain"} hint="L" onPress={toggleLoop}>
        {t("loop")}
      </Button>
      {mayRedact && (
        <Button icon={EyeOff} onPress={() => setRedacts(true)}>
          {t("redact")}
        </Button>
      )}
      <Button icon={X} iconOnly look="quiet" onPress={() => setSpan(null)}>
        {c("close")}
      </Button>
      {redacts && (
        <RedactDialog recording={recording} span={span} onClose={() => setRedacts(false)} />
      )}
    </div>
  );
}
