import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Plugin, Rolldown } from "vite";

/** What a browser reads of each role until its first page is there; 1 KB is 1000 bytes. */
const MOST_BYTES = 250_000;
const ENTRY = "index";
const FIRST_VIEWS: Readonly<Record<string, readonly string[]>> = {
  manager: ["manager/tasks/TasksPage", "manager/call/CallDock"],
  county: ["county/BoardPage"],
  // The filters come after the rows, but are in sight.
  reviewer: ["review/RecordingsPage", "review/list/FilterFields"],
  admin: ["admin/operations/system/SystemPage"],
};

/** Tell how much script each role's first view is, compressed by gzip; end the build at too much. */
export function limitFirstViews(): Plugin {
  return {
    name: "voicegw-first-views",
    enforce: "post",
    apply: "build",
    // As they lie there: what is written into them last is loaded, too.
    writeBundle({ dir = "." }, bundle) {
      const chunks = Object.values(bundle).filter((file) => file.type === "chunk");
      const sizes = Object.entries(FIRST_VIEWS).map(([role, pages]) => ({
        role,
        bytes: sizeOf(dir, reachedFrom(chunks, pages)),
      }));
      const told = sizes.map(({ role, bytes }) => `${role} ${kilobytes(bytes)}`).join(", ");
      process.stdout.write(`script of first views by gzip: ${told}\n`);
      const tooMuch = sizes.filter(({ bytes }) => bytes > MOST_BYTES).map(({ role }) => role);
      if (tooMuch.length > 0) {
        this.error(`more than ${kilobytes(MOST_BYTES)} at first sight: ${tooMuch.join(", ")}`);
      }
    },
  };
}

/** The frame's chunk, those of the pages, and all that these import without being asked to. */
function reachedFrom(
  chunks: readonly Rolldown.OutputChunk[],
  pages: readonly string[],
): ReadonlySet<Rolldown.OutputChunk> {
  const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
  const waiting = chunks.filter((chunk) => chunk.isEntry && chunk.name === ENTRY);
  for (const page of pages) {
    const found = chunks.find((chunk) =>
      chunk.moduleIds.some((id) => id.endsWith(`/src/pages/${page}.tsx`)),
    );
    if (found === undefined) throw new Error(`there is no page ${page}`);
    waiting.push(found);
  }
  const reached = new Set<Rolldown.OutputChunk>();
  for (const chunk of waiting) {
    if (reached.has(chunk)) continue;
    reached.add(chunk);
    waiting.push(...chunk.imports.flatMap((name) => byName.get(name) ?? []));
  }
  return reached;
}

function sizeOf(dir: string, chunks: ReadonlySet<Rolldown.OutputChunk>): number {
  const sizes = [...chunks].map(
    ({ fileName }) => gzipSync(readFileSync(join(dir, fileName))).length,
  );
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} KB`;
}
