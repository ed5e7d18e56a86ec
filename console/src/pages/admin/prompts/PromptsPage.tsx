import { useQuery } from "@tanstack/react-query";
import { AudioLines, Upload } from "lucide-react";
import { useState } from "react";
import { problemFrom } from "../../../api/problem";
import { useMay } from "../../../api/session";
import { Button } from "../../../kit/Button";
import { FilterBar } from "../../../kit/FilterBar";
import { Page } from "../../../kit/Page";
import { Empty, Failed, Skeleton } from "../../../kit/States";
import { useShortcut } from "../../../kit/shortcuts";
import { Tabs } from "../../../kit/Tabs";
import { useFilter } from "../../../kit/useFilter";
import { flowsText } from "../../../text/flows";
import { isWord, useText } from "../../../text/words";
import { Missing } from "./Missing";
import { PromptList } from "./PromptList";
import { PromptSheet } from "./PromptSheet";
import { BASE, missingIn, type Prompt, promptsQuery } from "./prompts";
import type { Wanted } from "./usePromptForm";

const NO_PROMPTS: readonly Prompt[] = [];
const FILTERS = ["language"] as const;

/** What callers hear, by language: to listen to, to replace, to record what is missing. */
export default function PromptsPage() {
  const t = useText(flowsText);
  const mayWrite = useMay("prompts.write");
  const filter = useFilter(FILTERS);
  const [wanted, setWanted] = useState<Wanted | null>(null);
  const { data = NO_PROMPTS, error, isPending, refetch } = useQuery(promptsQuery);
  const problem = problemFrom(error);
  const languages = [...new Set([BASE, "en", "tones", ...data.map((one) => one.language)])];
  const chosen = languages.find((one) => one === filter.values.language) ?? BASE;
  const upload = (): void => setWanted({ language: chosen, name: "" });
  useShortcut("n", t("upload"), upload, mayWrite);
  const nameOf = (language: string): string => {
    const word = `language_${language}`;
    return isWord(flowsText, word) ? t(word) : language;
  };
  const tabOf = (language: string) => {
    const there = data.filter((one) => one.language === language);
    const missing = language === BASE || language === "tones" ? [] : missingIn(language, data);
    return {
      id: language,
      text: nameOf(language),
      count: there.length,
      content: (
        <>
          {missing.length > 0 && (
            <Missing
              language={nameOf(language)}
              names={missing}
              onAdd={mayWrite ? (name) => setWanted({ language, name }) : undefined}
            />
          )}
          <PromptList
            prompts={there.filter((one) => isLike(one, filter.text))}
            onOpen={setWanted}
            empty={<Empty icon={AudioLines} title={t("noPrompts")} />}
          />
        </>
      ),
    };
  };
  return (
    <Page
      title={t("prompts")}
      actions={
        mayWrite && (
          <Button icon={Upload} look="primary" hint="n" onPress={upload}>
            {t("upload")}
          </Button>
        )
      }
      tools={<FilterBar filter={filter} searchFor={t("searchPrompts")} />}
    >
      {problem !== null && <Failed problem={problem} onRetry={() => void refetch()} />}
      {isPending && <Skeleton rows={12} />}
      {problem === null && !isPending && (
        <Tabs
          label={t("language")}
          tabs={languages.map(tabOf)}
          value={chosen}
          onChange={(language) => filter.set("language", language)}
        />
      )}
      {wanted !== null && <PromptSheet wanted={wanted} onClose={() => setWanted(null)} />}
    </Page>
  );
}

function isLike({ name, text }: Prompt, wanted: string): boolean {
  const part = wanted.trim().toLowerCase();
  return name.includes(part) || (text ?? "").toLowerCase().includes(part);
}
