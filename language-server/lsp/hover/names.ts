/** Names: what they are, where they come from, what uses them. */
import { AstUtils, type LangiumDocument } from "langium";
import { isBuiltin, isDefinition, type Named } from "../../../grammar/generated/ast.ts";
import type { LineageKind, LineageNode } from "../../analysis/lineage.ts";
import { headline } from "../describe.ts";
import type { MlspecLspServices } from "../editor-services.ts";
import { kindOf } from "../names.ts";
import { fence } from "./words.ts";

export function nameHover(target: Named, document: LangiumDocument, services: MlspecLspServices): string {
  const { node, up, down } = isBuiltin(target) ? { node: undefined, up: [], down: [] } : services.editor.Lineage.streamOf(target);
  const home = AstUtils.getDocument(target);
  const value = isDefinition(target) ? (target.value?.$cstNode?.text ?? "").replaceAll(/\s+/g, " ") : "";
  const parts = [
    fence(headline(target, node?.type) + (value === "" ? "" : ` = ${value.length > 100 ? `${value.slice(0, 97)}…` : value}`)),
    services.documentation.DocumentationProvider.getDocumentation(target) ?? "",
    `*${kindOf(target)}${isBuiltin(target) ? ", built in" : home === document ? "" : `, from ${home.uri.path.split("/").at(-1)}`}*`,
    comesFrom(up),
    usedBy(down),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

const code = (node: LineageNode) => `\`${node.name}\``;

/** `Comes from purchases.price, purchases.sku`: the columns and request fields at the head of the stream. */
function comesFrom(up: readonly LineageNode[]): string {
  const heads = up.filter((node) => node.kind === "column" || node.kind === "request-field");
  return heads.length === 0 ? "" : `Comes from ${shortList(heads)}`;
}

const plural: readonly (readonly [kind: LineageKind, one: string, many: string])[] = [
  ["feature", "feature", "features"],
  ["label", "label", "labels"],
  ["dataset", "dataset", "datasets"],
  ["model-input", "model input", "model inputs"],
  ["model", "model", "models"],
  ["service", "service", "services"],
  ["slo", "objective", "objectives"],
  ["rollout", "rollout", "rollouts"],
];

/** `Used by 2 features, 1 model (ranker), 1 service (recommend)`. */
function usedBy(down: readonly LineageNode[]): string {
  const counts = plural.flatMap(([kind, one, many]) => {
    const nodes = down.filter((node) => node.kind === kind);
    if (nodes.length === 0) return [];
    const names = kind === "model" || kind === "service" ? ` (${shortList(nodes)})` : "";
    return [`${nodes.length} ${nodes.length === 1 ? one : many}${names}`];
  });
  return counts.length === 0 ? "" : `Used by ${counts.join(", ")}`;
}

function shortList(nodes: readonly LineageNode[], most = 6): string {
  const rest = nodes.length - most;
  return nodes.slice(0, most).map(code).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}
