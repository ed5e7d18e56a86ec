import { Check, Copy as CopyIcon } from "lucide-react";
import { useEffect, useState } from "react";
import { kit } from "../text/kit";
import { useText } from "../text/words";
import { Button } from "./Button";
import { toast } from "./toast";

const SAID_MS = 2_000;

/** Copies `text`; says so at the button itself. `label` names what is copied. */
export function Copy({
  text,
  label,
  iconOnly = true,
}: {
  text: string;
  label?: string;
  iconOnly?: boolean;
}) {
  const t = useText(kit);
  const [isCopied, setIsCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return undefined;
    const timer = setTimeout(() => setIsCopied(false), SAID_MS);
    return () => clearTimeout(timer);
  }, [isCopied]);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setIsCopied(true);
    } catch {
      // No https, or the browser asks and is told no.
      toast({ text: t("copyFailed"), tone: "bad" });
    }
  };
  return (
    <Button
      icon={isCopied ? Check : CopyIcon}
      iconOnly={iconOnly}
      look={iconOnly ? "quiet" : "plain"}
      onPress={() => void copy()}
    >
      {isCopied ? t("copied") : (label ?? t("copy"))}
    </Button>
  );
}
