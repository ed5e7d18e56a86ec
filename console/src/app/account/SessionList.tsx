import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { MonitorSmartphone } from "lucide-react";
import { problemFrom } from "../../api/problem";
import { useWho } from "../../api/session";
import { Button } from "../../kit/Button";
import { Card } from "../../kit/Card";
import { useFormat } from "../../kit/format";
import { Badge, Failed, Skeleton } from "../../kit/States";
import { toast } from "../../kit/toast";
import { useProblemText } from "../../kit/useProblemText";
import { account } from "../../text/account";
import { useText } from "../../text/words";
import styles from "./Account.module.css";
import { endSession, type Session, sessionsQuery } from "./account";

/** Where one is logged in; what one does not know is ended here. */
export function SessionList() {
  const t = useText(account);
  const { data, error, refetch } = useQuery(sessionsQuery);
  const end = useEnding();
  const problem = problemFrom(error);
  return (
    <Card title={t("sessions")} detail={t("sessionsDetail")} isFlush>
      {problem !== null && <Failed problem={problem} onRetry={() => void refetch()} />}
      {data === undefined && problem === null && <Skeleton rows={2} height="3.75rem" />}
      <ul>
        {data?.map((session) => (
          <SessionRow key={session.id} session={session} onEnd={() => end(session)} />
        ))}
      </ul>
    </Card>
  );
}

function SessionRow({ session, onEnd }: { session: Session; onEnd(): void }) {
  const t = useText(account);
  const format = useFormat();
  const isHere = session.id === useWho().session_id;
  const when = [
    session.method === "oidc" ? t("byOidc") : t("byPassword"),
    t("begun", { at: format.dateTime(session.created_at) }),
    t("seen", { at: format.relative(session.last_seen_at) }),
  ];
  return (
    <li className={styles.session}>
      <MonitorSmartphone size={20} aria-hidden />
      <div>
        <p className={styles.address}>
          <span translate="no">{session.address}</span>
          {isHere && <Badge tone="good">{t("here")}</Badge>}
        </p>
        <p className={styles.when}>{when.join(" · ")}</p>
      </div>
      {!isHere && (
        <Button aria-label={t("endOf", { address: session.address })} onPress={onEnd}>
          {t("end")}
        </Button>
      )}
    </li>
  );
}

/** Ends a session: gone from the list at once, back with the reason when that fails. */
function useEnding(): (session: Session) => void {
  const t = useText(account);
  const client = useQueryClient();
  const text = useProblemText();
  const key = sessionsQuery.queryKey;
  const { mutate } = useMutation({
    mutationFn: ({ id }: Session) => endSession(id),
    onMutate: async ({ id }) => {
      await client.cancelQueries({ queryKey: key });
      const before = client.getQueryData(key);
      client.setQueryData(key, (all) => all?.filter((one) => one.id !== id));
      return before;
    },
    onSuccess: () => toast({ text: t("ended") }),
    onError: (error, _, before) => {
      client.setQueryData(key, before);
      const problem = problemFrom(error);
      if (problem !== null) toast({ text: text(problem), tone: "bad" });
    },
    onSettled: () => client.invalidateQueries({ queryKey: key }),
  });
  return mutate;
}
