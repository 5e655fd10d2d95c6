/** What every part of the compiler is given: names, a place to report to, and where things were written. */
import { AstUtils, GrammarUtils, type AstNode, type LangiumDocument } from "langium";
import type { Origin } from "../../grammar/compiled-spec/index.ts";
import type { Block, Declaration } from "../../grammar/generated/ast.ts";
import type { Names } from "../language/names.ts";
import { properties, sections } from "../language/navigate.ts";
import { declarationAround, documentOf } from "../language/place.ts";
import { written } from "../language/whole.ts";
import type { Problem, ProblemCode, Range, Related } from "../validation/problem.ts";

export interface ReportOptions {
  /** Point at this property of the node instead of the whole node. */
  readonly property?: string;
  readonly hint?: string | undefined;
  readonly suggestion?: string | undefined;
  readonly related?: readonly Related[];
  readonly severity?: "error" | "warning";
}

export class Context {
  readonly names: Names;
  private readonly documents: readonly LangiumDocument[];
  private readonly fileOf: ReadonlyMap<LangiumDocument, number>;
  private readonly comment: (node: AstNode) => string | undefined;
  private readonly problems = new Map<Declaration | undefined, Problem[]>();

  constructor(names: Names, documents: readonly LangiumDocument[], comment: (node: AstNode) => string | undefined) {
    this.names = names;
    this.documents = documents;
    this.fileOf = new Map(documents.map((d, i) => [d, i]));
    this.comment = comment;
  }

  problemsOf(declaration: Declaration): readonly Problem[] {
    return this.problems.get(declaration) ?? [];
  }

  /** Always undefined, so that a reader can `return context.report(…)`. */
  report(node: AstNode, code: ProblemCode, message: string, options: ReportOptions = {}): undefined {
    const problem: Problem = {
      code, message, severity: options.severity ?? "error", range: rangeOf(node, options.property),
      ...(options.hint === undefined ? {} : { hint: options.hint }),
      ...(options.suggestion === undefined ? {} : { suggestion: options.suggestion }),
      ...(options.related === undefined ? {} : { related: options.related }),
    };
    return this.note(node, problem);
  }

  /** Of the declaration that the node stands in. */
  note(node: AstNode, problem: Problem): undefined {
    const declaration = declarationAround(node);
    const known = this.problems.get(declaration);
    if (known === undefined) this.problems.set(declaration, [problem]);
    else known.push(problem);
    return undefined;
  }

  related(node: AstNode, message: string): Related {
    return { uri: AstUtils.getDocument(node).uri.toString(), range: rangeOf(node, "name"), message };
  }

  origin(node: AstNode, property?: string): Origin {
    return { file: this.fileOf.get(documentOf(node)) ?? 0, range: rangeIn(node, property) };
  }

  folderOf(node: AstNode): string {
    const { fsPath, path, scheme } = AstUtils.getDocument(node).uri;
    const file = scheme === "file" ? fsPath : path;
    return file.replace(/[\\/][^\\/]*$/, "") || "/";
  }

  doc(node: AstNode): string | null {
    return this.comment(node) ?? null;
  }

  /** Name, documentation and places that every compiled declaration has. */
  named(node: AstNode & { readonly name?: string; readonly body?: Block }, more: Readonly<Record<string, AstNode>> = {}) {
    const { doc, range, places } = this.names.remember("places", node, () => ({ doc: this.doc(node), range: rangeIn(node, "name"), places: placesIn(node) }));
    const file = this.fileOf.get(documentOf(node)) ?? 0;
    const at: Record<string, Origin> = {};
    for (const [name, place] of places) at[name] = { file, range: place };
    for (const [name, target] of Object.entries(more)) at[name] = this.origin(target);
    return { name: node.name ?? "", doc, origin: { file, range }, at };
  }
}

/** Of what is written in a declaration. Only the number of its file differs between those that import it. */
function placesIn(node: { readonly body?: Block }): ReadonlyMap<string, Origin["range"]> {
  const at = new Map<string, Origin["range"]>();
  const add = (name: string, place: AstNode, property?: string): void => void (at.has(name) || at.set(name, rangeIn(place, property)));
  const addProperties = (holder: { readonly body?: Block }, prefix: string): void => {
    for (const p of properties(holder)) if (written(p.value) !== undefined) add(prefix + p.name, p.value);
  };
  addProperties(node, "");
  for (const section of sections(node)) {
    if (section.name !== undefined) continue;
    add(section.kind, section, "kind");
    addProperties(section, `${section.kind}.`);
  }
  return at;
}

const knownRanges = new WeakMap<AstNode, Map<string, Origin["range"]>>();

/** Found once for each node: whatever imports a file, through any number of files, compiles it again and asks for the same places. */
function rangeIn(node: AstNode, property = ""): Origin["range"] {
  const ofNode = knownRanges.get(node) ?? new Map<string, Origin["range"]>();
  const known = ofNode.get(property);
  if (known !== undefined) return known;
  const { start, end } = rangeOf(node, property === "" ? undefined : property);
  const range: Origin["range"] = [start.line, start.character, end.line, end.character];
  knownRanges.set(node, ofNode.set(property, range));
  return range;
}

export function rangeOf(node: AstNode, property?: string): Range {
  // What was never written stands where it should have been.
  const cst = node.$cstNode ?? (node.$container === undefined ? undefined : nearestText(node.$container));
  const at = (property === undefined ? undefined : GrammarUtils.findNodeForProperty(cst, property)) ?? cst;
  return at?.range ?? { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };
}

function nearestText(node: AstNode): AstNode["$cstNode"] {
  let at: AstNode | undefined = node;
  while (at !== undefined && at.$cstNode === undefined) at = at.$container;
  return at?.$cstNode;
}

/** As written, on one line. */
export const textOf = (node: AstNode | undefined): string => (node?.$cstNode?.text ?? "").replaceAll(/\s+/g, " ").trim();
