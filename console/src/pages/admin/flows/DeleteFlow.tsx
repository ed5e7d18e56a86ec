import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { useState } from "react";
import { useNavigate } from "react-router";
import { Button } from "../../../kit/Button";
import { Confirm } from "../../../kit/Confirm";
import { Dialog } from "../../../kit/Dialog";
import { toast } from "../../../kit/toast";
import { common } from "../../../text/common";
import { flowsText } from "../../../text/flows";
import { useText } from "../../../text/words";
import { hotlinesQuery } from "../hotlines/hotlines";
import { FlowUse } from "./FlowUse";
import { deleteFlow, FLOWS } from "./flows";

/** Takes a flow out of force; while hotlines have it, it says which. */
export function DeleteFlow({
  name,
  tag,
  onGone,
}: {
  name: string;
  tag: string | null;
  /** Forget what was typed of it. */
  onGone(): void;
}) {
  const t = useText(flowsText);
  const c = useText(common);
  const client = useQueryClient();
  const navigate = useNavigate();
  const [isAsked, setIsAsked] = useState(false);
  const { data: hotlines } = useQuery(hotlinesQuery);
  const isUsed = hotlines?.some((one) => one.flow === name) ?? false;
  const close = (): void => setIsAsked(false);
  const remove = async (): Promise<void> => {
    await deleteFlow(name, tag);
    onGone();
    toast({ text: t("flowDeleted") });
    await navigate("/flows");
    client.removeQueries({ queryKey: [...FLOWS, "one", name] });
    await client.invalidateQueries({ queryKey: FLOWS });
  };
  return (
    <>
      <Button icon={Trash2} iconOnly look="quiet" onPress={() => setIsAsked(true)}>
        {t("deleteFlow")}
      </Button>
      {isUsed ? (
        <Dialog
          title={t("deleteFlow")}
          isOpen={isAsked}
          onClose={close}
          actions={<Button onPress={close}>{c("close")}</Button>}
        >
          <p>{t("deleteFlowUsed")}</p>
          <FlowUse name={name} />
        </Dialog>
      ) : (
        <Confirm
          title={t("deleteFlowTitle")}
          action={t("deleteFlow")}
          isOpen={isAsked}
          onClose={close}
          onConfirm={remove}
        >
          <p>
            <strong>{name}</strong>
          </p>
          <p>{t("deleteFlowDetail")}</p>
        </Confirm>
      )}
    </>
  );
}
