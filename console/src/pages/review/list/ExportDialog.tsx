import { useState } from "react";
import { api, dataOf, type Schema } from "../../../api/client";
import { Checkbox } from "../../../kit/Field";
import { useRequestKey } from "../../../kit/useRequestKey";
import { exportText } from "../../../text/reviewExport";
import { useText } from "../../../text/words";
import { ReasonDialog } from "../ReasonDialog";
import { Archive } from "./Archive";
import styles from "./List.module.css";

type Content = Schema<"ExportContent">;

const CONTENTS: readonly Content[] = ["master", "listening", "transcript", "findings"];

/** Put recordings into an archive, see how far it is, and fetch it. */
export function ExportDialog({ ids, onClose }: { ids: readonly string[]; onClose(): void }) {
  const t = useText(exportText);
  const [contents, setContents] = useState<readonly Content[]>([
    "master",
    "transcript",
    "findings",
  ]);
  const [redacted, setRedacted] = useState(false);
  const request = useRequestKey();
  return (
    <ReasonDialog
      title={t("title")}
      detail={t("detail")}
      action={t("begin")}
      isIncomplete={contents.length === 0}
      onClose={onClose}
      onDo={(why) => {
        const body = { filters: { ids: [...ids] }, contents: [...contents], redacted, why };
        const params = { header: request.headerFor(body) };
        return dataOf(api.POST("/v1/recordings/export", { params, body }));
      }}
      outcome={(begun) => <Archive started={begun} />}
    >
      <fieldset className={styles.checks}>
        <legend>{t("contents")}</legend>
        {CONTENTS.map((content) => (
          <Checkbox
            key={content}
            label={t(content === "findings" ? "findings-file" : content)}
            isSelected={contents.includes(content)}
            onChange={(on) =>
              setContents(CONTENTS.filter((one) => (one === content ? on : contents.includes(one))))
            }
          />
        ))}
      </fieldset>
      <Checkbox label={t("onlyRedacted")} isSelected={redacted} onChange={setRedacted} />
    </ReasonDialog>
  );
}
