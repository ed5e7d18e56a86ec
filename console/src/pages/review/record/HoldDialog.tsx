import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, dataOf } from "../../../api/client";
import { Button } from "../../../kit/Button";
import { Dialog } from "../../../kit/Dialog";
import { TextField } from "../../../kit/Field";
import { ProblemNote } from "../../../kit/States";
import { useProblem } from "../../../kit/useProblem";
import { common } from "../../../text/common";
import { reviewText } from "../../../text/review";
import { useText } from "../../../text/words";
import { keys, type Recording } from "../queries";
import styles from "./Record.module.css";

/** Keep a recording from being deleted, and say why. */
export function HoldDialog({ recording, onClose }: { recording: Recording; onClose(): void }) {
  const t = useText(reviewText);
  const c = useText(common);
  const queries = useQueryClient();
  const [why, setWhy] = useState("");
  const hold = useMutation({
    mutationFn: () =>
      dataOf(
        api.PUT("/v1/recordings/{recording_id}/hold", {
          params: { path: { recording_id: recording.id } },
          body: { why },
        }),
      ),
    onSuccess: (changed) => {
      queries.setQueryData(keys.recording(recording.id), changed);
      onClose();
    },
  });
  const { problem, errorOf } = useProblem(hold.error, ["why"]);
  return (
    <Dialog
      title={t("holdIt")}
      isOpen
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>{c("cancel")}</Button>
          <Button
            look="primary"
            isPending={hold.isPending}
            isDisabled={why.trim() === ""}
            onPress={() => hold.mutate()}
          >
            {t("holdIt")}
          </Button>
        </>
      }
    >
      <div className={styles.panel}>
        <p>{t("holdDetail")}</p>
        <TextField
          label={t("why")}
          value={why}
          onChange={setWhy}
          error={errorOf("why")}
          isRequired
          autoFocus
        />
        <ProblemNote problem={problem} />
      </div>
    </Dialog>
  );
}
