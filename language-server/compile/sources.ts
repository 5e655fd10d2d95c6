import type { Column as CompiledColumn, Entity as CompiledEntity, Source as CompiledSource } from "../../grammar/compiled-spec/index.ts";
import { isColumn, isReference, type Entity, type Source } from "../../grammar/generated/ast.ts";
import { columnsIn, namedBy, valueOf } from "../language/navigate.ts";
import { isMoment } from "../types/type.ts";
import { itemsOf } from "./constants.ts";
import { textOf, type Context } from "./context.ts";
import { compileExpectations } from "./contracts.ts";
import { reportIdle } from "./idle.ts";
import { numbersIn } from "./numbers.ts";
import { compileReader } from "./readers.ts";
import type { Elaboration } from "./reading.ts";

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
