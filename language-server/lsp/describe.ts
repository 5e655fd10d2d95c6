/** How a named thing is written in one line: `sku: string → product`, `sales_7d = count() over 7d`, `model ranker`. */
import { isBuiltin, isColumn, isDefinition, isEvaluation, isFeatures, isLabel, isRollout, isSection, isSlo, type Named, type TypeRef } from "../../grammar/generated/ast.ts";
import { kindOf } from "./names.ts";

/** `typeName` is the inferred type, where there is one. */
export function headline(node: Named, typeName?: string): string {
  if (isBuiltin(node)) return node.type === undefined ? node.name : `${node.name}: ${typeText(node.type)}`;
  if (isColumn(node)) {
    const entity = node.entity === undefined ? "" : ` -> ${node.entity.$refText}`;
    const tags = (node.annotations ?? []).map((a) => ` @${a.name}${a.argument === undefined ? "" : `(${a.argument})`}`).join("");
    return `${node.name}: ${typeText(node.type)}${entity}${tags}`;
  }
  if (isDefinition(node)) return `${node.kind === undefined ? "" : `${node.kind} `}${node.name}${typeName === undefined ? "" : `: ${typeName}`}`;
  if (isSection(node)) return [node.kind, node.name].filter((word) => word !== undefined).join(" ");
  return `${kindOf(node)} ${node.name}${relation(node)}`;
}

function relation(node: Named): string {
  if (isFeatures(node)) return node.entity === undefined ? "" : ` for ${node.entity.$refText}`;
  if (isLabel(node)) return node.type === undefined ? "" : `: ${typeText(node.type)}`;
  if (isEvaluation(node)) return ` of ${node.model?.$refText ?? ""}`;
  if (isSlo(node)) return ` of ${node.target?.$refText ?? ""}`;
  if (isRollout(node)) return ` of ${node.model?.$refText ?? ""} on ${node.service?.$refText ?? ""}`;
  return "";
}

const typeText = (type: TypeRef | undefined): string => (type === undefined ? "" : `${type.name}${type.nullable ? "?" : ""}`);
