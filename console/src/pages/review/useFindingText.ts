import type { Tone } from "../../kit/States";
import { findingReasons, findingText } from "../../text/reviewFindings";
import { isWord, useText } from "../../text/words";
import type { Finding, Severity } from "./queries";

/** How bad a finding is, in the kit's tones. */
export const TONES: Readonly<Record<Severity, Tone>> = {
  info: "neutral",
  minor: "neutral",
  major: "warn",
  critical: "bad",
};

/** Findings in words; kinds that this page does not know yet are shown by their name. */
export function useFindingText() {
  const t = useText(findingText);
  const why = useText(findingReasons);
  const kind = (name: string): string => (isWord(findingText, name) ? t(name) : name);
  return {
    kind,
    severity: kind,
    /** Why it was found, or how; empty where there is no more to say. */
    detail: ({ reason, params, detail }: Finding): string => {
      if (reason === null || !isWord(findingReasons, reason)) return detail;
      const { measure } = params;
      return why(
        reason,
        measure === undefined ? params : { ...params, measure: kind(`${measure}`) },
      );
    },
    /** The kind, and which statement, phrase or measure it is about. */
    title: (finding: Finding): string => {
      const about = finding.statement_id;
      return about === null ? kind(finding.kind) : `${kind(finding.kind)} · ${about}`;
    },
  };
}

/** Whether somebody has to look: what was said as it should be is no fault. */
export function isFault(finding: Finding): boolean {
  return finding.kind !== "statement-said";
}
