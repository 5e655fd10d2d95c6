/** Texts in other encodings, to UTF-8: DuckDB reads nothing else. A piece at a time. */
import { createReadStream, createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { MlspecError, messageOf } from "../errors.ts";

/** The bytes of a text file, decompressed. Throws `data-file-unreadable` of one that cannot be. */
export async function* bytesOf(path: string, enough?: number): AsyncGenerator<Buffer> {
  const unzip = path.endsWith(".gz") ? createGunzip() : path.endsWith(".zst") ? createZstdDecompress() : null;
  const file = createReadStream(path, unzip === null && enough !== undefined ? { end: enough } : {});
  // An error of the file ends the one that waits for it.
  if (unzip !== null) file.on("error", (error) => unzip.destroy(error)).pipe(unzip);
  try {
    yield* (unzip ?? file) as AsyncIterable<Buffer>;
  } catch (error) {
    throw isOfZlib(error) ? new MlspecError("data-file-unreadable", `${path} cannot be decompressed: ${messageOf(error)}.`, { hint: "It is damaged, cut short, or not compressed as its name says: make it anew.", cause: error }) : error;
  } finally {
    file.destroy();
    unzip?.destroy();
  }
}

const isOfZlib = (error: unknown): boolean => error instanceof Error && "code" in error && /^(Z|ZSTD)_/.test(String(error.code));

/** What the file itself says: UTF-16 by its mark, else null. */
export async function markedEncoding(path: string): Promise<"utf-16le" | "utf-16be" | null> {
  for await (const part of bytesOf(path, 1)) return markOf(part);
  return null;
}

const markOf = (start: Buffer): "utf-16le" | "utf-16be" | null => (start[0] === 0xff && start[1] === 0xfe ? "utf-16le" : start[0] === 0xfe && start[1] === 0xff ? "utf-16be" : null);

/** A place where the bytes are no text in the encoding. */
export class NotInEncoding extends Error {
  readonly line: number;

  constructor(line: number) {
    super(`line ${line} is not in the encoding`);
    this.line = line;
  }
}

/** Throws `NotInEncoding`. */
export async function* decoded(bytes: AsyncIterable<Buffer>, encoding: string): AsyncGenerator<string> {
  // The lenient one says where the strict one fails.
  const [strict, lenient] = [new TextDecoder(encoding, { fatal: true }), new TextDecoder(encoding)];
  let line = 1;
  const piece = (part?: Buffer): string => {
    const text = lenient.decode(part, { stream: part !== undefined });
    try {
      strict.decode(part, { stream: part !== undefined });
    } catch {
      throw new NotInEncoding(line + lineEnds(text.slice(0, Math.max(0, text.indexOf("\uFFFD")))));
    }
    line += lineEnds(text);
    return text;
  };
  for await (const part of bytes) yield piece(part);
  yield piece();
}

function lineEnds(text: string): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) count += 1;
  return count;
}

export const transcode = (from: string, encoding: string, to: string): Promise<void> => pipeline(Readable.from(decoded(bytesOf(from), encoding)), createWriteStream(to));

/** The line of a file that is not UTF-8 where it stops to be, null where it is. A NUL is in no text but of UTF-16 read as if it were another. */
export async function lineNotUtf8(path: string): Promise<number | null> {
  try {
    let line = 1;
    for await (const text of decoded(bytesOf(path), "utf-8")) {
      if (text.includes("\0")) return line + lineEnds(text.slice(0, text.indexOf("\0")));
      line += lineEnds(text);
    }
    return null;
  } catch (error) {
    if (error instanceof NotInEncoding) return error.line;
    throw error;
  }
}
