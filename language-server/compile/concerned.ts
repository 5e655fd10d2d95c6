/**
 * What the findings about a file can depend on, of all that it imports through any number of files. A check follows names: from the declarations
 * that are new in this file (its own, and what only some of its imports bring) to what they are made of, and from features, datasets, models and
 * services to what uses them. So files in a long row are checked each with its neighbours, and not each with the whole row; the findings are those of the whole (`test/unit/language/one-reading.test.ts`).
 */
import type { LangiumDocument, Reference } from "langium";
import { isBuiltin, isDataset, isDeclaration, isFeatures, isModel, isPolicy, isService, isSource, type Declaration } from "../../grammar/generated/ast.ts";
import { Bits } from "../language/bits.ts";
import { MarkedFiles, type ImportGraph } from "../language/import-graph.ts";
import { specOf } from "../language/imports.ts";
import type { Names } from "../language/names.ts";
import { declarationAround, documentOf } from "../language/place.ts";

const nothing = new Bits();

/** Of one state of the workspace. */
export class Concerned {
  private readonly names: Names;
  private readonly graph: ImportGraph;
  private readonly withPolicies: MarkedFiles;
  private readonly needs = new Map<Declaration, Set<Declaration>>();
  private readonly users = new Map<Declaration, Declaration[]>();

  constructor(names: Names) {
    this.names = names;
    this.graph = names.graph;
    this.withPolicies = new MarkedFiles(this.graph, (document) => this.note(document));
  }

  /** In the order of the whole: the file's own first, then by file in the order of first mention. */
  by(document: LangiumDocument): readonly Declaration[] {
    const policies = this.withPolicies.in(document);
    const fresh = this.newIn(document);
    // A policy speaks about everything below it, and so may a circle; where a name stands for two things, the first of the whole counts.
    if (policies.some((d) => fresh.includes(d)) || this.graph.isInCircle(document) || this.names.hasRepeated(document)) return this.whole(document);
    const found = new Set([...fresh.flatMap((d) => specOf(d).declarations ?? []), ...policies.flatMap((d) => specOf(d).declarations.filter(isPolicy))]);
    for (const declaration of found) for (const other of this.besides(declaration, document)) found.add(other);
    return this.inOrder(found, document);
  }

  /** The file, and those that the import which leads to most does not lead to: what lies behind that import alone is told there. */
  private newIn(document: LangiumDocument): readonly LangiumDocument[] {
    const ways = this.names.importsOf(document).flatMap((i) => (i.document === undefined ? [] : [this.graph.reachedFrom(i.document)]));
    const [widest] = ways.map((files) => ({ files, size: files.size })).toSorted((a, b) => b.size - a.size);
    return [...this.graph.reachedFrom(document).without(widest?.files ?? nothing)].map((number) => this.graph.documentAt(number));
  }

  private whole(document: LangiumDocument): readonly Declaration[] {
    return [...this.graph.closure(document)].flatMap((d) => specOf(d).declarations ?? []);
  }

  private *besides(declaration: Declaration, document: LangiumDocument): Generator<Declaration> {
    yield* this.needs.get(declaration) ?? [];
    for (const user of this.users.get(declaration) ?? []) if (this.graph.reaches(document, documentOf(user))) yield user;
  }

  private inOrder(found: ReadonlySet<Declaration>, document: LangiumDocument): readonly Declaration[] {
    const left = new Set([...found].map(documentOf));
    const ordered: Declaration[] = [];
    for (const file of this.graph.closure(document)) {
      if (left.delete(file)) ordered.push(...specOf(file).declarations.filter((d) => found.has(d)));
      if (left.size === 0) break;
    }
    return ordered;
  }

  /** Once for each file. Whether it has policies. */
  private note(document: LangiumDocument): boolean {
    for (const reference of document.references) if ("ref" in reference) this.noteUse(reference);
    return (specOf(document).declarations ?? []).some(isPolicy);
  }

  /**
   * Parts of a declaration are found through it: whoever names one has named the declaration, or what names it. Columns that a source takes over
   * from another are its own when compiled.
   */
  private noteUse(reference: Reference): void {
    const target = reference.ref;
    if (target === undefined || !isDeclaration(target) || isBuiltin(target)) return;
    const user = declarationAround(reference.$refNode?.astNode);
    if (user === undefined || (isSource(user) && isSource(target))) return;
    this.noteNeed(user, target);
    if (!isFeatures(target) && !isDataset(target) && !isModel(target) && !isService(target)) return;
    const users = this.users.get(target);
    if (users === undefined) this.users.set(target, [user]);
    else users.push(user);
  }

  private noteNeed(user: Declaration, target: Declaration): void {
    const known = this.needs.get(user);
    if (known === undefined) this.needs.set(user, new Set([target]));
    else known.add(target);
  }
}
