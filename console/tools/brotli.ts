import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";
import type { Plugin } from "vite";

const compress = promisify(brotliCompress);
const PACKED = /\.(?:css|html|js|svg|webmanifest)$/;
/** Less fits into one packet as it is. */
const WORTH_BYTES = 1024;

/**
 * Write each file's Brotli form beside it (`index.js.br`). It is done here because it takes
 * seconds, and a node that has just been started has calls to take.
 */
export function packFiles(): Plugin {
  return {
    name: "voicegw-brotli",
    enforce: "post",
    apply: "build",
    async writeBundle({ dir = "." }) {
      const names = await readdir(dir, { recursive: true });
      await Promise.all(names.filter((name) => PACKED.test(name)).map((name) => pack(dir, name)));
    },
  };
}

async function pack(dir: string, name: string): Promise<void> {
  const content = await readFile(join(dir, name));
  if (content.length < WORTH_BYTES) return;
  const packed = await compress(content, {
    params: {
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
    },
  });
  await writeFile(join(dir, `${name}.br`), packed);
}
