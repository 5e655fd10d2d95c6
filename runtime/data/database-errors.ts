/** DuckDB's messages, said in the words of someone whose data is the problem, without what they quote of the data. Pure. */
import type { ErrorCode } from "../codes.ts";
import { MlspecError, messageOf } from "../errors.ts";

interface Rule {
  readonly code: ErrorCode;
  readonly pattern: RegExp;
  readonly message: (match: RegExpMatchArray, original: string) => string;
  readonly hint?: string;
}

const firstLine = (text: string): string => (text.split("\n")[0] ?? text).trim();
const after = (text: string): string => firstLine(text.replace(/^[A-Z][\w ]*Error: /, ""));

/** What DuckDB quotes of the file that it read: the file may be none of the user's data. */
const quotations: readonly (readonly [RegExp, string])[] = [
  [/\s*Original Line:.*$/gm, ""], [/\bstring (?:'[^\n]*'|"[^\n]*")(?= to\b)/g, "a text"], [/(\bbut got \w+):[^\n]*/g, "$1"], [/\s*\bInput: ["'][^]*$/g, ""],
];

const withoutQuotations = (text: string): string => quotations.reduce((rest, [pattern, instead]) => rest.replace(pattern, instead), text);

const rules: readonly Rule[] = [
  { code: "cancelled", pattern: /^INTERRUPT Error/i, message: () => "The work on the data was cancelled." },
  {
    code: "disk-full", pattern: /No space left on device|not enough (?:disk )?space|max_temp_directory_size|Disk quota exceeded/i,
    message: (_, original) => `The disk is full: ${after(original)}`,
    hint: "Make room on the disk that holds the state folder and the temporary folder, then run again; nothing half-written is kept.",
  },
  {
    code: "data-out-of-memory", pattern: /^(?:Out of Memory Error|.*failed to (?:pin|allocate) block)/i,
    message: (_, original) => `The data did not fit into the memory allowed for it: ${after(original)}`,
    hint: "Allow more memory, use fewer threads, or read fewer rows.",
  },
  {
    code: "data-file-missing", pattern: /No files found that match the pattern "([^"]*)"/,
    message: (match) => `There is no file ${match[1] ?? ""}.`,
    hint: "Check the path in `read`; relative paths start from the folder of the spec file.",
  },
  {
    code: "data-file-missing", pattern: /Cannot open file "([^"]*)": No such file/,
    message: (match) => `There is no file ${match[1] ?? ""}.`,
    hint: "Check the path in `read`; relative paths start from the folder of the spec file.",
  },
  {
    code: "data-file-unreadable", pattern: /Cannot open file "([^"]*)": (.*)/,
    message: (match) => `The file ${match[1] ?? ""} cannot be opened: ${match[2] ?? ""}.`,
  },
  {
    code: "extension-not-available", pattern: /(?:extension|Extension) "?'?(\w+)"?'?|Extension Autoloading Error/,
    message: (match, original) => `DuckDB's extension ${match[1] ?? ""} is not on this machine: ${after(original)}`,
    hint: "Write the files in a form that DuckDB reads without it.",
  },
  {
    code: "data-file-unreadable", pattern: /CSV Error on Line: (\d+)/,
    message: (match, original) => csvMessage(match[1] ?? "?", original),
    hint: "Mend that line, or say in `read` what separates and quotes the values; files must be UTF-8.",
  },
  {
    code: "data-file-unreadable", pattern: /CSV Parser state machine reached an invalid state/,
    message: () => "A CSV file mixes kinds of line ends, or a quote in it never ends.",
    hint: "Write it anew with one kind of line end, or say in `read` what quotes the values.",
  },
  {
    code: "column-repeated", pattern: /(?:in file "([^"]*)", in [a-z/]+ (\d+): )?(?:Object .*)?has duplicate key "([^"]*)"/s,
    message: ([, file, row, name]) => `A row has the field "${name ?? ""}" more than once${file === undefined ? "" : ` (${file}, row ${row ?? "?"})`}.`,
    hint: "Which of them is meant, only you know: give the others another name in the file.",
  },
  {
    code: "data-file-unreadable",
    pattern: /No magic bytes found|too small to be a Parquet file|Invalid Parquet|TProtocolException|Snappy decompression|[Dd]ecompress|Failed to read|Corrupt|Malformed JSON|Could not read enough bytes|Invalid unicode|invalid unicode|not utf-8|Footer length|Parquet file|bytes outside file|IO Error: .*read/,
    message: (_, original) => `A data file cannot be read: ${after(original)}`,
    hint: "The file may be cut short, damaged, or of another format than `read` says.",
  },
  {
    code: "data-type-mismatch", pattern: /^Conversion Error: ([^\n]*)/,
    message: (match) => `A value has the wrong type: ${match[1] ?? ""}`,
    hint: "Declare the column's true type, or name the text that stands for a missing value in `missing`.",
  },
];

/** The reader's complaint with file and line; its advice names options that the language does not have, so it is left out. */
function csvMessage(line: string, original: string): string {
  const file = /^\s*file = (.+)$/m.exec(original)?.[1] ?? "the file";
  const lines = original.split("\n").map((l) => l.trim());
  const reason = lines.find((l) => /^(Expected Number|Value with|Invalid unicode|Maximum line|The )/.test(l)) ?? after(original);
  return `${file}, line ${line}: ${reason.replace("Expected Number of Columns: ", "expected values: ").replace("Found:", "found:")}`;
}

/** `data-failed` for everything that no rule knows: the original text is kept. */
export function dataError(error: unknown, context: { readonly sql?: string } = {}): MlspecError {
  if (error instanceof MlspecError) return error;
  const original = withoutQuotations(messageOf(error));
  for (const rule of rules) {
    const match = rule.pattern.exec(original);
    if (match) return new MlspecError(rule.code, rule.message(match, original), { hint: rule.hint, cause: error });
  }
  const where = context.sql === undefined ? "" : ` (in: ${context.sql.slice(0, 200)})`;
  return new MlspecError("data-failed", `DuckDB could not do it: ${firstLine(original)}${where}`, { cause: error });
}
