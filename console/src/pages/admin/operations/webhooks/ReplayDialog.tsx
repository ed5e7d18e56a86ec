import { useState } from "react";
import { api } from "../../../../api/client";
import { Confirm } from "../../../../kit/Confirm";
import { TextField } from "../../../../kit/Field";
import { accessText } from "../../../../text/access";
import { useText } from "../../../../text/words";
import parts from "../parts/parts.module.css";
import { type Hook, momentOf } from "./hook";

export interface ReplayDialogProps {
  hook: Hook;
  isOpen: boolean;
  onClose(): void;
  onDone(): Promise<void>;
}

/** Have the events of a time sent once more. */
export function ReplayDialog({ hook, isOpen, onClose, onDone }: ReplayDialogProps) {
  const t = useText(accessText);
  const [from, setFrom] = useState("");
  const [until, setUntil] = useState("");
  const replay = async (): Promise<void> => {
    await api.POST("/v1/webhooks/{webhook_id}/replay", {
      params: { path: { webhook_id: hook.id } },
      body: { from: momentOf(from), until: momentOf(until) },
    });
    await onDone();
  };
  return (
    <Confirm
      title={t("replayRange")}
      action={t("replay")}
      look="primary"
      isOpen={isOpen}
      onClose={onClose}
      onConfirm={replay}
    >
      <p>{t("replayText")}</p>
      <div className={parts.two}>
        <TextField
          label={t("fromTime")}
          type="datetime-local"
          value={from}
          onChange={setFrom}
          isRequired
        />
        <TextField label={t("untilTime")} type="datetime-local" value={until} onChange={setUntil} />
      </div>
    </Confirm>
  );
}
