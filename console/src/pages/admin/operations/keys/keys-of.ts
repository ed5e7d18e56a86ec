import type { Schema } from "../../../../api/client";
import type { Tone } from "../../../../kit/States";

export type ApiKey = Schema<"KeyView">;
export type KeyState = Schema<"KeyState">;

export const KEY_TONES: Record<KeyState, Tone> = {
  valid: "good",
  revoked: "neutral",
  expired: "warn",
};

/** Whether a key lets anybody in at `now`. */
export function stateOf(key: ApiKey, now: Date = new Date()): KeyState {
  if (key.revoked_at !== null) return "revoked";
  if (key.expires_at !== null && Date.parse(key.expires_at) <= now.getTime()) return "expired";
  return "valid";
}

/** The end of a day that was chosen, where the browser is; null for none. */
export function endOfDay(day: string): string | null {
  return day === "" ? null : new Date(`${day}T23:59:59`).toISOString();
}

/** The day on which a moment is, where the browser is, as a field for days has it; "" for none. */
export function dayOf(at: string | null): string {
  return at === null ? "" : new Intl.DateTimeFormat("sv-SE").format(new Date(at));
}
