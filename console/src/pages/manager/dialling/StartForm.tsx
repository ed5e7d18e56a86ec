import { Play } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Button } from "../../../kit/Button";
import { type Option, Select, TextField } from "../../../kit/Field";
import { ProblemNote } from "../../../kit/States";
import { useProblem } from "../../../kit/useProblem";
import { listText } from "../../../text/manager";
import { useLanguage, useText } from "../../../text/words";
import { useTaskTypes } from "../tasks/useTasks";
import styles from "./DiallingPage.module.css";
import { useStartDialling } from "./useDialling";

type Mode = "preview" | "progressive";

const ALL = "all";
const PAUSE_S = 30;

/** How the own list is to be worked through. */
export function StartForm() {
  const t = useText(listText);
  const language = useLanguage();
  const types = useTaskTypes();
  const [mode, setMode] = useState<Mode>("preview");
  const [type, setType] = useState<string>(ALL);
  const [pause, setPause] = useState(String(PAUSE_S));
  const start = useStartDialling();
  const { problem, errorOf } = useProblem(start.error, ["mode", "pause_s", "types"]);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const seconds = Number.parseInt(pause, 10);
    start.mutate({
      mode,
      pause_s: Number.isNaN(seconds) ? PAUSE_S : seconds,
      types: type === ALL ? [] : [type],
    });
  };
  const modes: readonly Option<Mode>[] = [
    { id: "preview", text: t("preview"), detail: t("previewHelp") },
    { id: "progressive", text: t("progressive"), detail: t("progressiveHelp") },
  ];
  const typeOptions = [...types.values()].map(({ name, names }) => ({
    id: name,
    text: names[language] ?? name,
  }));
  return (
    <form className={styles.start} onSubmit={submit}>
      <p className={styles.intro}>{t("intro")}</p>
      <Select
        label={t("mode")}
        value={mode}
        onChange={(chosen) => setMode(chosen)}
        options={modes}
        help={t(mode === "preview" ? "previewHelp" : "progressiveHelp")}
        error={errorOf("mode")}
      />
      <Select
        label={t("types")}
        value={type}
        onChange={setType}
        options={[{ id: ALL, text: t("allTypes") }, ...typeOptions]}
        error={errorOf("types")}
      />
      {mode === "progressive" && (
        <TextField
          label={t("pauseS")}
          inputMode="numeric"
          value={pause}
          onChange={setPause}
          error={errorOf("pause_s")}
        />
      )}
      <ProblemNote problem={problem} />
      <Button type="submit" look="primary" size="l" icon={Play} isPending={start.isPending}>
        {t("start")}
      </Button>
    </form>
  );
}
