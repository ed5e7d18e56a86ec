import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, dataOf } from "../../../api/client";
import { Button } from "../../../kit/Button";
import { Dialog } from "../../../kit/Dialog";
import type { Option } from "../../../kit/Field";
import { PickManager } from "../../../kit/pick";
import { ProblemNote } from "../../../kit/States";
import { useProblem } from "../../../kit/useProblem";
import { callText } from "../../../text/manager";
import { useText } from "../../../text/words";
import { useManagerId } from "../useMe";
import type { Call } from "./phase";
import { putCall } from "./useCalls";

type How = "consult" | "blind" | "add";

/** To whom the customer is handed on, or who joins. */
export default function HandOnDialog({
  call,
  isOpen,
  onClose,
}: {
  call: Call;
  isOpen: boolean;
  onClose: () => void;
}) {
  const t = useText(callText);
  const client = useQueryClient();
  const me = useManagerId();
  const [to, setTo] = useState<Option<string> | null>(null);
  const order = useMutation({
    mutationFn: (how: How) => handOn(call.id, to?.id ?? null, how),
    onSuccess: (changed) => {
      putCall(client, changed);
      setTo(null);
      onClose();
    },
  });
  const { problem } = useProblem(order.error);
  const button = (how: How, text: string, look: "primary" | "plain" = "plain") => (
    <Button
      look={look}
      isDisabled={to === null}
      isPending={order.isPending && order.variables === how}
      onPress={() => order.mutate(how)}
    >
      {text}
    </Button>
  );
  return (
    <Dialog
      title={t("handOnTitle")}
      isOpen={isOpen}
      onClose={onClose}
      actions={
        <>
          {button("add", t("join"))}
          {button("blind", t("blind"))}
          {button("consult", t("consult"), "primary")}
        </>
      }
    >
      <PickManager
        label={t("colleague")}
        placeholder={t("chooseColleague")}
        help={t("consultHelp")}
        value={to}
        onChange={setTo}
        without={me}
        autoFocus
      />
      <ProblemNote problem={problem} />
    </Dialog>
  );
}

function handOn(callId: string, to: string | null, how: How): Promise<Call> {
  const params = { path: { call_id: callId } };
  if (how === "add") {
    return dataOf(api.POST("/v1/calls/{call_id}/add", { params, body: { manager_id: to } }));
  }
  const body = { manager_id: to, mode: how };
  return dataOf(api.POST("/v1/calls/{call_id}/transfer", { params, body }));
}
