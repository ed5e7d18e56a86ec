import { queryOptions } from "@tanstack/react-query";
import { api, dataOf, type Schema } from "../../../api/client";
import type { Fault } from "../../../api/problem";
import type { RequestKeyHeader } from "../../../kit/useRequestKey";
import type { Kind } from "./columns";

export type Import = Schema<"ImportView">;
export type BadRow = Schema<"ImportProblemView">;

/** How often a running import is asked how far it is. */
const ASK_MS = 400;
/** Of bad rows, on one page of the API. */
const PAGE = 200;

export const mappingQuery = (kind: Kind) =>
  queryOptions({
    queryKey: ["imports", "mapping", kind],
    queryFn: ({ signal }) =>
      dataOf(api.GET("/v1/import-mappings/{kind}", { params: { path: { kind } }, signal })),
  });

export interface ImportRequest {
  kind: Kind;
  file: File;
  mapping: Record<string, string>;
  isDryRun: boolean;
  introduces: boolean;
}

/** Send a file; it is read by a process of its own, `importQuery` tells how far it is. */
export function startImport(request: ImportRequest, header: RequestKeyHeader): Promise<Import> {
  const form = new FormData();
  form.set("kind", request.kind);
  form.set("dry_run", String(request.isDryRun));
  form.set("introduce", String(request.introduces));
  form.set("mapping", JSON.stringify(request.mapping));
  // Under a name of its own: the file's may be that of a customer.
  form.set("file", request.file, "table");
  const body = {
    kind: request.kind,
    file: "",
    dry_run: request.isDryRun,
    introduce: request.introduces,
  };
  return dataOf(api.POST("/v1/imports", { params: { header }, body, bodySerializer: () => form }));
}

/** An import, asked for until it has ended. */
export const importQuery = (importId: string) =>
  queryOptions({
    queryKey: ["imports", "one", importId],
    queryFn: ({ signal }) => readImport(importId, undefined, signal),
    refetchInterval: ({ state }) =>
      state.data !== undefined && hasEnded(state.data) ? false : ASK_MS,
  });

export function readImport(
  importId: string,
  cursor?: string,
  signal?: AbortSignal,
): Promise<Import> {
  const query = { limit: PAGE, ...(cursor === undefined ? {} : { cursor }) };
  const params = { path: { import_id: importId }, query };
  return dataOf(
    api.GET("/v1/imports/{import_id}", { params, ...(signal === undefined ? {} : { signal }) }),
  );
}

export function hasEnded({ finished_at }: Import): boolean {
  return finished_at !== null;
}

/** Why an import has failed: with the column that it is about, if it is about one. */
export function whyOf({ failure, fault }: Import, say: (fault: Fault) => string): string {
  if (!fault) return failure ?? "";
  return fault.field === "file" ? say(fault) : `${fault.field}: ${say(fault)}`;
}

/** Every bad row, as a table that a spreadsheet opens. */
export async function badRowsCsv(
  importId: string,
  titles: readonly string[],
  say: (fault: BadRow) => string,
): Promise<Blob> {
  const lines = [titles];
  let cursor: string | null = null;
  do {
    const page: Import = await readImport(importId, cursor ?? undefined);
    for (const one of page.problems) lines.push([String(one.line), one.field, say(one)]);
    cursor = page.next_cursor;
  } while (cursor !== null);
  const text = lines.map((cells) => cells.map(quoted).join(",")).join("\r\n");
  // With the mark by which spreadsheets know UTF-8.
  return new Blob(["\ufeff", text, "\r\n"], { type: "text/csv;charset=utf-8" });
}

/** A cell that no spreadsheet takes for a formula. */
function quoted(text: string): string {
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return `"${plain.replaceAll('"', '""')}"`;
}
