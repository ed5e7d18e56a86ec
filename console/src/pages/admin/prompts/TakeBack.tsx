import { RotateCcw } from "lucide-react";
import { useState } from "react";
import { Button } from "../../../kit/Button";
import { Confirm } from "../../../kit/Confirm";
import { toast } from "../../../kit/toast";
import { flowsText } from "../../../text/flows";
import { useText } from "../../../text/words";
import { deletePrompt, type Prompt } from "./prompts";

/** Brings back what a prompt of one's own has replaced. */
export function TakeBack({ prompt, onDone }: { prompt: Prompt; onDone(): Promise<void> }) {
  const t = useText(flowsText);
  const [isAsked, setIsAsked] = useState(false);
  return (
    <>
      <Button icon={RotateCcw} look="quiet" onPress={() => setIsAsked(true)}>
        {t("takeBack")}
      </Button>
      <Confirm
        title={t("takeBackTitle")}
        action={t("takeBack")}
        isOpen={isAsked}
        onClose={() => setIsAsked(false)}
        onConfirm={async () => {
          await deletePrompt(prompt);
          await onDone();
          toast({ text: t("promptTaken") });
        }}
      >
        <p>
          <strong>{prompt.name}</strong>
        </p>
        <p>{t("takeBackDetail")}</p>
      </Confirm>
    </>
  );
}
