import { CalendarClock, Pencil, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { problemFrom } from "../../api/problem";
import { Button } from "../../kit/Button";
import { Card } from "../../kit/Card";
import { Confirm } from "../../kit/Confirm";
import { useFormat } from "../../kit/format";
import { Page } from "../../kit/Page";
import { Badge, Empty, Failed, Skeleton } from "../../kit/States";
import { common } from "../../text/common";
import { countyText } from "../../text/county";
import { useText } from "../../text/words";
import listStyles from "./List.module.css";
import { ONS } from "./schedules/body";
import { Files } from "./schedules/Files";
import { ScheduleForm } from "./schedules/ScheduleForm";
import styles from "./schedules/schedules.module.css";
import { type Schedule, useScheduleChanges, useSchedules } from "./schedules/useSchedules";

/** Reports that are made again and again, and the files that they came to. */
export default function SchedulesPage() {
  const t = useText(countyText);
  const [makes, setMakes] = useState(false);
  const { data, error, isPending, refetch } = useSchedules();
  const problem = problemFrom(error);
  const add = (
    <Button icon={Plus} look="primary" onPress={() => setMakes(true)}>
      {t("newSchedule")}
    </Button>
  );
  return (
    <Page title={t("schedules")} actions={add}>
      <div className={styles.stack}>
        {problem !== null && <Failed problem={problem} onRetry={() => void refetch()} />}
        {isPending && <Skeleton rows={3} />}
        {data !== undefined && (
          <Card title={t("schedules")} isFlush>
            {data.items.length === 0 ? (
              <Empty icon={CalendarClock} title={t("noSchedules")}>
                {t("noSchedulesDetail")}
              </Empty>
            ) : (
              <ul>
                {data.items.map((schedule) => (
                  <Line key={schedule.id} schedule={schedule} />
                ))}
              </ul>
            )}
          </Card>
        )}
        <Files />
      </div>
      {makes && <ScheduleForm schedule={null} onClose={() => setMakes(false)} />}
    </Page>
  );
}

function Line({ schedule }: { schedule: Schedule }) {
  const t = useText(countyText);
  const c = useText(common);
  const format = useFormat(schedule.timezone);
  const { remove } = useScheduleChanges();
  const [asks, setAsks] = useState(false);
  const when = useWhen();
  const [edits, setEdits] = useState(false);
  const to = [...schedule.mail_to, ...(schedule.folder === null ? [] : [schedule.folder])];
  return (
    <li className={styles.line}>
      <div className={styles.what}>
        <b>{schedule.name}</b>
        <span className={listStyles.side}>
          {t(`report_${schedule.report}`)} · {when(schedule)} {schedule.at} ·{" "}
          {schedule.format.toUpperCase()}
          {to.length > 0 && ` · ${to.join("、")}`}
        </span>
      </div>
      <span>
        {schedule.next_at === null ? (
          <Badge>{t("switchedOff")}</Badge>
        ) : (
          t("nextAt", { time: format.dateTime(schedule.next_at) })
        )}
      </span>
      <Button icon={Pencil} iconOnly look="quiet" onPress={() => setEdits(true)}>
        {t("editSchedule")}
      </Button>
      {edits && <ScheduleForm schedule={schedule} onClose={() => setEdits(false)} />}
      <Button icon={Trash2} iconOnly look="quiet" onPress={() => setAsks(true)}>
        {c("delete")}
      </Button>
      <Confirm
        title={t("deleteSchedule", { name: schedule.name })}
        action={c("delete")}
        isOpen={asks}
        onClose={() => setAsks(false)}
        onConfirm={() => remove.mutateAsync(schedule.id)}
      >
        {t("deleteScheduleDetail")}
      </Confirm>
    </li>
  );
}

/** How often a schedule's report is made, in words. */
function useWhen(): (schedule: Schedule) => string {
  const t = useText(countyText);
  return ({ period, on }) => {
    if (period === "month") return t("each_month", { day: on });
    const weekday = ONS.week.find((one) => one === on) ?? 1;
    return period === "day" ? t("each_day") : t("each_week", { day: t(`weekday_${weekday}`) });
  };
}
