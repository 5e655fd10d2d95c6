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
  private readonly fileOf: (document: LangiumDocument) => number;
  private readonly comment: (node: AstNode) => string | undefined;
  private readonly problems = new Map<Declaration | undefined, Problem[]>();

  /** `fileOf`: what `Origin.file` says of a file, until a spec counts its files (`numbered.ts`). */
  constructor(names: Names, fileOf: (document: LangiumDocument) => number, comment: (node: AstNode) => string | undefined) {
    this.names = names;
    this.fileOf = fileOf;
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
    return { file: this.fileOf(documentOf(node)), range: rangeIn(node, property) };
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
    const at: Record<string, Origin> = {};
    for (const [name, place, property] of placesIn(node)) if (!Object.hasOwn(at, name)) at[name] = this.origin(place, property);
    for (const [name, target] of Object.entries(more)) at[name] = this.origin(target);
    return { name: node.name ?? "", doc: this.doc(node), origin: this.origin(node, "name"), at };
  }
}

type NamedPlace = readonly [name: string, node: AstNode, property?: string];

/** What is written in a declaration; of a name that stands there twice the first counts. */
function* placesIn(node: { readonly body?: Block }): Generator<NamedPlace> {
  yield* propertiesIn(node, "");
  for (const section of sections(node)) {
    if (section.name !== undefined) continue;
    yield [section.kind, section, "kind"];
    yield* propertiesIn(section, `${section.kind}.`);
  }
}

function* propertiesIn(holder: { readonly body?: Block }, prefix: string): Generator<NamedPlace> {
  for (const { name, value } of properties(holder)) if (written(value) !== undefined) yield [prefix + name, value];
}

function rangeIn(node: AstNode, property?: string): Origin["range"] {
  const { start, end } = rangeOf(node, property);
  return [start.line, start.character, end.line, end.character];
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
