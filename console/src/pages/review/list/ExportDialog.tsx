import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, dataOf, type Schema } from "../../../api/client";
import { Button } from "../../../kit/Button";
import { Dialog } from "../../../kit/Dialog";
import { Checkbox, TextField } from "../../../kit/Field";
import { ProblemNote } from "../../../kit/States";
import { useProblem } from "../../../kit/useProblem";
import { useRequestKey } from "../../../kit/useRequestKey";
import { common } from "../../../text/common";
import { listText } from "../../../text/reviewList";
import { useText } from "../../../text/words";
import { Archive } from "./Archive";
import styles from "./List.module.css";

type Content = Schema<"ExportContent">;

const CONTENTS: readonly Content[] = ["master", "listening", "transcript", "findings"];

/** Put recordings into an archive, see how far it is, and fetch it. */
export function ExportDialog({ ids, onClose }: { ids: readonly string[]; onClose(): void }) {
  const t = useText(listText);
  const c = useText(common);
  const [why, setWhy] = useState("");
  const [contents, setContents] = useState<readonly Content[]>([
    "master",
    "transcript",
    "findings",
  ]);
  const [redacted, setRedacted] = useState(false);
  const request = useRequestKey();
  const begin = useMutation({
    mutationFn: () =>
      dataOf(
        api.POST("/v1/recordings/export", {
          params: { header: request.header },
          body: { filters: { ids: [...ids] }, contents: [...contents], redacted, why },
        }),
      ),
  });
  const { problem, errorOf } = useProblem(begin.error, ["why"]);
  return (
    <Dialog
      title={t("exportTitle")}
      isOpen
      onClose={onClose}
      actions={
        begin.data === undefined && (
          <>
            <Button onPress={onClose}>{c("cancel")}</Button>
            <Button
              look="primary"
              isPending={begin.isPending}
              isDisabled={why.trim() === "" || contents.length === 0}
              onPress={() => begin.mutate()}
            >
              {t("exportBegin")}
            </Button>
          </>
        )
      }
    >
      {begin.data !== undefined ? (
        <Archive started={begin.data} />
      ) : (
        <div className={styles.form}>
          <p>{t("exportDetail")}</p>
          <fieldset className={styles.checks}>
            <legend>{t("contents")}</legend>
            {CONTENTS.map((content) => (
              <Checkbox
                key={content}
                label={t(content === "findings" ? "findings-file" : content)}
                isSelected={contents.includes(content)}
                onChange={(on) =>
                  setContents(
                    CONTENTS.filter((one) => (one === content ? on : contents.includes(one))),
                  )
                }
              />
            ))}
          </fieldset>
          <Checkbox label={t("onlyRedacted")} isSelected={redacted} onChange={setRedacted} />
          <TextField
            label={t("why")}
            value={why}
            onChange={setWhy}
            error={errorOf("why")}
            isRequired
          />
          <ProblemNote problem={problem} />
        </div>
      )}
    </Dialog>
  );
}
