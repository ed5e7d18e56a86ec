import { Link } from "react-router";
import { useMay } from "../../../api/session";
import { Card } from "../../../kit/Card";
import { callCodes } from "../../../text/calls";
import { countyText } from "../../../text/county";
import { isWord, useText } from "../../../text/words";
import type { Call } from "../board/live-calls";
import styles from "./calls.module.css";

/** The sound of a call, to be heard here; with transcript and findings on its own page. */
export function Recordings({ call }: { call: Call }) {
  const t = useText(countyText);
  const code = useText(callCodes);
  const mayListen = useMay("recordings.read");
  if (!mayListen || call.recordings.length === 0) return null;
  return (
    <Card title={t("recording")}>
      {call.recordings.map(({ id, kind, status }) => (
        <div key={id} className={styles.recording}>
          <span>
            {isWord(callCodes, kind) && code(kind)}
            {status !== "completed" && ` · ${isWord(callCodes, status) ? code(status) : status}`}
          </span>
          {status === "completed" && (
            <>
              {/* biome-ignore lint/a11y/useMediaCaption: its transcript is on the recording's page */}
              <audio
                controls
                preload="none"
                src={`/v1/recordings/${id}/audio?format=mp3`}
                aria-label={t("recording")}
              />
              <Link to={`/recordings/${id}`}>{t("openRecording")}</Link>
            </>
          )}
        </div>
      ))}
    </Card>
  );
}
