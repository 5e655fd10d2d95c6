/** Specs are UTF-8. Other bytes are told with their place, not read as `�`: a name that was changed on the way in is another name. */

export interface NotUtf8 {
  /** What is there, as the end of a sentence about the file. */
  readonly problem: string;
  readonly hint: string;
}

/** The text of a file (a mark of byte order at its beginning is none of it), or why it is none. */
export function textFrom(bytes: Uint8Array): string | NotUtf8 {
  const other = byMark(bytes);
  if (other !== undefined) return { problem: `is ${other}, not UTF-8`, hint: save };
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return placed(bytes);
  }
}

const save = "Save it as UTF-8: an editor can (`Save with Encoding`), and so does `iconv -f OLD -t UTF-8`.";

/** Encodings that say which they are. Text of ASCII letters in UTF-16 has a zero in every other byte, and no spec has one. */
function byMark([a, b, c, d]: Uint8Array): string | undefined {
  if (a === 0xff && b === 0xfe) return c === 0 && d === 0 ? "UTF-32 (little-endian)" : "UTF-16 (little-endian)";
  if (a === 0xfe && b === 0xff) return "UTF-16 (big-endian)";
  if (a === 0 && b === 0 && c === 0xfe && d === 0xff) return "UTF-32 (big-endian)";
  if (b === 0 && d === 0 && a !== undefined && a !== 0) return "probably UTF-16 (little-endian)";
  return a === 0 && c === 0 && b !== undefined && b !== 0 ? "probably UTF-16 (big-endian)" : undefined;
}

/** The decoder says only that something is wrong, not where. */
function placed(bytes: Uint8Array): NotUtf8 {
  const at = firstWrong(bytes);
  const before = bytes.subarray(0, at);
  const line = before.reduce((lines, byte) => lines + (byte === 0x0a ? 1 : 0), 1);
  const byte = (bytes[at] ?? 0).toString(16).padStart(2, "0");
  const letter = new TextDecoder("windows-1252").decode(bytes.subarray(at, at + 1));
  return {
    problem: `is not UTF-8: line ${line} has the byte 0x${byte} (byte ${at + 1} of the file), where no letter of UTF-8 can be`,
    hint: /\p{L}/u.test(letter) ? `In Latin-1 it would be \`${letter}\`: convert it, such as by \`iconv -f LATIN1 -t UTF-8\`. ${save}` : save,
  };
}

/** By halves: the longest beginning that a text could have. A letter that stops halfway is wrong from its first byte on. */
function firstWrong(bytes: Uint8Array): number {
  let [fine, wrong] = [0, bytes.length];
  while (fine < wrong) {
    const middle = Math.ceil((fine + wrong) / 2);
    if (isBeginning(bytes.subarray(0, middle))) fine = middle;
    else wrong = middle - 1;
  }
  for (let back = 1; back <= 3 && fine - back >= 0; back++) {
    const byte = bytes[fine - back] ?? 0;
    if (byte >= 0xc0) return lengthOf(byte) > back ? fine - back : fine;
    if (byte < 0x80) break;
  }
  return fine;
}

/** Of a letter, by its first byte. */
const lengthOf = (byte: number): number => (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2);

function isBeginning(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}
