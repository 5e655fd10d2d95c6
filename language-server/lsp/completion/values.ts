/** Names that may stand at the cursor, of the kind that the property wants. */
import type { AstNode, DocumentationProvider, ReferenceInfo } from "langium";
import { CompletionItemKind } from "vscode-languageserver";
import {
  isBuiltin, isColumn, isDefinition, isFeatures, isList, isMember, isProperty, isSource, type Expression, type Named, type Reference,
} from "../../../grammar/generated/ast.ts";
import { placeOf, type Place } from "../../language/place.ts";
import type { MlspecServices } from "../../services.ts";
import { constructorByName, showShape, vocabularyOfBlock, type PropertyEntry, type Shape } from "../../vocabulary/index.ts";
import { headline } from "../describe.ts";
import { isNamed, kindOf } from "../names.ts";
import { callablesAt, named } from "./callables.ts";
import { placeholder } from "./sketch.ts";
import type { Suggestion } from "./suggestion.ts";

export function valueSuggestions(node: Reference, services: MlspecServices): Suggestion[] {
  const place = placeOf(node);
  const entry = propertyEntry(place);
  const direct = entry === undefined ? undefined : shapeAt(node, entry.type);
  if (direct !== undefined && entry !== undefined) {
    const fitting = ofShape(direct, node, entry, services);
    if (fitting !== undefined) return fitting;
  }
  return [...argumentNames(place, node), ...namesInScope(node, "target", services), ...callablesAt(place, node), ...(place.receiver ? [] : words)];
}

/** The property's shape when the name is the whole value or an element of its list; inside a call the scope decides. */
function shapeAt(node: Expression, shape: Shape): Shape | undefined {
  const parent = node.$container as AstNode;
  if (isProperty(parent)) return shape;
  if (!isList(parent)) return undefined;
  return shape.kind === "list" && isProperty(parent.$container) ? shape.of : undefined;
}

function propertyEntry(place: Place): PropertyEntry | undefined {
  if (!isProperty(place.item)) return undefined;
  const { name, $container } = place.item;
  return vocabularyOfBlock($container)?.properties.find((p) => p.name === name);
}

function ofShape(shape: Shape, node: Reference, property: PropertyEntry, services: MlspecServices): Suggestion[] | undefined {
  switch (shape.kind) {
    case "reference": {
      const types: readonly string[] = shape.to;
      return namesInScope(node, "target", services, (n) => types.includes(n.$type));
    }
    case "column":
      return namesInScope(node, "target", services, isColumn);
    case "builtin":
      return [...namesInScope(node, "target", services, (n) => isBuiltin(n) && n.kind === shape.of), ...callsReturning(shape.of)];
    case "call":
      return [...named(...shape.calls)];
    case "list":
      return [{ label: "[ … ]", kind: CompletionItemKind.Value, detail: showShape(shape), snippet: "[$0]", more: true, rank: 0 }];
    case "either":
      return shape.shapes.flatMap((one) => ofShape(one, node, property, services) ?? []);
    case "bool":
      return ["true", "false"].map((label) => ({ label, kind: CompletionItemKind.Constant, ...(property.default === label && { detail: "default" }) }));
    case "request":
      return [{ label: "request { … }", kind: CompletionItemKind.Struct, detail: showShape(shape), snippet: "request { $0 }", rank: 1 }];
    case "expression": case "features": case "definition": case "columns": case "from": case "objective":
      return undefined;
    default: {
      const examples = [property.example.slice(property.name.length + 1).trim(), ...(property.default === undefined ? [] : [property.default])];
      return [...new Set(examples)].map((label) => ({ label, kind: CompletionItemKind.Value, detail: label === property.default ? "default" : showShape(shape) }));
    }
  }
}

/** `device: gpu(or: cpu)`. */
const callsReturning = (kind: string): readonly Suggestion[] => (kind === "device" ? named("gpu") : []);

/** `delimiter: `, while the argument is nothing yet but this word. */
function argumentNames(place: Place, node: Reference): Suggestion[] {
  const call = place.call;
  if (call === undefined || node.$container.$type !== "Argument" || (node.$container as { name?: string }).name !== undefined) return [];
  const given = new Set(call.arguments.map((a) => a.name));
  const parameters = constructorByName.get(call.function)?.parameters ?? [];
  return parameters.filter((p) => !p.positional && !given.has(p.name)).map((p) => ({
    label: `${p.name}:`,
    kind: CompletionItemKind.Property,
    detail: [p.type, ...(p.required ? ["required"] : p.default === undefined ? [] : [`default ${p.default}`])].join(", "),
    doc: p.doc,
    snippet: `${p.name}: $0`,
    rank: 1,
  }));
}

export function memberSuggestions(node: AstNode, services: MlspecServices): Suggestion[] {
  if (!isMember(node)) return [];
  const members = namesInScope(node, "member", services);
  const receiver = node.receiver?.$type === "Reference" ? (node.receiver).target.ref : undefined;
  if (!isSource(receiver) && !isFeatures(receiver)) return members;
  const all: Suggestion = { label: "*", kind: CompletionItemKind.Operator, detail: `all of ${receiver.name}`, rank: 9 };
  return [...members, all];
}

/** `of model`, `-> entity`, `on service`: cross-references in headings and columns. */
export function referenceSuggestions(node: AstNode, property: string, services: MlspecServices): Suggestion[] {
  return namesInScope(node, property, services);
}

function namesInScope(container: AstNode, property: string, services: MlspecServices, suits: (node: Named) => boolean = () => true): Suggestion[] {
  const reference = (container as unknown as Record<string, ReferenceInfo["reference"] | undefined>)[property];
  if (reference === undefined) return [];
  return services.references.ScopeProvider.getScope({ container, property, reference }).getAllElements().toArray().flatMap((element) => {
    const node = element.node;
    if (node === undefined || !isNamed(node) || element.name === placeholder || !suits(node)) return [];
    return [nameSuggestion(node, element.name, services.documentation.DocumentationProvider)];
  });
}

export function nameSuggestion(node: Named, name: string, documentation: DocumentationProvider): Suggestion {
  const detail = isColumn(node) || isBuiltin(node) ? headline(node) : isDefinition(node) ? kindOf(node) : headline(node);
  return { label: name, kind: completionKind(node), detail, doc: documentation.getDocumentation(node), rank: isBuiltin(node) ? 4 : 3 };
}

function completionKind(node: Named): CompletionItemKind {
  if (isBuiltin(node)) return CompletionItemKind.EnumMember;
  if (isColumn(node)) return CompletionItemKind.Field;
  if (isDefinition(node)) return CompletionItemKind.Variable;
  return node.$type === "Section" ? CompletionItemKind.Property : node.$type === "Source" || node.$type === "Dataset" ? CompletionItemKind.Struct : CompletionItemKind.Class;
}

const words: readonly Suggestion[] = [
  { label: "if", kind: CompletionItemKind.Keyword, snippet: "if ${1:condition} then ${2:value} else ${3:value}", rank: 8 },
  ...["not", "true", "false", "null"].map((label) => ({ label, kind: CompletionItemKind.Keyword, rank: 9 })),
];

