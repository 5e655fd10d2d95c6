/**
 * What was written, and whether it counts: places of a spec's text that hold something, ways to change them, and an oracle that knows nothing of the compiler.
 * A written thing counts when the compiled spec is another without it, or when leaving it out is an error.
 */
import { AstUtils, GrammarUtils, URI, type AstNode, type LangiumDocument } from "langium";
import { columnsIn, type CompiledSpec, type Expression } from "../../../grammar/compiled-spec/index.ts";
import {
  isAnnotation, isArgument, isCall, isColumn, isDefinition, isDenial, isList, isProperty, isRequestShape, isRequirement, isSection, type Block, type Column, type Property,
} from "../../../grammar/generated/ast.ts";
import { specOf } from "../../../language-server/language/imports.ts";
import type { MlspecValidator } from "../../../language-server/validation/validator.ts";
import { vocabularyOfBlock } from "../../../language-server/vocabulary/index.ts";
import { services } from "./harness.ts";

const { shared, mlspec } = services();

export interface Read {
  readonly document: LangiumDocument;
  readonly errors: readonly string[];
  /** Where a warning says that something has no effect. */
  readonly told: readonly (readonly [number, number])[];
  readonly spec: CompiledSpec;
  /** Everything that it means: the compiled spec without places, comments and the sources' own text. */
  readonly meaning: string;
}

let count = 0;

/** One file in memory, read and forgotten. */
export async function read(text: string): Promise<Read> {
  const { LangiumDocumentFactory, LangiumDocuments, DocumentBuilder } = shared.workspace;
  const document = LangiumDocumentFactory.fromString(text, URI.parse(`memory:///written-${++count}.mlspec`));
  LangiumDocuments.addDocument(document);
  await DocumentBuilder.build([document], { validation: false });
  const problems = await (mlspec.validation.DocumentValidator as MlspecValidator).problemsOf(document);
  const spec = mlspec.compile.Elaborations.compile(document);
  await DocumentBuilder.update([], [document.uri]);
  const errors = problems.filter((p) => p.severity === "error").map((p) => `${p.code}: ${p.message}`);
  const told = problems.filter((p) => p.code === "no-effect").map((p) => [document.textDocument.offsetAt(p.range.start), document.textDocument.offsetAt(p.range.end)] as const);
  return { document, errors, told, spec, meaning: JSON.stringify(heeded(spec), (key, value: unknown) => (aside.has(key) ? undefined : value)) };
}

/** Without what the compiled spec has and nobody reads: two tags of one name, a name in the file for what is computed, and the like. */
function heeded(spec: CompiledSpec): object {
  const tagged = <T extends { readonly tags: readonly { readonly name: string }[] }>(item: T) => ({ ...item, tags: [...new Map(item.tags.toReversed().map((tag) => [tag.name, tag])).values()] });
  return {
    ...spec,
    sources: spec.sources.map((s) => ({ ...s, latenessMs: s.time === null ? 0 : s.latenessMs, columns: s.columns.map(tagged).map((c) => (c.value === null ? c : { ...c, physical: c.name })) })),
    features: spec.features.map((v) => ({ ...v, from: v.from.kind === "request" ? asked(v.from, v.definitions.map(({ value }) => value)) : v.from, definitions: v.definitions.map(tagged), ...(v.entity === null ? { refreshMs: null, maxAgeMs: null, online: true } : v.online ? {} : { refreshMs: null, maxAgeMs: null }) })),
    evaluations: spec.evaluations.map((e) => ({ ...e, threshold: judgesByThreshold(e.metrics, spec.models.find((m) => m.name === e.model)?.task) ? e.threshold : 0.5, minRows: e.slices.length > 0 ? e.minRows : 50 })),
    services: spec.services.map((s) => ({ ...s, batch: s.batch.size === 1 ? { size: 1, waitMs: 1 } : s.batch })),
  };
}

/** Fields that a feature reads. */
function asked(from: Extract<CompiledSpec["features"][number]["from"], { kind: "request" }>, values: readonly Expression[]): object {
  const read = new Set(values.flatMap((value) => [...columnsIn(value)]));
  return { ...from, columns: from.columns.filter(({ name }) => read.has(name)) };
}

const judgesByThreshold = (metrics: readonly string[], task: string | undefined): boolean => task === "binary" && metrics.some((m) => ["accuracy", "precision", "recall", "f1"].includes(m));

const aside = new Set(["files", "suppressions", "origin", "at", "text", "doc"]);

export type SiteKind = "property" | "element" | "definition" | "requirement" | "denial" | "argument" | "call" | "column" | "tag" | "physical" | "block" | "request";

/** A place of the text. */
export interface Site {
  readonly kind: SiteKind;
  /** Where the value stands, and the whole of which it is the value (with its comma). */
  readonly value: readonly [number, number];
  readonly whole: readonly [number, number];
  /** As written, when leaving it out means the same. */
  readonly standard: string | undefined;
  /** Who it belongs to, for messages. */
  readonly name: string;
}

export function sitesOf(document: LangiumDocument): Site[] {
  const text = document.textDocument.getText();
  const sites: Site[] = [];
  for (const node of AstUtils.streamAst(specOf(document))) sites.push(...sitesAt(node, text));
  return sites;
}

function sitesAt(node: AstNode, text: string): Site[] {
  const site = (kind: SiteKind, value: AstNode, whole: AstNode, name: string, standard?: string): Site[] => {
    const inner = value.$cstNode;
    const outer = whole.$cstNode;
    return inner === undefined || outer === undefined ? [] : [{ kind, value: [inner.offset, inner.end], whole: withComma(text, outer.offset, outer.end), standard, name }];
  };
  if (isProperty(node)) {
    return [...site("property", node.value, node, `${holderOf(node)} ${node.name}`, standardOf(node)), ...(isList(node.value) ? node.value.items.flatMap((e) => site("element", e, e, `${holderOf(node)} ${node.name}[]`)) : [])];
  }
  if (isDefinition(node)) return site("definition", node.value, node, `${holderOf(node)} ${node.name} =`);
  if (isRequirement(node)) return site("requirement", node.condition, node, `${holderOf(node)} require`);
  if (isDenial(node)) return site("denial", node.subject, node, `${holderOf(node)} deny`);
  if (isColumn(node)) return [...(node.value === undefined ? [] : site("column", node.value, node, `column ${node.name}`)), ...physicalSite(node, text)];
  if (isAnnotation(node)) return site("tag", node, node, `tag @${node.name}`);
  if (isArgument(node)) return node.value === undefined ? [] : site("argument", node.value, node, `argument of ${isCall(node.$container) ? node.$container.function : "?"}`);
  if (isCall(node)) return site("call", node, node, `call of ${node.function}`);
  if (isRequestShape(node)) return site("request", node, node, "request");
  return node.$type === "Block" ? site("block", node, node, `block of ${node.$container?.$type ?? "?"}`) : [];
}

/** `from "the cost"` of a column. */
function physicalSite(node: Column, text: string): Site[] {
  const name = GrammarUtils.findNodeForProperty(node.$cstNode, "physical");
  if (name === undefined) return [];
  const from = text.slice(0, name.offset).lastIndexOf("from");
  return [{ kind: "physical", value: [name.offset, name.end], whole: [from, name.end], standard: `"${node.name}"`, name: `column ${node.name} from` }];
}

/** What is assumed when the property is left out: of the vocabulary, or by a rule that docs/language.md states. */
function standardOf(node: Property): string | undefined {
  const holder = node.$container.$container;
  if (node.name === "traffic" && isSection(holder)) return holder.name === "shadow" ? "0%" : holder.name === "full" ? "100%" : undefined;
  if (node.name === "at_most") return "14d";
  if (node.name === "split" && node.$container.items.some((item) => isProperty(item) && item.name === "test")) return "by_hash(train: 90%, validate: 10%)";
  return vocabularyOfBlock(node.$container)?.properties.find((p) => p.name === node.name)?.default;
}

function holderOf(node: AstNode): string {
  const holder = (node.$container as Block | undefined)?.$container;
  return isSection(holder) ? holder.kind : (holder?.$type ?? "?");
}

/** With one comma beside it, so that what is left is still a list. */
function withComma(text: string, from: number, to: number): readonly [number, number] {
  const after = /^\s*[,;]/.exec(text.slice(to));
  if (after !== null) return [from, to + after[0].length];
  const before = /,\s*$/.exec(text.slice(0, from));
  return before === null ? [from, to] : [before.index, to];
}

export const replaced = (text: string, [from, to]: readonly [number, number], by: string): string => text.slice(0, from) + by + text.slice(to);

export interface Change {
  readonly text: string;
  /** What stands there now, with its comma. */
  readonly whole: readonly [number, number];
  /** True when something was added: then the meaning must be another than before. */
  readonly adds: boolean;
}

/** Without error: does everything that the change wrote count? Undefined: yes. Else what is wrong. */
export async function lost(site: Site, change: Change, before: Read, after: Read): Promise<string | undefined> {
  const missing = census(after);
  if (missing !== undefined) return missing;
  if (change.adds && after.meaning === before.meaning && after.told.length <= before.told.length) return "what was added changes nothing";
  if (site.kind === "block" || site.kind === "request" || site.kind === "call" || site.kind === "argument") return undefined;
  const written = change.text.slice(...change.whole);
  const without = await read(replaced(change.text, change.whole, ""));
  if (without.errors.length > 0 || without.meaning !== after.meaning) return undefined;
  return saysNothing(site, change, written, after) ? undefined : "leaving it out changes nothing";
}

/** `timeout: 100ms` is what is assumed anyway, a metric may be required too, and a warning is no silence. Of two equal things the second is told, and either may go. */
function saysNothing(site: Site, change: Change, written: string, after: Read): boolean {
  const plain = (text: string): string => text.replaceAll(/[\s(),]/g, "");
  const isTold = ([from, to]: readonly [number, number]): boolean => after.told.some(([start, end]) => start < to && from < end);
  if (isTold(change.whole)) return true;
  const value = plain(change.text.slice(...change.whole).replace(/^\w+\s*[:=]?/, ""));
  if (site.kind === "property" || site.kind === "physical") return site.standard !== undefined && (value === plain(site.standard) || value === `[${plain(site.standard)}]`);
  if (site.name === "Evaluation metrics[]") return after.spec.evaluations.some((e) => e.metrics.some((metric) => metric === plain(written)));
  if (site.kind !== "element" && site.kind !== "tag") return false;
  const others = sitesOf(after.document).filter((other) => other.kind === site.kind && other.name === site.name && other.whole[0] !== change.whole[0]);
  return others.some((other) => plain(change.text.slice(...other.value)) === plain(written) && isTold(other.whole));
}

/** Everything that has a name or a place of its own, counted in the tree and in the compiled spec. */
function census({ document, spec }: Read): string | undefined {
  const all: Readonly<Record<string, readonly { readonly name: string }[]>> = {
    Entity: spec.entities, Source: spec.sources, Features: spec.features, Label: spec.labels, Dataset: spec.datasets, Model: spec.models,
    Evaluation: spec.evaluations, Service: spec.services, Slo: spec.slos, Rollout: spec.rollouts, Policy: spec.policies, Role: spec.roles,
  };
  for (const declaration of specOf(document).declarations) {
    const compiled = all[declaration.$type]?.find((d) => d.name === declaration.name);
    if (compiled === undefined) return `${declaration.$type} ${declaration.name} is not in the compiled spec`;
    const counts = countsOf(compiled);
    for (const [what, written] of Object.entries(writtenIn(declaration))) {
      if ((counts[what] ?? 0) < written) return `${declaration.name}: ${written} ${what} written, ${counts[what] ?? 0} compiled`;
    }
  }
  return undefined;
}

type Counts = Readonly<Record<string, number>>;

function writtenIn(declaration: AstNode): Counts {
  const counts: Record<string, number> = {};
  const add = (what: string, by = 1): void => void (counts[what] = (counts[what] ?? 0) + by);
  for (const node of AstUtils.streamAst(declaration)) {
    if (isDefinition(node)) add("definitions");
    if (isColumn(node)) add("columns");
    if (isDefinition(node) || isColumn(node)) add("tags", new Set(node.annotations.map((tag) => tag.name)).size);
    if (isRequirement(node) || isDenial(node)) add("clauses");
    if (isSection(node) && (node.kind === "stage" || node.kind === "quarantine")) add("sections");
  }
  return counts;
}

/** Counts by the lists' names, at any depth: `definitions` of features are also a model's inputs and fallbacks, an evaluation's baselines and slices. */
function countsOf(compiled: object): Counts {
  const counts: Record<string, number> = {};
  const names: Readonly<Record<string, string>> = {
    definitions: "definitions", inputs: "definitions", fallbacks: "definitions", baselines: "definitions", slices: "definitions", columns: "columns", tags: "tags",
    requirements: "clauses", expect: "clauses", rules: "clauses", stages: "sections", quarantines: "sections",
  };
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    else if (typeof value === "object" && value !== null) {
      for (const [key, inner] of Object.entries(value)) {
        const what = names[key];
        if (what !== undefined && Array.isArray(inner)) counts[what] = (counts[what] ?? 0) + inner.length;
        visit(inner);
      }
    }
  };
  visit(compiled);
  return counts;
}

