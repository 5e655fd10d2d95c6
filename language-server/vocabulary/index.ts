/** The vocabulary: what may stand where. `grammar/mlspec.langium` knows only blocks; everything a kind of declaration means starts here. */
import { functionByName, functions, type FunctionSignature } from "../../grammar/compiled-spec/index.ts";
import { isDeclaration, isSection, type Block } from "../../grammar/generated/ast.ts";
import { constructorByName, signatureOf, type Constructor } from "./constructors.ts";
import { declarations } from "./declarations.ts";
import type { BlockEntry, DeclarationEntry, SectionEntry } from "./shape.ts";

const byKind: ReadonlyMap<string, DeclarationEntry> = new Map(declarations.flatMap((d) => [[d.kind, d], [d.type, d]]));

/** By keyword (`source`) or AST type (`Source`). */
export const vocabularyFor = (kind: string): DeclarationEntry | undefined => byKind.get(kind);

/** What a block may contain, by what it belongs to; undefined for a section that nobody knows. */
export function vocabularyOfBlock(block: Block): BlockEntry | undefined {
  const holder = block.$container;
  if (isDeclaration(holder)) return vocabularyFor(holder.$type);
  return isSection(holder) ? sectionEntry(vocabularyOfBlock(holder.$container), holder.kind) : undefined;
}

export const sectionEntry = (block: BlockEntry | undefined, kind: string): SectionEntry | undefined => block?.sections.find((s) => s.kind === kind);

export type Callable = { readonly constructor: Constructor } | { readonly scalar: FunctionSignature };

/** Everything that may be called by this name; `count` and `share` have several meanings by place, `number` is an encoding. */
export function callablesNamed(name: string): readonly Callable[] {
  const scalar = functionByName.get(name);
  const constructor = constructorByName.get(name);
  return [...(scalar !== undefined && scalar.operator === undefined ? [{ scalar }] : []), ...(constructor === undefined ? [] : [{ constructor }])];
}

export const scalarSignature = (f: FunctionSignature): string =>
  `${f.name}(${f.parameters.map((p) => `${p.name}: ${p.kind}`).join(", ")}): ${f.returns}`;

export const columnTypes: readonly { readonly name: string; readonly doc: string }[] = [
  { name: "bool", doc: "true or false" }, { name: "int", doc: "a whole number of 64 bits" }, { name: "float", doc: "a number" },
  { name: "decimal", doc: "a number with exact decimals in the file; computed with as a float" }, { name: "string", doc: "a text" },
  { name: "timestamp", doc: "a moment in UTC" }, { name: "date", doc: "a day" }, { name: "duration", doc: "a length of time" },
];

export const tagNames: readonly string[] = ["pii", "protected", "sensitive", "unit"];

export { declarations, functions, signatureOf };
export * from "./constructors.ts";
export * from "./shape.ts";
