/** Words of the language: properties, sections, functions, types, tags, keywords. */
import { isCall, type Annotation, type Argument, type Call, type Declaration, type Property, type Section } from "../../../grammar/generated/ast.ts";
import {
  callablesNamed, columnTypes, constructorByName, scalarSignature, sectionEntry, showShape, signatureOf, vocabularyFor, vocabularyOfBlock, type Callable,
} from "../../vocabulary/index.ts";
import type { MlspecServices } from "../../services.ts";

export const fence = (text: string): string => `\`\`\`mlspec\n${text}\n\`\`\``;
const paragraphs = (...parts: readonly (string | undefined)[]): string => parts.filter((part) => part !== undefined && part !== "").join("\n\n");

export function propertyHover(node: Property): string | undefined {
  const entry = vocabularyOfBlock(node.$container)?.properties.find((p) => p.name === node.name);
  if (entry === undefined) return undefined;
  const standard = entry.default === undefined ? (entry.required ? "Required." : undefined) : `Default: \`${entry.default}\`.`;
  return paragraphs(`**${entry.name}**: ${showShape(entry.type)}`, entry.doc, standard, fence(entry.example));
}

export function sectionHover(node: Section): string | undefined {
  const entry = sectionEntry(vocabularyOfBlock(node.$container), node.kind);
  return entry && paragraphs(`**${entry.kind}**`, entry.doc, fence(entry.example));
}

export function keywordHover(node: Declaration): string | undefined {
  const entry = vocabularyFor(node.$type);
  return entry && paragraphs(`**${entry.heading}**`, entry.doc, fence(entry.example));
}

export function callHover(node: Call): string | undefined {
  const texts = callablesNamed(node.function).map(callableText);
  return texts.length === 0 ? undefined : texts.join("\n\n---\n\n");
}

function callableText(callable: Callable): string {
  if ("scalar" in callable) {
    const { scalar } = callable;
    const nulls = scalar.nulls === "propagate" ? "Missing when an argument is." : scalar.nulls === "never" ? "Never missing." : undefined;
    return paragraphs(fence(scalarSignature(scalar)), scalar.doc, nulls, scalar.servable ? undefined : "Cannot run inside of a model: not for request features and model inputs.");
  }
  const { constructor } = callable;
  const parameters = constructor.parameters.map((p) => `- \`${p.name}\`: ${p.doc}${p.default === undefined ? "" : ` Default \`${p.default}\`.`}`).join("\n");
  return paragraphs(fence(signatureOf(constructor)), constructor.doc, parameters, `Example: \`${constructor.example}\``);
}

export function argumentHover(node: Argument): string | undefined {
  const call = node.$container;
  const parameter = isCall(call) ? constructorByName.get(call.function)?.parameters.find((p) => p.name === node.name) : undefined;
  return parameter && paragraphs(`**${parameter.name}**: ${parameter.type}`, parameter.doc, parameter.default === undefined ? undefined : `Default: \`${parameter.default}\`.`);
}

export function typeHover(word: string): string | undefined {
  if (word === "?") return "The value may be missing.";
  const type = columnTypes.find((t) => t.name === word);
  return type && paragraphs(`**${type.name}**`, type.doc);
}

export function annotationHover(node: Annotation, services: MlspecServices): string | undefined {
  const tag = services.language.Names.builtins("tag").get(node.name);
  const doc = tag && services.documentation.DocumentationProvider.getDocumentation(tag);
  return doc === undefined ? undefined : paragraphs(`**@${node.name}**`, doc);
}
