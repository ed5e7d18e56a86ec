import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../../../kit/Button";
import { Dialog } from "../../../kit/Dialog";
import { Select, TextField } from "../../../kit/Field";
import { FileDrop } from "../../../kit/FileDrop";
import { ProblemNote } from "../../../kit/States";
import { toast } from "../../../kit/toast";
import { common } from "../../../text/common";
import { flowsText } from "../../../text/flows";
import { useText } from "../../../text/words";
import { DeleteButton } from "../editor/DeleteButton";
import editorStyles from "../editor/editor.module.css";
import { useFormProblem } from "../editor/useFormProblem";
import { deletePrompt, PROMPTS, type Prompt, putPrompt, usesQuery } from "./prompts";

/** A prompt that is there, or the name of one that is to be. */
export type Wanted = Prompt | { language: string; name: string };

const FIELDS = ["file", "name", "language", "text"] as const;
const MOST_BYTES = 20_000_000;
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

/** Uploads a recording, under a new name or in place of another. */
export function PromptSheet({ wanted, onClose }: { wanted: Wanted; onClose(): void }) {
  const t = useText(flowsText);
  const c = useText(common);
  const client = useQueryClient();
  const known = "digest" in wanted ? wanted : null;
  const [language, setLanguage] = useState(wanted.language);
  const [name, setName] = useState(wanted.name);
  const [text, setText] = useState(known?.text ?? "");
  const [file, setFile] = useState<File | null>(null);
  const { data: uses } = useQuery(usesQuery);
  const changed = (): void => {
    void client.invalidateQueries({ queryKey: PROMPTS });
    onClose();
  };
  const saving = useMutation({
    mutationFn: (recording: File) => putPrompt(language, name.trim(), recording, text.trim()),
    onSuccess: () => {
      toast({ text: t("promptSaved") });
      changed();
    },
  });
  const { problem, errorOf } = useFormProblem(saving.error, FIELDS);
  const flows = uses?.get(name) ?? [];
  return (
    <Dialog
      title={known === null ? t("newPrompt") : known.name}
      isOpen
      onClose={onClose}
      shape="sheet"
      actions={
        <>
          {known?.source === "store" && (
            <div className={editorStyles.more}>
              <DeleteButton
                title={t("takeBackTitle")}
                detail={t("takeBackDetail")}
                name={known.name}
                onDelete={async () => {
                  await deletePrompt(known);
                  toast({ text: t("promptTaken") });
                  changed();
                }}
              />
            </div>
          )}
          <Button onPress={onClose}>{c("cancel")}</Button>
          <Button
            look="primary"
            isPending={saving.isPending}
            isDisabled={file === null || name.trim() === ""}
            onPress={() => file !== null && saving.mutate(file)}
          >
            {known === null ? t("upload") : t("replace")}
          </Button>
        </>
      }
    >
      <div className={editorStyles.form}>
        {known === null && (
          <div className={editorStyles.pair}>
            <Select
              label={t("language")}
              value={language}
              onChange={setLanguage}
              options={(["zh", "en", "tones"] as const).map((id) => ({
                id,
                text: t(`language_${id}`),
              }))}
              error={errorOf("language")}
            />
            <TextField
              label={t("promptName")}
              help={t("promptNameHelp")}
              value={name}
              onChange={setName}
              error={errorOf("name")}
            />
          </div>
        )}
        <FileDrop
          label={t("promptFile")}
          help={t("promptFileHelp")}
          accept={SOUNDS}
          maxBytes={MOST_BYTES}
          file={file}
          onFile={setFile}
          error={errorOf("file")}
        />
        <TextField
          label={t("promptWords")}
          rows={3}
          value={text}
          onChange={setText}
          error={errorOf("text")}
        />
        <p className={editorStyles.help}>
          {flows.length === 0 ? t("usedInNone") : `${t("usedInFlows")}: ${flows.join("、")}`}
        </p>
        <ProblemNote problem={problem} />
      </div>
    </Dialog>
  );
}
