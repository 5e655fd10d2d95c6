/** Names that stand for something of the language where a declaration would be named: they would take its place without a word. */
import { AstUtils, type AstNode } from "langium";
import { isArgument, isCall, isMember, isReference, type Definition, type Expression, type Label, type Reference, type Source } from "../../grammar/generated/ast.ts";
import { builtinNames } from "../language/prelude.ts";
import type { Context } from "./context.ts";

/** `current.auc` is the live version's. */
export function reportTakenBaseline(node: Definition, context: Context): void {
  if (builtinNames("version").includes(node.name)) taken(node, `\`${node.name}.auc\` is what the version that is live now reaches`, context);
}

/** `rate(errors)` is the rate of failed requests; the other signals have no rate. */
export function reportTakenLabel(node: Label, context: Context): void {
  if (node.name === "errors") taken(node, "`rate(errors)` is the rate of requests that failed", context);
}

/** `require rows >= 1k` counts the rows: a column's name is found first, and what files call their columns is not ours to forbid. True when it was said. */
export function reportTakenRows(condition: Expression, source: Source, context: Context): boolean {
  if (!context.names.columnsOf(source).has("rows")) return false;
  const bare = AstUtils.streamAst(condition).filter(isReference).filter((name) => name.target.$refText === "rows" && !isMember(name.$container) && !takesColumn(name));
  for (const name of bare) reportRows(name, source, context);
  return !bare.isEmpty();
}

const reportRows = (name: Reference, source: Source, context: Context): void =>
  context.report(name, "ambiguous-name", `\`rows\` is the number of rows, and a column of \`${source.name}\``, {
    suggestion: `${source.name}.rows`, hint: `Write \`${source.name}.rows\` for the column. To count the rows, give the column another name: \`rows_: int from "rows"\`.`,
  });

/** `missing(rows)` can only be about a column. */
function takesColumn({ $container }: AstNode): boolean {
  const call = isArgument($container) ? $container.$container : undefined;
  return isCall(call) && (call.function === "missing" || call.function === "distinct");
}

const taken = (node: Definition | Label, why: string, context: Context): void =>
  context.report(node, "syntax", `\`${node.name}\` is a word of the language and cannot be a name here: ${why}`, { property: "name", suggestion: `${node.name}_`, hint: `Call it otherwise, such as \`${node.name}_\`.` });
