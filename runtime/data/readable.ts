/** Files of texts as DuckDB can read them: in UTF-8. What it would misread is refused, with what to do. */
import { basename, join } from "node:path";
import type { Reader, Source } from "../../grammar/compiled-spec/index.ts";
import { MlspecError, type ErrorPlace } from "../errors.ts";
import type { Database } from "./database.ts";
import { partitionOf } from "./path-columns.ts";
import type { SourceFile } from "./source-files.ts";
import { lineNotUtf8, markedEncoding, NotInEncoding, transcode } from "./transcode.ts";

/** Files that hold others, or are compressed, in ways that are not read; and what makes files of them that are. */
const refused: readonly (readonly [RegExp, string])[] = [
  [/\.(tar|tgz|tar\.\w+)$/i, "tar -xf"], [/\.zip$/i, "unzip"], [/\.7z$/i, "7z x"], [/\.bz2$/i, "bunzip2 --keep"], [/\.(xz|lzma)$/i, "unxz --keep"], [/\.lz4$/i, "unlz4"], [/\.br$/i, "brotli --decompress"], [/\.z$/i, "uncompress"],
];

/** The same files, some of them elsewhere. Throws `data-file-unreadable`, `data-not-decoded`. */
export async function readable(database: Database, source: Pick<Source, "name" | "read">, files: readonly SourceFile[], where: ErrorPlace | undefined): Promise<readonly SourceFile[]> {
  const found: SourceFile[] = [];
  for (const file of files) {
    const [, command] = refused.find(([ending]) => ending.test(file.at)) ?? [];
    if (command !== undefined) {
      throw new MlspecError("data-file-unreadable", `${file.path} (source ${source.name}) is compressed or packed in a way that is not read.`, {
        where, hint: `Unpack it (\`${command} ${basename(file.at)}\`) and name what comes out; \`.gz\` and \`.zst\` are read as they are.`,
      });
    }
    found.push(source.read.format === "parquet" ? file : await inUtf8(database, source.read, file, where));
  }
  return found;
}

async function inUtf8(database: Database, read: Exclude<Reader, { format: "parquet" }>, file: SourceFile, where: ErrorPlace | undefined): Promise<SourceFile> {
  // Big or little end first is what the file's mark says, whatever is said of UTF-16.
  const marked = await markedEncoding(file.at);
  const encoding = read.encoding === undefined || read.encoding.startsWith("utf-16") ? (marked ?? read.encoding) : read.encoding;
  if (encoding === undefined || encoding === "utf-8") return file;
  const name = basename(file.at).replace(/\.(gz|zst)$/, "");
  try {
    const at = await database.scratch.file(`${encoding} ${file.at}`, join(partitionOf(file.at), name), (to) => transcode(file.at, encoding, to));
    return { ...file, at };
  } catch (error) {
    if (!(error instanceof NotInEncoding)) throw error;
    throw new MlspecError("data-not-decoded", `${file.path}, line ${error.line}: this is not in ${encoding}, as ${read.encoding === undefined ? "the file's mark" : "`encoding`"} says.`, { where, hint: hintOf(read.format) });
  }
}

const hintOf = (format: string): string =>
  `Say what it is: \`${format}(…, encoding: "windows-1252")\` of what Excel wrote in Western Europe; others are \`utf-16\`, \`windows-1251\`, \`iso-8859-2\`, \`shift_jis\`, \`gb18030\`. If it is meant to be UTF-8, mend that line.`;

/** Of a file that DuckDB refused, or whose beginning looks so. */
export async function notUtf8(read: Reader, file: SourceFile, where: ErrorPlace | undefined): Promise<MlspecError | null> {
  const line = await lineNotUtf8(file.at);
  return line === null ? null : new MlspecError("data-not-decoded", `${file.path}, line ${line}: this is not in UTF-8.`, { where, hint: hintOf(read.format) });
}
