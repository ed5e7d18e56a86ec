import { useMutation, useQueryClient } from "@tanstack/react-query";
import { FolderLock, Lock, LockOpen, MoreHorizontal, RefreshCw, ScanSearch } from "lucide-react";
import { useState } from "react";
import { api, dataOf } from "../../../api/client";
import { problemFrom } from "../../../api/problem";
import { useMay } from "../../../api/session";
import { Button } from "../../../kit/Button";
import { Menu, type MenuEntry } from "../../../kit/Menu";
import { Badge } from "../../../kit/States";
import { toast } from "../../../kit/toast";
import { useProblemText } from "../../../kit/useProblemText";
import { reviewText } from "../../../text/review";
import { useText } from "../../../text/words";
import { keys, type Recording } from "../queries";
import { DossierDialog } from "./DossierDialog";
import { HoldDialog } from "./HoldDialog";

/** What can be done to the recording as a whole. */
export function RecordingActions({ recording }: { recording: Recording }) {
  const t = useText(reviewText);
  const problemText = useProblemText();
  const queries = useQueryClient();
  const mayHold = useMay("recordings.hold");
  const mayWrite = useMay("quality.write");
  const mayExport = useMay("recordings.export");
  const [holds, setHolds] = useState(false);
  const [proves, setProves] = useState(false);
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
  if (mayExport) {
    entries.push({
      id: "dossier",
      text: t("dossier"),
      icon: FolderLock,
      run: () => setProves(true),
    });
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
      {proves && <DossierDialog recording={recording} onClose={() => setProves(false)} />}
    </>
  );
}
