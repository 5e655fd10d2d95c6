/** What stands in a block against what the vocabulary allows there: unknown, missing, doubled and misplaced items. */
import type { AstNode } from "langium";
import {
  isColumns, isDefinition, isDenial, isList, isProperty, isRequirement, isSection,
  type Block, type Column, type Declaration, type Definition, type Item, type Property, type Section, type TypeRef,
} from "../../grammar/generated/ast.ts";
import { rangeOf } from "../compile/context.ts";
import { didYouMean, nearest } from "../language/suggest.ts";
import { sectionEntry, vocabularyFor, type BlockEntry, type PropertyEntry, type SectionEntry } from "../vocabulary/index.ts";
import type { Problem, ProblemCode, Related } from "./problem.ts";

type Report = (node: AstNode, property: string | undefined, code: ProblemCode, message: string, more?: Partial<Pick<Problem, "hint" | "suggestion" | "related" | "severity">>) => void;

export function checkStructure(declaration: Declaration, uri: string): Problem[] {
  const problems: Problem[] = [];
  const report: Report = (node, property, code, message, more = {}) => {
    problems.push({ code, severity: "error", message, range: rangeOf(node, property), ...more });
  };
  const entry = vocabularyFor(declaration.$type);
  const body = "body" in declaration ? (declaration.body as Block | undefined) : undefined;
  if (declaration.$type === "Builtin") report(declaration, undefined, "misplaced-item", "only MLSpec's own prelude declares builtins");
  if (entry !== undefined && body !== undefined) checkBlock(body, entry, `${anOrA(entry.kind)} ${entry.kind}`, { node: declaration, property: "name", name: (declaration.name) ?? entry.kind }, uri, report);
  return problems;
}

const anOrA = (word: string): string => (/^[aeiou]/.test(word) ? "an" : "a");

interface Holder {
  readonly node: AstNode;
  readonly property: string;
  readonly name: string;
}

function checkBlock(block: Block, entry: BlockEntry, where: string, holder: Holder, uri: string, report: Report): void {
  const items = block.items;
  for (const item of items) checkItem(item, entry, where, uri, report);
  const given = items.filter(isProperty);
  reportTwice(given, "name", (p) => `\`${p.name}\` is given twice`, "duplicate-property", uri, report);
  checkNames(items.filter(isDefinition), items.filter(isSection), uri, report);
  // Of what has no type the parser has told that it is no column.
  reportTwice(items.filter(isColumns).flatMap((c) => c.columns).filter((c) => (c.type as TypeRef | undefined) !== undefined), "name", (c: Column) => `there are two columns \`${c.name}\``, "duplicate-column", uri, report);
  const [columns, second] = items.filter(isColumns);
  if (second !== undefined) report(second, undefined, "duplicate-section", "`columns` may stand only once", columns && { related: [{ uri, range: rangeOf(columns), message: "the first one" }] });
  checkEmpty(block, entry, holder, report);
  const names = new Set([...given.map((p) => p.name), ...items.filter(isSection).map((s) => s.kind)]);
  for (const p of entry.properties) {
    if (p.required && !names.has(p.name)) report(holder.node, holder.property, "missing-property", `\`${holder.name}\` has no \`${p.name}\`: ${lower(p.doc)}`, { hint: `For example \`${p.example}\`.` });
  }
  for (const s of entry.sections) {
    if (s.required && !names.has(s.kind)) report(holder.node, holder.property, "missing-section", `\`${holder.name}\` has no \`${s.kind}\`: ${lower(s.doc)}`, { hint: `For example \`${s.example}\`.` });
    const same = items.filter(isSection).filter((x) => x.kind === s.kind);
    if (!s.repeatable && same.length > 1) report(same[1] ?? block, "kind", "duplicate-section", `\`${s.kind}\` may stand only once`, relatedTo(same[0], "kind", uri));
  }
}

/** A policy without a rule looks like one that protects; a `train { }` like one that says how. */
function checkEmpty({ items }: Block, { needs, properties, sections }: BlockEntry, { node, property, name }: Holder, report: Report): void {
  if (needs !== undefined && items.every(isProperty)) return report(node, property, "missing-property", `\`${name}\` needs at least one ${needs.what}`, { hint: needs.hint });
  const mayBeEmpty = !isSection(node) || node.name !== undefined || [...properties, ...sections].some((part) => part.required);
  if (items.length === 0 && needs === undefined && !mayBeEmpty) report(node, property, "no-effect", `\`${name} { }\` says nothing`, { severity: "warning", hint: "Leave it out." });
}

const lower = (doc: string): string => (doc.charAt(0).toLowerCase() + doc.slice(1)).replace(/\.$/, "");

function relatedTo(node: AstNode | undefined, property: string, uri: string): { related?: Related[] } {
  return node === undefined ? {} : { related: [{ uri, range: rangeOf(node, property), message: "the first one" }] };
}

function reportTwice<T extends AstNode & { readonly name?: string }>(nodes: readonly T[], property: string, message: (node: T) => string, code: ProblemCode, uri: string, report: Report): void {
  const first = new Map<string, T>();
  for (const node of nodes) {
    if (typeof node.name !== "string") continue;
    const known = first.get(node.name);
    if (known === undefined) first.set(node.name, node);
    else report(node, property, code, message(node), relatedTo(known, property, uri));
  }
}

/** Definitions and named sections of one block share their names. */
function checkNames(definitions: readonly Definition[], sections: readonly Section[], uri: string, report: Report): void {
  reportTwice([...definitions, ...sections], "name", (d) => `\`${d.name ?? ""}\` is defined twice`, "duplicate-name", uri, report);
}

function checkItem(item: Item, entry: BlockEntry, where: string, uri: string, report: Report): void {
  if (isProperty(item)) checkProperty(item, entry, where, report);
  else if (isSection(item)) checkSection(item, entry, where, uri, report);
  else if (isDefinition(item)) checkDefinition(item, entry, where, report);
  else if (isRequirement(item) && entry.requirements.length === 0) report(item, undefined, "misplaced-item", `${where} has no requirements`, hintTo(where, "require"));
  else if (isDenial(item) && entry.denials.length === 0) report(item, undefined, "misplaced-item", `${where} denies nothing: \`deny\` stands in a policy`);
  else if (isColumns(item) && !entry.columns) report(item, undefined, "misplaced-item", `${where} has no columns: they belong to a source`);
}

const hintTo = (where: string, _word: string): { hint?: string } =>
  where.endsWith("source") ? { hint: "Put it into `expect { … }`." } : where.endsWith("model") ? { hint: "Put it into an `evaluation … of` the model." } : where.endsWith("rollout") ? { hint: "Put it into a `stage`." } : {};

function checkProperty(item: Property, entry: BlockEntry, where: string, report: Report): void {
  if (typeof item.name !== "string") return;
  const property = entry.properties.find((p) => p.name === item.name);
  if (property !== undefined) return checkEmptyList(item, property, report);
  const section = entry.sections.find((s) => s.kind === item.name);
  if (section !== undefined) return report(item, "name", "unknown-property", `\`${item.name}\` is a block: write \`${item.name} { … }\``, { hint: `For example \`${section.example}\`.` });
  const known = entry.properties.map((p) => p.name);
  if (entry.definitions.some((d) => d.kind === null) && known.every((k) => nearest(item.name, [k]) === undefined)) {
    return report(item, "name", "unknown-property", `${where} has no property \`${item.name}\``, { hint: `To define it, write \`${item.name} = …\`.` });
  }
  report(item, "name", "unknown-property", `${where} has no property \`${item.name}\`${didYouMean(item.name, known)}`, suggestion(item.name, known));
}

/** `network: []` is a network without layers, and who has nobody in a role is told by a check; of the other lists an empty one says what leaving it out says. */
function checkEmptyList({ name, value }: Property, { type, required }: PropertyEntry, report: Report): void {
  if (required || type.kind !== "list" || type.filled === true || type.of.kind === "call" || !isList(value) || value.items.length > 0) return;
  report(value, undefined, "no-effect", `\`${name}: []\` says nothing`, { severity: "warning", hint: "Leave it out." });
}

function suggestion(name: string, known: readonly string[]): { suggestion?: string; hint?: string } {
  const near = nearest(name, known);
  return near === undefined ? (known.length > 0 ? { hint: `It has ${known.join(", ")}.` } : {}) : { suggestion: near };
}

function checkSection(item: Section, entry: BlockEntry, where: string, uri: string, report: Report): void {
  const known: SectionEntry | undefined = sectionEntry(entry, item.kind);
  if (known === undefined) {
    const kinds = entry.sections.map((s) => s.kind);
    const property = entry.properties.find((p) => p.name === item.kind);
    if (property !== undefined) return report(item, "kind", "unknown-section", `\`${item.kind}\` is a property: write \`${property.example}\``);
    return report(item, "kind", "unknown-section", `${where} has no \`${item.kind} { … }\`${didYouMean(item.kind, kinds)}`, suggestion(item.kind, kinds));
  }
  if (known.named && item.name === undefined) report(item, "kind", "missing-property", `\`${item.kind}\` needs a name`, { hint: `For example \`${known.example}\`.` });
  if (!known.named && item.name !== undefined) report(item, "name", "misplaced-item", `\`${item.kind}\` has no name`);
  const body = item.body as Block | undefined;
  if (body !== undefined) checkBlock(body, known, `\`${item.kind}\``, { node: item, property: item.name === undefined ? "kind" : "name", name: item.name ?? item.kind }, uri, report);
}

function checkDefinition(item: Definition, entry: BlockEntry, where: string, report: Report): void {
  const known = entry.definitions.find((d) => d.kind === (item.kind ?? null));
  const [tag] = item.annotations;
  if (known !== undefined && known.tags !== true && tag !== undefined) report(tag, undefined, "misplaced-item", "tags belong to columns and features: nothing reads this one");
  if (known !== undefined) return;
  const isKnown = entry.properties.some((p) => p.name === item.name);
  if (item.kind === undefined && isKnown) return report(item, "name", "misplaced-item", `\`${item.name}\` is a property: write \`${item.name}: …\``);
  const kinds = entry.definitions.map((d) => d.kind).filter((k) => k !== null);
  if (item.kind !== undefined) return report(item, "kind", "misplaced-item", `${where} defines no \`${item.kind}\`${didYouMean(item.kind, kinds)}`, suggestion(item.kind, kinds));
  const example = entry.definitions[0]?.example;
  report(item, "name", "misplaced-item", `${where} has nothing to define by \`=\``, example === undefined ? {} : { hint: `For example \`${example}\`.` });
}
