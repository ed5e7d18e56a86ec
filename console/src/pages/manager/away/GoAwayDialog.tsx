import { useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { isManagerOf, managersQuery, useManagers } from "../../../api/directory";
import { Button } from "../../../kit/Button";
import { ComboBox } from "../../../kit/ComboBox";
import { DateTimeField } from "../../../kit/DateField";
import { Dialog } from "../../../kit/Dialog";
import type { Option } from "../../../kit/Field";
import formStyles from "../../../kit/Form.module.css";
import { ProblemNote } from "../../../kit/States";
import { useProblem } from "../../../kit/useProblem";
import { awayText } from "../../../text/away";
import { useText } from "../../../text/words";
import { Choices } from "../call/Choices";
import { useManagerId, useMe, useZone, useZoned } from "../useMe";
import styles from "./away.module.css";
import { type AwayChoice, awayTimes, isAhead, isAway } from "./awayTimes";
import { useGoAway } from "./useAway";

const OFFERED = 20;
const FIELDS = ["until", "deputy_id"];

/** Until when, and who answers meanwhile. */
export default function GoAwayDialog({ onClose }: { onClose(): void }) {
  const t = useText(awayText);
  const zone = useZone();
  const format = useZoned();
  const times = useMemo(() => awayTimes(zone), [zone]);
  const [choice, setChoice] = useState<AwayChoice>("hour");
  const [own, setOwn] = useState<string | null>(times.tomorrow);
  const { deputy, setDeputy } = useDeputy();
  const goAway = useGoAway();
  const { problem, errorOf } = useProblem(goAway.error, FIELDS);
  const isWrong = choice === "own" && !isAhead(own);
  const until = choice === "own" ? own : choice === "open" ? null : times[choice];
  const send = (): void =>
    goAway.mutate({ until, deputy_id: deputy?.id ?? null }, { onSuccess: onClose });
  const choices: { id: AwayChoice; text: string }[] = [
    { id: "hour", text: t("hour", { time: format.time(times.hour) }) },
    { id: "today", text: t("today") },
    { id: "tomorrow", text: t("tomorrow") },
    { id: "open", text: t("open") },
    { id: "own", text: t("own") },
  ];
  return (
    <Dialog
      title={t("title")}
      isOpen
      onClose={onClose}
      actions={
        <Button look="primary" isDisabled={isWrong} isPending={goAway.isPending} onPress={send}>
          {t("confirm")}
        </Button>
      }
    >
      <div className={formStyles.form}>
        <p className={styles.intro}>{t("intro")}</p>
        <Choices
          label={t("howLong")}
          choices={choices}
          value={choice}
          onChange={(id) => setChoice(choices.find((one) => one.id === id)?.id ?? "hour")}
          error={choice === "own" ? undefined : errorOf("until")}
        />
        {choice === "own" && (
          <DateTimeField
            label={t("ownTime")}
            value={own}
            onChange={setOwn}
            timeZone={zone}
            error={isWrong ? t("ownInvalid") : errorOf("until")}
          />
        )}
        <PickDeputy value={deputy} onChange={setDeputy} error={errorOf("deputy_id")} />
        <ProblemNote problem={problem} />
      </div>
    </Dialog>
  );
}

/** The deputy who is chosen: at first the standing one, by name as soon as that is known. */
function useDeputy() {
  const t = useText(awayText);
  const id = useMe()?.manager.deputy_id ?? null;
  const { managers } = useManagers();
  const [chosen, setChosen] = useState<Option<string> | null>();
  // Somebody of another group may have been named by others: kept, though the name is not seen.
  const name = managers.find((one) => one.id === id)?.name ?? t("standing");
  const first = id === null ? null : { id, text: name };
  const deputy = chosen === undefined ? first : chosen;
  return { deputy, setDeputy: setChosen };
}

interface PickDeputyProps {
  value: Option<string> | null;
  onChange(value: Option<string> | null): void;
  error: string | undefined;
}

/** A colleague who is there. */
function PickDeputy(props: PickDeputyProps) {
  const t = useText(awayText);
  const me = useManagerId();
  const client = useQueryClient();
  const search = async (text: string): Promise<readonly Option<string>[]> => {
    const at = new Date();
    const colleagues = await client.ensureQueryData(managersQuery);
    return colleagues
      .filter((one) => one.id !== me && one.status !== "departed" && !isAway(one, at))
      .filter((one) => isManagerOf(one, text))
      .slice(0, OFFERED)
      .map(({ id, name, staff_no }) => ({
        id,
        text: name,
        ...(staff_no === null ? {} : { detail: staff_no }),
      }));
  };
  return (
    <ComboBox
      {...props}
      label={t("deputy")}
      help={t("deputyHelp")}
      searchKey={["managers", "deputies"]}
      search={search}
    />
  );
}
