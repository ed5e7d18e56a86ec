import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Lock, LockOpen, MoreHorizontal, RefreshCw, ScanSearch } from "lucide-react";
import { useState } from "react";
import { api, dataOf } from "../../../api/client";
import { problemFrom } from "../../../api/problem";
import { useMay } from "../../../api/session";
import { Button } from "../../../kit/Button";
import { Dialog } from "../../../kit/Dialog";
import { TextField } from "../../../kit/Field";
import { Menu, type MenuEntry } from "../../../kit/Menu";
import { Badge, ProblemNote } from "../../../kit/States";
import { toast } from "../../../kit/toast";
import { useProblem, useProblemText } from "../../../kit/useProblem";
import { common } from "../../../text/common";
import { reviewText } from "../../../text/review";
import { useText } from "../../../text/words";
import { keys, type Recording } from "../queries";
import styles from "./Record.module.css";

/** What can be done to the recording as a whole. */
export function RecordingActions({ recording }: { recording: Recording }) {
  const t = useText(reviewText);
  const problemText = useProblemText();
  const queries = useQueryClient();
  const mayHold = useMay("recordings.hold");
  const mayWrite = useMay("quality.write");
  const [holds, setHolds] = useState(false);
  const params = { path: { recording_id: recording.id } };
  const tell = (error: unknown): void => {
    const problem = problemFrom(error);
    if (problem !== null) toast({ text: problemText(problem), tone: "bad" });
  };
  const release = useMutation({
    mutationFn: () => dataOf(api.DELETE("/v1/recordings/{recording_id}/hold", { params })),
    onSuccess: (changed) => {
      queries.setQueryData(keys.recording(recording.id), changed);
      toast({ text: t("released") });
    },
    onError: tell,
  });
  const again = useMutation({
    mutationFn: (what: "check" | "transcribe") =>
      what === "check"
        ? api.POST("/v1/recordings/{recording_id}/check", { params })
        : api.POST("/v1/recordings/{recording_id}/transcribe", { params }),
    onSuccess: () => toast({ text: t("willBeDone") }),
    onError: tell,
  });
  const entries: MenuEntry[] = [];
  if (mayHold && recording.hold === null) {
    entries.push({ id: "hold", text: t("holdIt"), icon: Lock, run: () => setHolds(true) });
  }
  if (mayHold && recording.hold !== null) {
    entries.push({ id: "release", text: t("releaseIt"), icon: LockOpen, run: release.mutate });
  }
  if (mayWrite && recording.status === "completed") {
    entries.push(
      { id: "check", text: t("checkAgain"), icon: ScanSearch, run: () => again.mutate("check") },
      {
        id: "transcribe",
        text: t("transcribeAgain"),
        icon: RefreshCw,
        run: () => again.mutate("transcribe"),
      },
    );
  }
  return (
    <>
      {recording.hold !== null && <Badge tone="accent">{t("held")}</Badge>}
      {entries.length > 0 && (
        <Menu
          label={t("actions")}
          trigger={
            <Button icon={MoreHorizontal} iconOnly>
              {t("actions")}
            </Button>
          }
          entries={entries}
        />
      )}
      {holds && <HoldDialog recording={recording} onClose={() => setHolds(false)} />}
    </>
  );
}

function HoldDialog({ recording, onClose }: { recording: Recording; onClose(): void }) {
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
