import { useQuery } from "@tanstack/react-query";
import { Lock, ShieldCheck, ShieldQuestion } from "lucide-react";
import type { ReactNode } from "react";
import { useManagers } from "../../../api/directory";
import { useFormat } from "../../../kit/format";
import { useCode } from "../../../text/codes";
import { recordingReasons } from "../../../text/reasons";
import { reviewText } from "../../../text/review";
import { useText } from "../../../text/words";
import { type Recording, sealsQuery, useHotlines } from "../queries";
import styles from "./Record.module.css";

/** Facts of the recording: where from, sealed, held, redacted. */
export function InfoPanel({ recording }: { recording: Recording }) {
  const t = useText(reviewText);
  const reason = useCode(recordingReasons);
  const format = useFormat();
  const managers = useManagers();
  const hotline = useHotlines().find(({ id }) => id === recording.hotline_id);
  const seals = useQuery(sealsQuery(recording.id));
  const sealed = seals.data?.items.find(({ recording_id }) => recording_id === recording.id);
  const redaction = recording.redactions.at(-1);
  return (
    <dl className={styles.facts}>
      <Fact name={t("manager")}>{managers.nameOf(recording.manager_id)}</Fact>
      {hotline !== undefined && <Fact name={t("hotline")}>{hotline.name || hotline.number}</Fact>}
      <Fact name={t("began")}>{format.dateTime(recording.started_at)}</Fact>
      <Fact name={t("length")}>{format.span(recording.duration_s)}</Fact>
      <Fact name={t("kind")}>{t(recording.kind)}</Fact>
      <Fact name={t("size")}>{format.bytes(recording.size_bytes)}</Fact>
      <Fact name={t("integrity")}>
        {sealed === undefined ? (
          <>
            <ShieldQuestion size={16} aria-hidden /> {t("notSealed")}
          </>
        ) : (
          <>
            <ShieldCheck size={16} aria-hidden className={styles.good} />{" "}
            {t("sealed", { number: sealed.number })}
          </>
        )}
      </Fact>
      {recording.sha256 !== null && (
        <Fact name="SHA-256">
          <code className={styles.hash}>{recording.sha256}</code>
        </Fact>
      )}
      {recording.hold !== null && (
        <Fact name={t("hold")}>
          <Lock size={16} aria-hidden /> {recording.hold.why}
        </Fact>
      )}
      {redaction !== undefined && (
        <Fact name={t("redactedCopy")}>
          {t("redactedSpans", { count: redaction.spans.length })} · {redaction.why}
        </Fact>
      )}
      {recording.reason !== null && <Fact name={t("remark")}>{reason(recording.reason)}</Fact>}
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
