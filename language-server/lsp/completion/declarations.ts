/** At the top level: `import`, and each kind of declaration as a snippet with what it must have. */
import { CompletionItemKind } from "vscode-languageserver";
import { declarations, type DeclarationEntry, type PropertyEntry, type SectionEntry } from "../../vocabulary/index.ts";
import { escapeSnippet, type Suggestion } from "./suggestion.ts";

export function topLevelSuggestions(): Suggestion[] {
  const file: Suggestion = { label: "import", kind: CompletionItemKind.Keyword, doc: "Makes the names of another file visible.", snippet: 'import "$0"', more: true, rank: 4 };
  return [...declarations.map(declarationSuggestion), file];
}

function declarationSuggestion(entry: DeclarationEntry): Suggestion {
  const stop = counter();
  const heading = entry.heading.split(" ").slice(1).map((word) => (/^(of|on|for)$/.test(word) ? word : `\${${stop()}:${word}}`)).join(" ");
  const type = entry.kind === "label" ? `: \${${stop()}:bool}` : "";
  const lines = [
    ...entry.properties.filter((p) => p.required).map((p) => `${p.name}: \${${stop()}:${placeholderOf(p)}}`),
    ...(entry.columns ? [`columns {\n\t\t\${${stop()}:name}: \${${stop()}:string}\n\t}`] : []),
    ...entry.sections.filter((s) => s.required).map((s) => sectionSnippet(s, stop)),
    ...entry.definitions.filter((d) => d.kind === null).slice(0, 1).map((d) => `\${${stop()}:${escapeSnippet(d.example)}}`),
    ...entry.requirements.slice(0, 1).map((r) => `\${${stop()}:${escapeSnippet(r.example)}}`),
  ];
  const body = lines.length === 0 ? "\t$0" : lines.map((line) => `\t${line}`).join("\n");
  return {
    label: entry.kind,
    kind: CompletionItemKind.Class,
    detail: entry.heading,
    doc: `${entry.doc}\n\n\`\`\`mlspec\n${entry.example}\n\`\`\``,
    snippet: `${entry.kind} ${heading}${type} {\n${body}\n}`,
    rank: 3,
  };
}

export function sectionSnippet(section: SectionEntry, stop: () => number): string {
  const name = section.named ? ` \${${stop()}:name}` : "";
  const required = section.properties.filter((p) => p.required).map((p) => `\t${p.name}: \${${stop()}:${placeholderOf(p)}}`);
  return `${section.kind}${name} {\n${required.length > 0 ? required.join("\n") : `\t\${${stop()}}`}\n}`.replaceAll("\n", "\n\t");
}

/** `7d` of the example `within: 7d`. */
export const placeholderOf = (property: PropertyEntry): string => escapeSnippet(property.example.slice(property.name.length + 1).trim());

function counter(): () => number {
  let n = 0;
  return () => ++n;
}
