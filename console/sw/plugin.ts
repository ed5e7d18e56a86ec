import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

const WORKER = "sw.js";

/** Write the names of all files into the service worker, and a version that is their content's. */
export function listFilesInWorker(publicFolder: string): Plugin {
  return {
    name: "voicegw-service-worker",
    enforce: "post",
    apply: "build",
    generateBundle(_, bundle) {
      const worker = bundle[WORKER];
      if (worker?.type !== "chunk") throw new Error(`the build made no ${WORKER}`);
      const files = new Map<string, string | Uint8Array>();
      for (const name of readdirSync(publicFolder)) {
        files.set(`/${name}`, readFileSync(join(publicFolder, name)));
      }
      for (const [name, file] of Object.entries(bundle)) {
        if (name !== WORKER) files.set(`/${name}`, file.type === "chunk" ? file.code : file.source);
      }
      const hash = createHash("sha256");
      const names = [...files.keys()].sort();
      for (const name of names) hash.update(name).update(files.get(name) ?? "");
      worker.code = worker.code
        .replace("__VERSION__", hash.digest("hex").slice(0, 16))
        .replace(/(["'`])__FILES__\1/, JSON.stringify(JSON.stringify(names)));
    },
  };
}
