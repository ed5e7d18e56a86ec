/** What is wrong with a value: a stable kind with its limits, and the API's English sentence. */
export interface Fault {
  message: string;
  kind: string;
  params: Readonly<Record<string, string | number>>;
}

/** One field that was not acceptable; `field` is a dotted path, as in `phones.0`. */
export interface FieldProblem extends Fault {
  field: string;
}

/** Why a request was not done: RFC 9457, as the API answers it, or no answer at all. */
export class Problem extends Error {
  override readonly name = "Problem";

  constructor(
    readonly status: number,
    /** Stable slug, such as `quiet-hours`; `unreachable` when nothing answered. */
    readonly code: string,
    readonly detail: string,
    readonly errors: readonly FieldProblem[] = [],
    readonly requestId: string | null = null,
    /** Seconds after which it may be tried again. */
    readonly retryAfterS: number | null = null,
  ) {
    super(`${code}: ${detail}`);
  }

  static unreachable(): Problem {
    return new Problem(0, "unreachable", "");
  }

  /** The same with other faults of fields: those that no field of a form shows. */
  withErrors(errors: readonly FieldProblem[]): Problem {
    return new Problem(
      this.status,
      this.code,
      this.detail,
      errors,
      this.requestId,
      this.retryAfterS,
    );
  }
}

/** What anything that was thrown is to the person who asked for it. */
export function problemFrom(error: unknown): Problem | null {
  if (error === null || error === undefined) return null;
  return error instanceof Problem ? error : new Problem(0, "other", String(error));
}

/** Read the problem of an answer that is no success, whatever it holds. */
export async function problemOf(response: Response): Promise<Problem> {
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => null);
  const seconds = Number(response.headers.get("Retry-After"));
  return new Problem(
    response.status,
    textOf(body, "code") ?? `http-${response.status}`,
    textOf(body, "detail") ?? response.statusText,
    fieldsOf(body),
    textOf(body, "request_id") ?? response.headers.get("X-Request-Id"),
    Number.isFinite(seconds) && seconds > 0 ? seconds : null,
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function textOf(body: unknown, key: string): string | null {
  const value = isRecord(body) ? body[key] : null;
  return typeof value === "string" ? value : null;
}

function fieldsOf(body: unknown): FieldProblem[] {
  const errors = isRecord(body) ? body.errors : null;
  if (!Array.isArray(errors)) return [];
  return errors.flatMap((one: unknown) => {
    const field = textOf(one, "field");
    const message = textOf(one, "message");
    if (field === null || message === null) return [];
    return [{ field, message, kind: textOf(one, "kind") ?? "other", params: paramsOf(one) }];
  });
}

function paramsOf(fault: unknown): FieldProblem["params"] {
  const params = isRecord(fault) ? fault.params : null;
  if (!isRecord(params)) return {};
  return Object.fromEntries(
    Object.entries(params).flatMap(([name, value]) =>
      typeof value === "string" || typeof value === "number" ? [[name, value]] : [],
    ),
  );
}
