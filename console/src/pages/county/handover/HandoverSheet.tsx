import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import { useManagers } from "../../../api/directory";
import { problemFrom } from "../../../api/problem";
import { useMay } from "../../../api/session";
import { Button } from "../../../kit/Button";
import { Facts } from "../../../kit/Card";
import { Confirm } from "../../../kit/Confirm";
import { useFormat } from "../../../kit/format";
import { Progress } from "../../../kit/Progress";
import { RouteSheet } from "../../../kit/RouteSheet";
import { Badge, Failed, Skeleton } from "../../../kit/States";
import { toast } from "../../../kit/toast";
import { handoverText } from "../../../text/handover";
import { useText } from "../../../text/words";
import {
  callOff,
  customersOf,
  type Handover,
  isCancellable,
  keys,
  TONES,
  useHandover,
} from "./handover";
import styles from "./handover.module.css";
import { Shares } from "./Shares";

/** One handover: how far it is, who gets how many, what stays; it can be called off before it switches. */
export function HandoverSheet({ id }: { id: string | undefined }) {
  const t = useText(handoverText);
  const { data, error } = useHandover(id);
  const problem = problemFrom(error);
  return (
    <RouteSheet title={t("title")} isOpen={id !== undefined} backTo="/handovers">
      {problem !== null && <Failed problem={problem} />}
      {data === undefined && problem === null && <Skeleton rows={6} />}
      {data !== undefined && <Told handover={data} />}
    </RouteSheet>
  );
}

function Told({ handover }: { handover: Handover }) {
  const t = useText(handoverText);
  const format = useFormat();
  const may = useMay("handover");
  const client = useQueryClient();
  const navigate = useNavigate();
  const { nameOf } = useManagers();
  const [asks, setAsks] = useState(false);
  const customers = customersOf(handover);
  const cancel = async (): Promise<void> => {
    client.setQueryData(keys.one(handover.id), await callOff(handover.id));
    void client.invalidateQueries({ queryKey: keys.list });
    toast({ text: t("cancelled") });
    // Back to the list: the button that had the focus is no more.
    void navigate("/handovers");
  };
  return (
    <div className={styles.told}>
      <Facts
        facts={[
          { label: t("from"), value: nameOf(handover.from_manager_id) },
          {
            label: t("state"),
            value: <Badge tone={TONES[handover.state]}>{t(handover.state)}</Badge>,
          },
          { label: t("kind"), value: t(handover.kind) },
          { label: t("why"), value: handover.why || "–" },
          { label: t("createdAt"), value: format.dateTime(handover.created_at) },
          ...(handover.at === null
            ? []
            : [{ label: t("moment"), value: format.dateTime(handover.at) }]),
          ...(handover.finished_at === null
            ? []
            : [{ label: t("finishedAt"), value: format.dateTime(handover.finished_at) }]),
        ]}
      />
      {handover.state !== "canceled" && handover.state !== "failed" && (
        <Progress
          label={t("progress")}
          value={handover.state === "staging" ? undefined : handover.moved}
          max={customers}
          tone={handover.state === "done" ? "good" : "accent"}
        />
      )}
      <Shares shares={handover.shares} left={handover.left_out} />
      {may && isCancellable(handover) && (
        <div>
          <Button look="danger" onPress={() => setAsks(true)}>
            {t("cancel")}
          </Button>
        </div>
      )}
      <Confirm
        title={t("cancelTitle")}
        action={t("cancel")}
        isOpen={asks}
        onClose={() => setAsks(false)}
        onConfirm={cancel}
      >
        <p>{t("cancelDetail")}</p>
      </Confirm>
    </div>
  );
}
