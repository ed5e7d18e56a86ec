import { useEffect, useRef, useState } from "react";
import { toast } from "../../../kit/toast";
import { flowsText } from "../../../text/flows";
import { useText } from "../../../text/words";

/** One sound at a time: what begins ends what was playing. */
export function usePlayed() {
  const t = useText(flowsText);
  const sound = useRef<HTMLAudioElement>(null);
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => () => sound.current?.pause(), []);
  const stop = (): void => {
    sound.current?.pause();
    setUrl(null);
  };
  const play = (next: string): void => {
    sound.current?.pause();
    const audio = new Audio(next);
    sound.current = audio;
    setUrl(next);
    audio.addEventListener("ended", () => setUrl((now) => (now === next ? null : now)));
    audio.play().catch((error: unknown) => {
      // Stopped by what was played next: no fault.
      if (error instanceof DOMException && error.name === "AbortError") return;
      setUrl(null);
      toast({ text: t("cantPlay"), tone: "bad" });
    });
  };
  return { url, play, stop };
}
