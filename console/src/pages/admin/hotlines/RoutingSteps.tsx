import type { Schema } from "../../../api/client";
import { AmountField } from "../../../kit/AmountField";
import { Select, Switch, TextField } from "../../../kit/Field";
import { directoryText } from "../../../text/directory";
import { useText } from "../../../text/words";
import editorStyles from "../editor/editor.module.css";
import type { Strategy } from "./hotlineDraft";
import styles from "./hotlines.module.css";

type Routing = Schema<"RoutingBody">;

interface StepProps {
  routing: Routing;
  put(changes: Partial<Routing>): void;
  errorOf(field: string): string | undefined;
}

/** What a step begins with that is switched on: as the API has it. */
const GROUP: Schema<"GroupRoutingBody"> = { strategy: "longest_idle", ring_s: 20, skills: [] };
const QUEUE: Schema<"QueueRoutingBody"> = {
  strategy: "longest_idle",
  size: 50,
  max_wait_s: 300,
  ring_s: 20,
  rest_s: 30,
  wrap_up_s: 5,
  announce_every_s: 30,
  music: "moh",
  callback: true,
};
const VOICEMAIL: Schema<"VoicemailRoutingBody"> = {
  greeting: "voicemail_greeting",
  min_s: 1,
  max_s: 120,
};
const STRATEGIES = ["longest_idle", "fewest_calls", "round_robin", "ring_all"] as const;

/** Ringing managers of the hotline's group. */
export function GroupStep({ routing, put, errorOf }: StepProps) {
  const t = useText(directoryText);
  const group = routing.group ?? null;
  const change = (changes: Partial<Schema<"GroupRoutingBody">>): void =>
    put({ group: { ...(group ?? GROUP), ...changes } });
  return (
    <div className={styles.step}>
      <Switch
        label={t("groupStep")}
        isSelected={group !== null}
        onChange={(isOn) => put({ group: isOn ? GROUP : null })}
      />
      {group !== null && (
        <div className={editorStyles.pair}>
          <StrategySelect value={group.strategy} onChange={(strategy) => change({ strategy })} />
          <AmountField
            label={t("ringSeconds")}
            value={group.ring_s}
            onChange={(ring_s) => change({ ring_s })}
            error={errorOf("routing.group.ring_s")}
          />
          <TextField
            label={t("skills")}
            help={t("skillsHelp")}
            value={(group.skills ?? []).join("；")}
            onChange={(text) => change({ skills: skillsOf(text) })}
            error={errorOf("routing.group.skills")}
          />
        </div>
      )}
    </div>
  );
}

/** Waiting for a manager of the group. */
export function QueueStep({ routing, put, errorOf }: StepProps) {
  const t = useText(directoryText);
  const queue = routing.queue ?? null;
  const change = (changes: Partial<Schema<"QueueRoutingBody">>): void =>
    put({ queue: { ...(queue ?? QUEUE), ...changes } });
  return (
    <div className={styles.step}>
      <Switch
        label={t("queueStep")}
        isSelected={queue !== null}
        onChange={(isOn) => put({ queue: isOn ? QUEUE : null })}
      />
      {queue !== null && (
        <>
          <div className={editorStyles.pair}>
            <StrategySelect value={queue.strategy} onChange={(strategy) => change({ strategy })} />
            <AmountField
              label={t("queueWait")}
              value={queue.max_wait_s}
              onChange={(max_wait_s) => change({ max_wait_s })}
              error={errorOf("routing.queue.max_wait_s")}
            />
            <AmountField
              label={t("queueSize")}
              value={queue.size}
              onChange={(size) => change({ size })}
              error={errorOf("routing.queue.size")}
            />
            <AmountField
              label={t("queueEvery")}
              value={queue.announce_every_s}
              onChange={(announce_every_s) => change({ announce_every_s })}
              error={errorOf("routing.queue.announce_every_s")}
            />
            <TextField
              label={t("queueMusic")}
              value={queue.music}
              onChange={(music) => change({ music })}
              error={errorOf("routing.queue.music")}
            />
          </div>
          <Switch
            label={t("queueCallback")}
            isSelected={queue.callback}
            onChange={(callback) => change({ callback })}
          />
        </>
      )}
    </div>
  );
}

/** Leaving a message. */
export function VoicemailStep({ routing, put, errorOf }: StepProps) {
  const t = useText(directoryText);
  const voicemail = routing.voicemail ?? null;
  const change = (changes: Partial<Schema<"VoicemailRoutingBody">>): void =>
    put({ voicemail: { ...(voicemail ?? VOICEMAIL), ...changes } });
  return (
    <div className={styles.step}>
      <Switch
        label={t("voicemailStep")}
        isSelected={voicemail !== null}
        onChange={(isOn) => put({ voicemail: isOn ? VOICEMAIL : null })}
      />
      {voicemail !== null && (
        <div className={editorStyles.pair}>
          <AmountField
            label={t("voicemailMax")}
            value={voicemail.max_s}
            onChange={(max_s) => change({ max_s })}
            error={errorOf("routing.voicemail.max_s")}
          />
          <TextField
            label={t("voicemailGreeting")}
            value={voicemail.greeting}
            onChange={(greeting) => change({ greeting })}
            error={errorOf("routing.voicemail.greeting")}
          />
        </div>
      )}
    </div>
  );
}

function StrategySelect({ value, onChange }: { value: Strategy; onChange(value: Strategy): void }) {
  const t = useText(directoryText);
  return (
    <Select<Strategy>
      label={t("strategy")}
      value={value}
      onChange={onChange}
      options={STRATEGIES.map((id) => ({ id, text: t(`strategy_${id}`) }))}
    />
  );
}

function skillsOf(text: string): string[] {
  return text.split(/[;；]/).map((one) => one.trimStart());
}
