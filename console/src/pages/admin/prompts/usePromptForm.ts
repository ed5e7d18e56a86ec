import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useFormProblem } from "../../../kit/editor/useFormProblem";
import { toast } from "../../../kit/toast";
import { flowsText } from "../../../text/flows";
import { useText } from "../../../text/words";
import { PROMPTS, type Prompt, promptsQuery, putPrompt, speakPrompt, speaksQuery } from "./prompts";

/** A prompt that is there, or the name of one that is to be. */
export type Wanted = Prompt | { language: string; name: string };

/** What a prompt is made from. */
export type Way = "file" | "text";

const FIELDS = ["file", "name", "language", "text"] as const;

/** What is typed and chosen of a prompt, until it is put. */
export function usePromptForm(wanted: Wanted, onClose: () => void) {
  const t = useText(flowsText);
  const client = useQueryClient();
  const isKnown = "digest" in wanted;
  const [language, setLanguage] = useState(wanted.language);
  const [name, setName] = useState(wanted.name);
  const [way, setWay] = useState<Way>("file");
  const [text, setText] = useState(isKnown ? (wanted.text ?? "") : "");
  const [file, setFile] = useState<File | null>(null);
  const { data: prompts } = useQuery(promptsQuery);
  const { data: speaks } = useQuery(speaksQuery);
  const saving = useMutation({
    mutationFn: () => put(way, language, name.trim(), text.trim(), file),
    onSuccess: async () => {
      toast({ text: t("promptSaved") });
      await client.invalidateQueries({ queryKey: PROMPTS });
      // What a program has said is listened to, and said anew if need be.
      if (way === "file") onClose();
    },
  });
  // Where the node says nothing of it, trying tells.
  const canSpeak = speaks === undefined || speaks.includes(language);
  const isReady = way === "file" ? file !== null : text.trim() !== "" && canSpeak;
  return {
    isKnown,
    language,
    setLanguage,
    name,
    setName,
    way,
    setWay: (next: Way) => {
      setWay(next);
      saving.reset();
    },
    text,
    setText,
    file,
    setFile,
    /** As it is now: what was just spoken is listened to in the same sheet. */
    present: prompts?.find((one) => one.language === language && one.name === name.trim()),
    /** Languages in which texts are spoken. */
    speaks: speaks ?? [],
    canSpeak,
    isComplete: name.trim() !== "" && isReady,
    saving,
    ...useFormProblem(saving.error, FIELDS),
  };
}

export type PromptFormState = ReturnType<typeof usePromptForm>;

async function put(
  way: Way,
  language: string,
  name: string,
  text: string,
  file: File | null,
): Promise<void> {
  if (way === "text") await speakPrompt(language, name, text);
  else if (file !== null) await putPrompt(language, name, file, text);
}
