/** Which reports of `validate` go where: `--format sarif=out.sarif` to a file of its own, one to standard output or to `--output`. */
import { resolve } from "node:path";
import { MlspecError } from "../../runtime/errors.ts";

export const formats = ["text", "json", "sarif", "github", "junit"] as const;
export type Format = (typeof formats)[number];

export interface Wanted {
  readonly format: Format;
  /** Null: standard output. */
  readonly file: string | null;
}

/** Null where it names no format, or an empty file. */
export function readFormat(text: string): Wanted | null {
  const at = text.indexOf("=");
  const name = at < 0 ? text : text.slice(0, at);
  const format = formats.find((each) => each === name);
  const file = at < 0 ? null : text.slice(at + 1);
  return format === undefined || file === "" ? null : { format, file };
}

interface Options {
  readonly format: readonly Wanted[];
  readonly json?: boolean;
  readonly output?: string;
}

/** @throws MlspecError `bad-argument` where two would be written to one place, or `--output` is for none. */
export function wantedReports({ format, json, output }: Options, cwd: string): readonly Wanted[] {
  const asked: readonly Wanted[] = json && !format.some((each) => each.format === "json" && each.file === null) ? [...format, { format: "json", file: null }] : format;
  const all: readonly Wanted[] = asked.length === 0 ? [{ format: "text", file: null }] : asked;
  if (output !== undefined && all.every(({ file }) => file !== null)) throw new MlspecError("bad-argument", "--output is for a report without a file, and each --format names one");
  const placed = all.map((each) => ({ ...each, file: each.file ?? output ?? null }));
  const places = placed.map(({ file }) => (file === null ? null : resolve(cwd, file)));
  const double = placed.find((_, i) => places.indexOf(places[i]!) < i);
  if (double !== undefined) throw new MlspecError("bad-argument", `two reports would go to ${double.file ?? "standard output"}`, { hint: "Give all but one a file of its own: --format sarif=report.sarif." });
  return placed;
}
