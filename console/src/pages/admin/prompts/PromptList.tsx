import { useQuery } from "@tanstack/react-query";
import { Pause, Play } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { useMay } from "../../../api/session";
import { Button } from "../../../kit/Button";
import { useFormat } from "../../../kit/format";
import { Badge } from "../../../kit/States";
import { flowsText } from "../../../text/flows";
import { useText } from "../../../text/words";
import { audioUrl, type Prompt, usesQuery } from "./prompts";
import styles from "./prompts.module.css";
import { usePlayed } from "./usePlayed";

/** Prompts of one language, each with its sound. */
export function PromptList({
  prompts,
  onOpen,
  empty,
}: {
  prompts: readonly Prompt[];
  onOpen(prompt: Prompt): void;
  empty: ReactNode;
}) {
  const t = useText(flowsText);
  const format = useFormat();
  const mayWrite = useMay("prompts.write");
  const played = usePlayed();
  const { data: uses } = useQuery(usesQuery);
  if (prompts.length === 0) return empty;
  return (
    <ul className={styles.list}>
      {prompts.map((one) => {
        const url = audioUrl(one);
        const isPlaying = played.url === url;
        return (
          <li key={one.name} className={styles.prompt}>
            <Button
              icon={isPlaying ? Pause : Play}
              iconOnly
              onPress={() => (isPlaying ? played.stop() : played.play(url))}
            >
              {t(isPlaying ? "stop" : "play", { name: one.name })}
            </Button>
            <div className={styles.what}>
              <strong className={styles.name}>{one.name}</strong>
              {one.text !== null && <span className={styles.words}>{one.text}</span>}
            </div>
            <span className={styles.uses}>
              {uses?.get(one.name)?.map((flow) => (
                <Link key={flow} to={`/flows/${flow}`}>
                  {flow}
                </Link>
              ))}
            </span>
            <span className={styles.length}>{format.clock(Math.ceil(one.duration_ms / 1000))}</span>
            <span className={styles.source}>
              <Badge tone={one.source === "store" ? "accent" : "neutral"}>
                {t(`source_${one.source}`)}
              </Badge>
            </span>
            {mayWrite && (
              <Button look="quiet" onPress={() => onOpen(one)}>
                {t("replace")}
              </Button>
            )}
          </li>
        );
      })}
    </ul>
  );
}
