import { useQuery } from "@tanstack/react-query";
import { Waypoints } from "lucide-react";
import { useState } from "react";
import { useParams } from "react-router";
import { api, dataOf, type Schema } from "../../../../api/client";
import { Problem, problemFrom } from "../../../../api/problem";
import { Copy } from "../../../../kit/Copy";
import { Dialog } from "../../../../kit/Dialog";
import { useFormat } from "../../../../kit/format";
import { Page } from "../../../../kit/Page";
import { Empty, Failed, Skeleton } from "../../../../kit/States";
import { systemText } from "../../../../text/system";
import { useText } from "../../../../text/words";
import parts from "../parts/parts.module.css";
import { keys } from "../queries";
import { LadderDrawing } from "./LadderDrawing";
import { ladderOf, type Message } from "./ladder";
import styles from "./trunks.module.css";

/** The API gives the same as plain text, too: that is not what was asked for. */
async function readTrace(callId: string, signal: AbortSignal): Promise<Schema<"TraceView">> {
  const params = { path: { call_id: callId } };
  const trace = await dataOf(api.GET("/v1/calls/{call_id}/sip", { params, signal }));
  if (!isTrace(trace)) throw Problem.unreachable();
  return trace;
}

function isTrace(answer: unknown): answer is Schema<"TraceView"> {
  return typeof answer === "object" && answer !== null && "messages" in answer;
}

/** A call's SIP messages between telephones, gateway and trunks. */
export default function LadderPage() {
  const t = useText(systemText);
  const { callId = "" } = useParams();
  const [open, setOpen] = useState<Message | null>(null);
  const { data, error, refetch } = useQuery({
    queryKey: keys.ladder(callId),
    queryFn: ({ signal }) => readTrace(callId, signal),
  });
  const problem = problemFrom(error);
  if (problem !== null) return <Failed problem={problem} onRetry={() => void refetch()} />;
  return (
    <Page title={t("ladder")} detail={<code className={parts.mono}>{callId}</code>}>
      {data === undefined ? (
        <Skeleton rows={12} />
      ) : data.messages.length === 0 ? (
        <Empty icon={Waypoints} title={t("noMessages")} />
      ) : (
        <div className={parts.stack}>
          <p className={styles.legend}>
            {t("ladderDetail")}
            {data.dropped > 0 && ` · ${t("dropped", { count: data.dropped })}`}
          </p>
          <LadderDrawing ladder={ladderOf(data.messages)} onOpen={setOpen} />
        </div>
      )}
      <MessageSheet message={open} onClose={() => setOpen(null)} />
    </Page>
  );
}

function MessageSheet({ message, onClose }: { message: Message | null; onClose(): void }) {
  const t = useText(systemText);
  const format = useFormat();
  return (
    <Dialog
      title={message?.summary ?? t("message")}
      shape="sheet"
      isOpen={message !== null}
      onClose={onClose}
    >
      {message !== null && (
        <div className={parts.stack}>
          <p className={parts.muted}>
            {message.direction === "in" ? t("received") : t("sent")} ·{" "}
            {message.transport.toUpperCase()} · {format.dateTime(message.at)}
          </p>
          <pre className={styles.messageText}>{message.text}</pre>
          <Copy text={message.text} label={t("copyMessage")} iconOnly={false} />
        </div>
      )}
    </Dialog>
  );
}
