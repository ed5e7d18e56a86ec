import { Pause, Play } from "lucide-react";
import { Button } from "../../../kit/Button";
import { useFormat } from "../../../kit/format";
import { Badge } from "../../../kit/States";
import { flowsText } from "../../../text/flows";
import { useText } from "../../../text/words";
import { audioUrl, type Prompt } from "./prompts";
import styles from "./prompts.module.css";
import { usePlayed } from "./usePlayed";

/** What callers hear now, to be listened to before it is replaced and after. */
export function PresentPrompt({ prompt }: { prompt: Prompt }) {
  const t = useText(flowsText);
  const format = useFormat();
  const played = usePlayed();
  const url = audioUrl(prompt);
  const isPlaying = played.url === url;
  return (
    <section className={styles.present} aria-label={t("present")}>
      <Button
        icon={isPlaying ? Pause : Play}
        iconOnly
        onPress={() => (isPlaying ? played.stop() : played.play(url))}
      >
        {t(isPlaying ? "stop" : "play", { name: prompt.name })}
      </Button>
      <div className={styles.presentWords}>
        <span className={styles.length}>
          {t("present")} · {format.clock(Math.ceil(prompt.duration_ms / 1000))}
        </span>
        {prompt.text !== null && prompt.text !== "" && <p>{prompt.text}</p>}
      </div>
      <Badge tone={prompt.source === "store" ? "accent" : "neutral"}>
        {t(`source_${prompt.source}`)}
      </Badge>
    </section>
  );
}
