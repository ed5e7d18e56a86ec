import { useQuery } from "@tanstack/react-query";
import { useFormat } from "../../kit/format";
import type { Tone } from "../../kit/States";
import { findingReasons, findingText } from "../../text/reviewFindings";
import { isWord, useText } from "../../text/words";
import { type Finding, type Script, type Severity, scriptsQuery } from "./queries";

/** How bad a finding is, in the kit's tones. */
export const TONES: Readonly<Record<Severity, Tone>> = {
  info: "neutral",
  minor: "neutral",
  major: "warn",
  critical: "bad",
};

/** Statements are sentences: so many characters tell them apart. */
const MOST_CHARACTERS = 18;

/** Findings in words; kinds that this page does not know yet are shown by their name. */
export function useFindingText() {
  const t = useText(findingText);
  const why = useText(findingReasons);
  const format = useFormat();
  const kind = (name: string): string => (isWord(findingText, name) ? t(name) : name);
  return {
    kind,
    severity: kind,
    /** Why it was found, or how; empty where there is no more to say. */
    detail: ({ reason, params, detail }: Finding): string => {
      if (reason === null || !isWord(findingReasons, reason)) return detail;
      const { measure, likelihood } = params;
      return why(reason, {
        ...params,
        ...(measure === undefined ? {} : { measure: kind(`${measure}`) }),
        ...(likelihood === undefined ? {} : { likelihood: format.percent(Number(likelihood)) }),
      });
    },
  };
}

/** What a finding is called: its kind, and which statement, phrase or measure it is about. */
export function useFindingTitle(): (finding: Finding) => string {
  const { kind } = useFindingText();
  const { data } = useQuery({ ...scriptsQuery, select: wordsOfScripts });
  return ({ kind: name, script_id, statement_id: about }) => {
    if (about === null) return kind(name);
    return `${kind(name)} · ${data?.get(keyOf(script_id, about)) ?? kind(about)}`;
  };
}

/** What each statement and phrase of the scripts says, as far as it is needed to know it. */
function wordsOfScripts({ items }: { items: readonly Script[] }): ReadonlyMap<string, string> {
  return new Map(
    items.flatMap(({ id, statements, phrases }) =>
      [...statements, ...phrases].map((one) => [keyOf(id, one.id), shortened(one.text)] as const),
    ),
  );
}

function keyOf(scriptId: string | null, id: string): string {
  return `${scriptId} ${id}`;
}

function shortened(text: string): string {
  const all = [...text];
  return all.length <= MOST_CHARACTERS ? text : `${all.slice(0, MOST_CHARACTERS).join("")}…`;
}

/** Whether somebody has to look: what was said as it should be is no fault. */
export function isFault(finding: Finding): boolean {
  return finding.kind !== "statement-said";
}
