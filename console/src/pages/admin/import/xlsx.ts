/**
 * The first rows of a workbook's first sheet, read from as little of it as possible: a ZIP archive
 * (PKWARE APPNOTE) of XML files (ECMA-376). The node reads the whole; this is to show what it holds.
 */

interface Entry {
  name: string;
  offset: number;
  size: number;
  isDeflated: boolean;
}

const END = 0x06054b50;
const CENTRAL = 0x02014b50;
/** An archive ends with its directory; a comment behind it has at most 64 KiB. */
const TAIL_BYTES = 1 << 17;
/** As much of a sheet as its first rows take, many times over. */
const MOST_CHARACTERS = 1 << 20;

/** Return up to `most` rows. Throws where it is no workbook that can be read here. */
export async function rowsOfXlsx(file: Blob, most: number): Promise<readonly string[][]> {
  const entries = await directoryOf(file);
  const sheets = entries.filter(({ name }) => /^xl\/worksheets\/sheet\d+\.xml$/.test(name));
  const first = sheets.sort((a, b) => numberIn(a.name) - numberIn(b.name))[0];
  if (first === undefined) throw new Error("no sheet");
  const strings = entries.find(({ name }) => name === "xl/sharedStrings.xml");
  const shared = strings === undefined ? [] : textsOf(await textOf(file, strings), "si");
  return rowsOf(await textOf(file, first), shared, most);
}

async function directoryOf(file: Blob): Promise<readonly Entry[]> {
  const start = Math.max(file.size - TAIL_BYTES, 0);
  const tail = new DataView(await file.slice(start).arrayBuffer());
  let end = tail.byteLength - 22;
  while (end >= 0 && tail.getUint32(end, true) !== END) end -= 1;
  if (end < 0) throw new Error("no archive");
  const count = tail.getUint16(end + 10, true);
  const size = tail.getUint32(end + 12, true);
  const offset = tail.getUint32(end + 16, true);
  const directory = new DataView(await file.slice(offset, offset + size).arrayBuffer());
  const entries: Entry[] = [];
  for (let at = 0; entries.length < count && at + 46 <= directory.byteLength; ) {
    if (directory.getUint32(at, true) !== CENTRAL) break;
    const length = directory.getUint16(at + 28, true);
    const name = new TextDecoder().decode(new Uint8Array(directory.buffer, at + 46, length));
    entries.push({
      name,
      offset: directory.getUint32(at + 42, true),
      size: directory.getUint32(at + 20, true),
      isDeflated: directory.getUint16(at + 10, true) === 8,
    });
    at += 46 + length + directory.getUint16(at + 30, true) + directory.getUint16(at + 32, true);
  }
  return entries;
}

/** The beginning of a file of the archive, inflated as far as it is needed. */
async function textOf(file: Blob, { offset, size, isDeflated }: Entry): Promise<string> {
  const header = new DataView(await file.slice(offset, offset + 30).arrayBuffer());
  const from = offset + 30 + header.getUint16(26, true) + header.getUint16(28, true);
  const packed = file.slice(from, from + size).stream();
  const plain = isDeflated ? packed.pipeThrough(new DecompressionStream("deflate-raw")) : packed;
  const reader = plain.getReader();
  const decoder = new TextDecoder();
  let text = "";
  while (text.length < MOST_CHARACTERS) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  void reader.cancel();
  return text;
}

function rowsOf(sheet: string, shared: readonly string[], most: number): readonly string[][] {
  const rows: string[][] = [];
  for (const [, cells = ""] of sheet.matchAll(/<row\b[^>]*?>(.*?)<\/row>/gs)) {
    const row: string[] = [];
    for (const [, attributes = "", content = ""] of cells.matchAll(
      /<c\b([^>]*?)(?:\/>|>(.*?)<\/c>)/gs,
    )) {
      const place = columnOf(/\br="([A-Z]+)\d+"/.exec(attributes)?.[1], row.length);
      while (row.length < place) row.push("");
      row.push(cellOf(/\bt="(\w+)"/.exec(attributes)?.[1], content, shared));
    }
    if (row.some((text) => text.trim() !== "")) rows.push(row);
    if (rows.length >= most) break;
  }
  return rows;
}

function cellOf(kind: string | undefined, content: string, shared: readonly string[]): string {
  if (kind === "inlineStr") return textsOf(content, "is")[0] ?? "";
  const value = plainOf(/<v\b[^>]*>(.*?)<\/v>/s.exec(content)?.[1] ?? "");
  return kind === "s" ? (shared[Number(value)] ?? "") : value;
}

/** The texts of all elements `tag`, each put together from its runs. */
function textsOf(xml: string, tag: string): readonly string[] {
  const elements = xml.matchAll(new RegExp(`<${tag}\\b[^>]*?(?:/>|>(.*?)</${tag}>)`, "gs"));
  return [...elements].map(([, content = ""]) =>
    [...content.matchAll(/<t\b[^>]*?>(.*?)<\/t>/gs)].map(([, text = ""]) => plainOf(text)).join(""),
  );
}

const SIGNS: Readonly<Record<string, string>> = {
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  amp: "&",
};

function plainOf(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal, hex, name) => {
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    return SIGNS[name] ?? whole;
  });
}

/** A is 0, AA is 26; without a name it is the next. */
function columnOf(name: string | undefined, next: number): number {
  if (name === undefined) return next;
  return [...name].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;
}

function numberIn(text: string): number {
  return Number(/\d+/.exec(text)?.[0] ?? 0);
}
