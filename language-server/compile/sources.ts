import { encodingOf, type Column as CompiledColumn, type Entity as CompiledEntity, type Reader, type Source as CompiledSource } from "../../grammar/compiled-spec/index.ts";
import { isColumn, isReference, isText, type Entity, type Expression, type Source } from "../../grammar/generated/ast.ts";
import { columnsIn, namedBy, valueOf } from "../language/navigate.ts";
import { isMoment } from "../types/type.ts";
import { Arguments, readCall } from "./arguments.ts";
import { itemsOf, readText } from "./constants.ts";
import { textOf, type Context } from "./context.ts";
import { compileExpectations } from "./contracts.ts";
import { reportIdle } from "./idle.ts";
import { numbersIn } from "./numbers.ts";
import type { Elaboration } from "./reading.ts";
import { checkTimeFormat } from "./time-formats.ts";

export function compileEntity(node: Entity, { context }: Elaboration): CompiledEntity | undefined {
  const key = valueOf(node, "key");
  if (key === undefined || typeof node.name !== "string") return undefined;
  if (!isReference(key)) return context.report(key, "type-mismatch", "`key` expects a name, such as `shopper_id`");
  return { ...context.named(node), key: key.target.$refText };
}

export function compileSource(node: Source, elaboration: Elaboration): CompiledSource | undefined {
  const { context } = elaboration;
  const read = compileReader(valueOf(node, "read"), context);
  const columns = compileColumns(node, elaboration);
  const time = compileTime(node, context, columns);
  const { said, perhaps } = numbersIn("Source", node, context);
  const [latenessMs, volumePerMs, retainMs] = [said("lateness"), perhaps("volume"), perhaps("retain")];
  // `volume` and `retain` count for rows without a time too: how many come in, and how long predictions made of them are kept in the log.
  if (latenessMs > 0 && valueOf(node, "time") === undefined) reportIdle(node, ["lateness"], `\`${node.name}\` has no event time (\`time\`), so nothing of it is late`, context);
  const expect = compileExpectations(node, elaboration);
  if (read === undefined || columns.length === 0 || typeof node.name !== "string") return undefined;
  return {
    ...context.named(node), read, folder: context.folderOf(node), time, latenessMs, volumePerMs, retainMs,
    purpose: [...new Set(itemsOf(valueOf(node, "purpose")).map((e) => (isReference(e) ? e.target.$refText : textOf(e))))], columns, expect,
  };
}

function compileColumns(node: Source, elaboration: Elaboration): CompiledColumn[] {
  const { context } = elaboration;
  const reused = context.names.reusedColumns(node);
  const expression = valueOf(node, "columns");
  if (reused === node || (reused !== undefined && context.names.isCircular(node))) {
    context.report(expression ?? node, "cyclic-definition", `\`${node.name}\` takes its columns from itself`);
  } else if (expression !== undefined && reused === undefined && namedBy(expression) !== undefined) {
    context.report(expression, "type-mismatch", "`columns` expects the columns of another source, such as `people.columns`");
  }
  if (reused !== undefined) checkTakenOver(node, reused, context);
  const table = [...context.names.columnsOf(node).values()];
  if (table.length === 0 && expression === undefined && columnsIn(node).length === 0) {
    context.report(node, "missing-columns", `\`${node.name}\` says nothing about its columns`, { property: "name", hint: "Add `columns { name: type }`." });
  }
  const columns = table.map((c) => elaboration.column(c)).filter((c) => c !== undefined);
  warnOfSameInFile(node, columns, context);
  return columns;
}

/** One column of the file under two names: mostly copied and not finished, and what is tagged under one name goes on without its tag under the other. */
function warnOfSameInFile(node: Source, columns: readonly CompiledColumn[], context: Context): void {
  const [table, own] = [context.names.columnsOf(node), new Set(columnsIn(node))];
  const first = new Map<string, CompiledColumn>();
  for (const column of columns.filter(({ value }) => value === null)) {
    const other = first.get(column.physical);
    const at = table.get(column.name);
    if (other === undefined) first.set(column.physical, column);
    else if (at !== undefined && own.has(at)) {
      context.report(at, "duplicate-column", `\`${column.name}\` is read from the same column of the file as \`${other.name}\``, { severity: "warning", hint: `If both are meant, compute it: \`${column.name}: … = ${other.name}\`.` });
    }
  }
}

/** A column of one's own beside one of the same name that is taken over. */
function checkTakenOver(node: Source, reused: Source, context: Context): void {
  const theirs = context.names.columnsOf(reused);
  for (const own of columnsIn(node)) {
    if (theirs.has(own.name) && theirs.get(own.name) !== own) context.report(own, "duplicate-column", `\`${reused.name}\` brings a column \`${own.name}\` already`, { property: "name", related: [context.related(reused, "the source")] });
  }
}

function compileTime(node: Source, context: Context, columns: readonly CompiledColumn[]): string | null {
  const value = valueOf(node, "time");
  const named = namedBy(value);
  if (value === undefined || named === undefined) return null;
  const column = isColumn(named) ? columns.find((c) => c.name === named.name) : undefined;
  if (column !== undefined && !isMoment(column.type)) {
    context.report(value, "type-mismatch", `the event time must be a timestamp or a date, but \`${column.name}\` is a ${column.type.kind}`);
    return null;
  }
  if (column?.type.nullable === true) context.report(value, "type-mismatch", `the event time may not be missing, but \`${column.name}\` is a ${column.type.kind}?`);
  return column?.name ?? null;
}

const separators: ReadonlySet<string> = new Set([";", ",", "|", "\t", "\\t", ":"]);

function compileReader(e: Expression | undefined, context: Context): Reader | undefined {
  const read = readCall(e, ["csv", "parquet", "json"], "`read`", context);
  if (read === undefined) return undefined;
  const args = new Arguments(read.entry, read.bound, context);
  const paths = args.texts("path");
  if (paths.length === 0) return args.all("path").some((e) => itemsOf(e).length > 0) ? undefined : context.report(read.call, "wrong-arguments", `\`${read.call.function}\` needs at least one file`);
  const separator = args.all("path").flatMap(itemsOf).find((path) => isText(path) && separators.has(path.value));
  if (separator !== undefined) return context.report(separator, "wrong-arguments", `${textOf(separator)} is no file but what separates fields`, { hint: `Write \`delimiter: ${textOf(separator)}\`.` });
  checkRemote(args, context);
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
function checkRemote(args: Arguments, context: Context): void {
  for (const path of args.all("path").flatMap(itemsOf)) {
    const protocol = isText(path) ? /^([a-z][a-z0-9+.-]+):\/\//i.exec(path.value)?.[1] : undefined;
    if (protocol === undefined || /^https?$/i.test(protocol)) continue;
    context.report(path, "unsupported", `\`${protocol}://\` is not read`, { hint: "Copy the files to a folder of this machine (`aws s3 sync`, `gcloud storage rsync` …), or name an https address." });
  }
}
