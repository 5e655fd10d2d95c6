/** Inside a block: the properties and sections that are not given yet, definitions, requirements. */
import { CompletionItemKind } from "vscode-languageserver";
import { isColumns, isDefinition, isProperty, isSection, type Block } from "../../../grammar/generated/ast.ts";
import { showShape, type BlockEntry, type PropertyEntry, type SectionEntry, type Shape } from "../../vocabulary/index.ts";
import { placeholderOf, sectionSnippet } from "./declarations.ts";
import { placeholder } from "./sketch.ts";
import { escapeSnippet, type Suggestion } from "./suggestion.ts";

/** `bare`: what follows the name is there already, only the name is to be completed. */
export function itemSuggestions(block: Block, entry: BlockEntry, bare: boolean): Suggestion[] {
  const given = new Set(block.items.flatMap((item) => (isProperty(item) ? [item.name] : isSection(item) ? [item.kind] : isColumns(item) ? ["columns"] : [])));
  given.delete(placeholder);
  const properties = entry.properties.filter((p) => !given.has(p.name)).map((p) => propertySuggestion(p, bare));
  if (bare) return properties;
  const sections = entry.sections.filter((s) => s.repeatable || !given.has(s.kind)).map(sectionSuggestion);
  const columns: Suggestion = {
    label: "columns", kind: CompletionItemKind.Struct, doc: "The columns of the files, with their types.", snippet: "columns {\n\t${1:name}: ${2:string}\n}", rank: 2,
  };
  const unnamed = block.items.filter(isDefinition).length === 0 ? 2 : 4;
  return [
    ...properties,
    ...sections,
    ...(entry.columns && !given.has("columns") ? [columns] : []),
    ...entry.definitions.map((d): Suggestion => ({
      label: d.kind ?? "name = …",
      kind: CompletionItemKind.Variable,
      detail: d.what,
      doc: withExample(d.doc, d.example),
      snippet: d.kind === null ? "${1:name} = $0" : `${d.kind} \${1:name} = $0`,
      rank: d.kind === null ? unnamed : 3,
    })),
    ...[...entry.requirements.map((r) => ({ ...r, word: "require" })), ...entry.denials.map((r) => ({ ...r, word: "deny" }))].map(({ doc, example, word }): Suggestion => ({
      label: example,
      kind: CompletionItemKind.Keyword,
      doc,
      snippet: `${word} \${1:${escapeSnippet(example.slice(word.length + 1))}}`,
      filter: example,
      rank: 4,
    })),
  ];
}

function propertySuggestion(property: PropertyEntry, bare: boolean): Suggestion {
  const { name, doc, type, required, example } = property;
  const detail = `${required ? "required: " : ""}${showShape(type)}${property.default === undefined ? "" : ` (default ${property.default})`}`;
  const common = { label: name, kind: CompletionItemKind.Property, detail, doc: withExample(doc, example), rank: required ? 0 : 1 };
  if (bare) return { ...common, snippet: name };
  const chosen = isChoice(type);
  return { ...common, snippet: `${name}: ${chosen ?? `\${1:${placeholderOf(property)}}`}`, ...(chosen !== undefined && { more: true }) };
}

/** Values that are chosen among names, so that an example would be in the way. */
function isChoice(shape: Shape): string | undefined {
  if (shape.kind === "reference" || shape.kind === "column" || shape.kind === "builtin" || shape.kind === "call") return "$0";
  if (shape.kind === "list") return isChoice(shape.of) === undefined ? undefined : "[$0]";
  return undefined;
}

function sectionSuggestion(section: SectionEntry): Suggestion {
  let n = 0;
  return {
    label: section.kind,
    kind: CompletionItemKind.Struct,
    detail: section.named ? `${section.kind} name { … }` : `${section.kind} { … }`,
    doc: withExample(section.doc, section.example),
    snippet: sectionSnippet(section, () => ++n).replaceAll("\n\t", "\n"),
    rank: section.required ? 0 : 2,
  };
}

export const withExample = (doc: string, example: string): string => `${doc}\n\n\`\`\`mlspec\n${example}\n\`\`\``;
