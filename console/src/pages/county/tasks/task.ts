import type { Schema } from "../../../api/client";
import type { Tone } from "../../../kit/States";

/** A task of a list, with its customer's name. */
export type NamedTask = Schema<"NamedTaskView">;

const TONES: Record<string, Tone> = {
  new: "accent",
  dialled: "warn",
  call_again: "accent",
  overdue: "bad",
  done: "good",
};

export function toneOf(state: string): Tone {
  return TONES[state] ?? "neutral";
}
