/** How a source's files are read: `csv("data/*.csv", delimiter: ";")`. */
import { encodingOf, type Reader } from "../../grammar/compiled-spec/index.ts";
import { isText, type Expression } from "../../grammar/generated/ast.ts";
import { Arguments, readCall } from "./arguments.ts";
import { itemsOf, readText } from "./constants.ts";
import { textOf, type Context } from "./context.ts";
import { checkTimeFormat } from "./time-formats.ts";

const separators: ReadonlySet<string> = new Set([";", ",", "|", "\t", "\\t", ":"]);

export function compileReader(e: Expression | undefined, context: Context): Reader | undefined {
  const read = readCall(e, ["csv", "parquet", "json"], "`read`", context);
  if (read === undefined) return undefined;
  const args = new Arguments(read.entry, read.bound, context);
  const paths = args.texts("path");
  const written = args.all("path").flatMap(itemsOf);
  if (paths.length === 0) return written.length > 0 ? undefined : context.report(read.call, "wrong-arguments", `\`${read.call.function}\` needs at least one file`);
  const separator = written.find((path) => isText(path) && separators.has(path.value));
  if (separator !== undefined) return context.report(separator, "wrong-arguments", `${textOf(separator)} is no file but what separates fields`, { hint: `Write \`delimiter: ${textOf(separator)}\`.` });
  checkRemote(written, context);
  const partitions = args.truth("partitions") === true ? { partitions: true as const } : {};
  if (read.call.function === "parquet") return { format: "parquet", paths, ...partitions };
  const texts = { ...timesOf(args, context), ...encodingIn(args, context) };
  if (read.call.function === "json") return { format: "json", paths, ...texts, ...partitions };
  const delimiter = args.text("delimiter") ?? null;
  if (delimiter !== null && (delimiter.length < 1 || delimiter.length > 4)) {
    context.report(args.expression("delimiter") ?? read.call, "out-of-range", `a delimiter has 1 to 4 characters, not ${delimiter.length}`);
  }
  return { format: "csv", paths, delimiter, quote: args.text("quote") ?? null, header: args.truth("header") ?? null, missing: args.texts("missing"), skip: args.number("skip", "int") ?? 0, ...texts, ...numbersOf(args, delimiter, context), ...partitions };
}

/** Absent where nothing is said, so that what was compiled before has the name that it had. */
function timesOf(args: Arguments, context: Context): { readonly times?: string[] } {
  const formats = args.all("times").flatMap(itemsOf).filter((e) => !isText(e) || checkTimeFormat(e.value, e, context));
  const times = formats.map((e) => readText(e, "`times`", context)).filter((format) => format !== undefined);
  return times.length === 0 ? {} : { times };
}

function encodingIn(args: Arguments, context: Context): { readonly encoding?: string } {
  const [said, at] = [args.text("encoding"), args.expression("encoding")];
  if (said === undefined || at === undefined) return {};
  const encoding = encodingOf(said);
  if (encoding === undefined) context.report(at, "wrong-arguments", `there is no encoding \`${said}\``, { hint: "Such as `windows-1252`, `latin-1`, `iso-8859-15`, `utf-16`, `windows-1251`, `shift_jis`, `gb18030`." });
  return encoding === undefined || encoding === "utf-8" ? {} : { encoding };
}

const marks = new Set([".", ",", "'", "’", " ", "\u00A0", "\u202F", "_"]);

/** How numbers are written: `1.234,5` has a `decimal` of `,` and `thousands` of `.`. */
function numbersOf(args: Arguments, delimiter: string | null, context: Context): { readonly decimal?: string; readonly thousands?: string } {
  const [decimal, thousands] = [args.text("decimal"), args.text("thousands")];
  const refuse = (what: "decimal" | "thousands", message: string): void => {
    const at = args.expression(what);
    if (at !== undefined) context.report(at, "wrong-arguments", message);
  };
  if (decimal !== undefined && decimal !== "," && decimal !== ".") refuse("decimal", "before a fraction stands `,` or `.`");
  if (thousands !== undefined && !marks.has(thousands)) refuse("thousands", "digits are grouped by `.`, `,`, `'`, `_` or a space");
  if (thousands !== undefined && thousands === (decimal ?? ".")) refuse("thousands", `digits cannot be grouped by what stands before the fraction: say \`decimal: "${thousands === "," ? "." : ","}"\``);
  if (decimal === "," && delimiter === ",") refuse("decimal", "fields are separated by `,` already");
  return { ...(decimal === undefined || decimal === "." ? {} : { decimal }), ...(thousands === undefined ? {} : { thousands }) };
}

/** Of what is not on this machine only `http` and `https` are read. */
function checkRemote(paths: readonly Expression[], context: Context): void {
  for (const path of paths) {
    const protocol = isText(path) ? /^([a-z][a-z0-9+.-]+):\/\//i.exec(path.value)?.[1] : undefined;
    if (protocol === undefined || /^https?$/i.test(protocol)) continue;
    context.report(path, "unsupported", `\`${protocol}://\` is not read`, { hint: "Copy the files to a folder of this machine (`aws s3 sync`, `gcloud storage rsync` …), or name an https address." });
  }
}
