import { Ban, CircleCheck, UserRoundCheck } from "lucide-react";
import { useState } from "react";
import { useNavigate } from "react-router";
import type { Schema } from "../../../api/client";
import { useMay, useWho } from "../../../api/session";
import { isPageFor } from "../../../app/areas";
import { Button } from "../../../kit/Button";
import { triggerText } from "../../../text/triggers";
import { useText } from "../../../text/words";
import { CallOffDialog } from "./CallOffDialog";
import { CloseDialog } from "./CloseDialog";

/** What whoever may assign does with an open matter: give it to another, call it off, close it. */
export function MatterActions({ task, zone }: { task: Schema<"TaskView">; zone: string }) {
  const t = useText(triggerText);
  const navigate = useNavigate();
  const who = useWho();
  const mayClose = useMay("tasks.work");
  const [asks, setAsks] = useState<"close" | "callOff" | null>(null);
  const put = (): void => setAsks(null);
  const handOn = (): void => {
    const list = new URLSearchParams({ which: "all" });
    if (task.group_id !== null) list.set("group", task.group_id);
    void navigate(`/assign?${list}`, { state: { taskIds: [task.id] } });
  };
  return (
    <>
      <Button look="quiet" icon={Ban} onPress={() => setAsks("callOff")}>
        {t("callOff")}
      </Button>
      {isPageFor(who, "/assign") && (
        <Button icon={UserRoundCheck} onPress={handOn}>
          {t("handOn")}
        </Button>
      )}
      {mayClose && (
        <Button look="primary" icon={CircleCheck} onPress={() => setAsks("close")}>
          {t("close")}
        </Button>
      )}
      {asks === "callOff" && <CallOffDialog taskId={task.id} onClose={put} />}
      {asks === "close" && <CloseDialog task={task} zone={zone} onClose={put} />}
    </>
  );
}
