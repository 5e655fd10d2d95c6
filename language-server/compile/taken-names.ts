/** Names that stand for something of the language where a declaration would be named: they would take its place without a word. */
import type { Definition, Label } from "../../grammar/generated/ast.ts";
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

const taken = (node: Definition | Label, why: string, context: Context): void =>
  context.report(node, "syntax", `\`${node.name}\` is a word of the language and cannot be a name here: ${why}`, { property: "name", suggestion: `${node.name}_`, hint: `Call it otherwise, such as \`${node.name}_\`.` });
