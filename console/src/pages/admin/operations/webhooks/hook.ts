import type { Schema } from "../../../../api/client";
import type { Tone } from "../../../../kit/States";

export type Hook = Schema<"WebhookView">;
export type Delivery = Schema<"WebhookDeliveryView">;
export type HookState = "on" | "failing" | "off";

export const HOOK_TONES: Record<HookState, Tone> = { on: "good", failing: "bad", off: "neutral" };
export const DELIVERY_TONES: Record<Schema<"DeliveryState">, Tone> = {
  pending: "warn",
  delivered: "good",
  failed: "bad",
};

/** How a webhook is, in a word. */
export function stateOf(hook: Hook): HookState {
  if (!hook.enabled) return "off";
  return hook.failing_since === null ? "on" : "failing";
}

/** Types of events by what they are about: `call.ended` and `call.ringing` below `call`. */
export function byFamily(types: readonly string[]): [family: string, types: string[]][] {
  const families = new Map<string, string[]>();
  for (const type of [...new Set(types)].sort()) {
    const family = type.split(".")[0] ?? type;
    families.set(family, [...(families.get(family) ?? []), type]);
  }
  return [...families];
}

/** Whether events of `type` are among `chosen`, by name, by family (`call.*`) or all (`*`). */
export function includes(chosen: readonly string[], type: string): boolean {
  return chosen.some((one) => one === "*" || one === type || one === `${type.split(".")[0]}.*`);
}

/** `chosen` without or with `type`; a family that is chosen as a whole is taken apart first. */
export function toggled(chosen: readonly string[], type: string, all: readonly string[]): string[] {
  const named = all.filter((one) => includes(chosen, one));
  return named.includes(type) ? named.filter((one) => one !== type) : [...named, type].sort();
}

/** A moment of a `datetime-local` field, in the browser's zone; null for none. */
export function momentOf(text: string): string | null {
  return text === "" ? null : new Date(text).toISOString();
}
