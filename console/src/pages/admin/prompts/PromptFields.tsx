import { Choice } from "../../../kit/Choice";
import { Select, TextField } from "../../../kit/Field";
import { FileDrop } from "../../../kit/FileDrop";
import { flowsText } from "../../../text/flows";
import { isWord, useText } from "../../../text/words";
import editorStyles from "../editor/editor.module.css";
import { SpeechHelp } from "./SpeechHelp";
import type { PromptFormState, Way } from "./usePromptForm";

const MOST_BYTES = 20_000_000;
const MOST_CHARACTERS = 1000;
const SOUNDS = [
  ".wav",
  ".mp3",
  ".m4a",
  ".ogg",
  ".opus",
  ".flac",
  ".aac",
  ".amr",
  ".aiff",
  ".webm",
  ".mp4",
  ".wma",
];

/** Under which name a new prompt is put. */
export function NewPromptFields({ form }: { form: PromptFormState }) {
  const t = useText(flowsText);
  return (
    <div className={editorStyles.pair}>
      <Select
        label={t("language")}
        value={form.language}
        onChange={form.setLanguage}
        options={(["zh", "en", "tones"] as const).map((id) => ({ id, text: t(`language_${id}`) }))}
        error={form.errorOf("language")}
      />
      <TextField
        label={t("promptName")}
        help={t("promptNameHelp")}
        value={form.name}
        onChange={form.setName}
        error={form.errorOf("name")}
      />
    </div>
  );
}

/** What a prompt is made from: a recording with its words, or a text that is spoken. */
export function SoundFields({ form }: { form: PromptFormState }) {
  const t = useText(flowsText);
  const isSpoken = form.way === "text";
  const word = `language_${form.language}`;
  return (
    <>
      {form.language !== "tones" && (
        <Choice<Way>
          label={t("way")}
          value={form.way}
          onChange={form.setWay}
          options={[
            { id: "file", text: t("wayFile") },
            { id: "text", text: t("wayText") },
          ]}
        />
      )}
      {!isSpoken && (
        <FileDrop
          label={t("promptFile")}
          help={t("promptFileHelp")}
          accept={SOUNDS}
          maxBytes={MOST_BYTES}
          file={form.file}
          onFile={form.setFile}
          error={form.errorOf("file")}
        />
      )}
      {isSpoken && !form.canSpeak && (
        <SpeechHelp
          languages={form.speaks}
          language={isWord(flowsText, word) ? t(word) : form.language}
        />
      )}
      <TextField
        label={t(isSpoken ? "spokenText" : "promptWords")}
        {...(isSpoken ? { help: t("spokenHelp") } : {})}
        rows={3}
        maxLength={MOST_CHARACTERS}
        value={form.text}
        onChange={form.setText}
        error={form.errorOf("text") ?? (form.isKnown ? form.errorOf("language") : undefined)}
      />
    </>
  );
}
