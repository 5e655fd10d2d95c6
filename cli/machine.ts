/** A failure as a program reads it: with `--json` one object, with events one more line. */
import type { CommanderError } from "commander";
import type { ErrorReport } from "./exit.ts";

export type Reader = "person" | "object" | "lines";

/** Who reads standard output. Told from the arguments as they were given: those that cannot be understood are a failure, too. */
export function readerOf(args: readonly string[]): Reader {
  const end = args.indexOf("--");
  const given = end < 0 ? args : args.slice(0, end);
  const json = given.includes("--json") || given.includes("--format=json") || given.some((word, i) => word === "json" && given[i - 1] === "--format");
  if (given.includes("--events") || given.includes("--events=ndjson") || (json && given[0] === "serve")) return "lines";
  return json ? "object" : "person";
}

export function failureFor(reader: Reader, error: ErrorReport): string {
  switch (reader) {
    case "person": return "";
    case "object": return `${JSON.stringify({ error }, null, 2)}\n`;
    case "lines": return `${JSON.stringify({ type: "error", error })}\n`;
  }
}

/** Commander says itself on standard error what it could not make sense of. */
export const usageReport = ({ message }: CommanderError): ErrorReport => ({ code: "bad-usage", message: message.replace(/^error: /, ""), where: null, hint: "`mlspec --help` lists the commands, and each has --help." });
