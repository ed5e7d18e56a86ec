import { useQuery } from "@tanstack/react-query";
import { api, dataOf } from "../../../api/client";
import { problemFrom } from "../../../api/problem";
import { Card } from "../../../kit/Card";
import { useFormat } from "../../../kit/format";
import { Failed, Skeleton } from "../../../kit/States";
import { eventWords } from "../../../text/calls";
import { countyText } from "../../../text/county";
import { isWord, localeOf, useLanguage, useText } from "../../../text/words";
import { keys } from "../keys";
import listStyles from "../List.module.css";
import styles from "./calls.module.css";

/** What happened in a call, moment by moment. */
export function CallEvents({ callId, zone }: { callId: string; zone: string }) {
  const t = useText(countyText);
  const say = useText(eventWords);
  const format = useFormat();
  const locale = localeOf(useLanguage());
  const { data, error, isPending } = useQuery({
    queryKey: keys.callEvents(callId),
    queryFn: () =>
      dataOf(
        api.GET("/v1/calls/{call_id}/events", {
          params: { path: { call_id: callId }, query: { limit: 200 } },
        }),
      ),
  });
  const problem = problemFrom(error);
  const clock = new Intl.DateTimeFormat(locale, { timeStyle: "medium", timeZone: zone });
  const first = Date.parse(data?.items[0]?.time ?? "");
  return (
    <Card title={t("events")}>
      {problem !== null && <Failed problem={problem} />}
      {isPending && <Skeleton rows={6} />}
      <ol className={styles.events}>
        {data?.items.map((event) => (
          <li key={event.id} className={styles.step}>
            <time className={styles.stepAt} dateTime={event.time}>
              {clock.format(new Date(event.time))}
            </time>
            <span>{isWord(eventWords, event.type) ? say(event.type) : event.type}</span>
            <span className={listStyles.side}>
              +{format.clock((Date.parse(event.time) - first) / 1_000)}
            </span>
          </li>
        ))}
      </ol>
    </Card>
  );
}
