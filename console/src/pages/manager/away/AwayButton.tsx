import { DoorOpen } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { Button } from "../../../kit/Button";
import { awayText } from "../../../text/away";
import { useText } from "../../../text/words";
import { useAway, useComeBack } from "./useAway";

const GoAwayDialog = lazy(() => import("./GoAwayDialog"));

/**
 * Begins to say that one is away, and while one is, says that one is back: the same button, so that
 * the keyboard stays on it. Nothing for who may not say it.
 */
export function AwayButton({ now }: { now: Date }) {
  const t = useText(awayText);
  const away = useAway(now);
  const comeBack = useComeBack();
  const [isOpen, setIsOpen] = useState(false);
  if (away === undefined) return null;
  const { isAway } = away;
  return (
    <>
      <Button
        icon={DoorOpen}
        look={isAway ? "primary" : "plain"}
        isPending={comeBack.isPending}
        onPress={() => (isAway ? comeBack.mutate() : setIsOpen(true))}
      >
        {t(isAway ? "back" : "goAway")}
      </Button>
      {isOpen && (
        <Suspense>
          <GoAwayDialog onClose={() => setIsOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
