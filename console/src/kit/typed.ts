/** What is typed, as the API takes it; null where nothing is. */
export function textOrNull(typed: string): string | null {
  const text = typed.trim();
  return text === "" ? null : text;
}

/** A typed amount; what is none is sent as one that the API refuses at its field. */
export function amountOf(typed: string): number {
  const amount = Number(typed);
  return typed.trim() !== "" && Number.isFinite(amount) ? amount : -1;
}

/** A typed amount where there may be none: null. */
export function amountOrNull(typed: string): number | null {
  return typed.trim() === "" ? null : amountOf(typed);
}

/** An amount that may be none, as it is typed. */
export function typedOf(amount: number | null): string {
  return amount === null ? "" : String(amount);
}
