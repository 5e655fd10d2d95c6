/** Which names a declaration brings: columns of a source, definitions of a view, features of a dataset. Cached until any file changes. */
import { WorkspaceCache, type AstNode, type LangiumDocument, type LangiumDocuments } from "langium";
import type { LangiumSharedServices } from "langium/lsp";
import {
  isBuiltin, isColumn, isDefinition, isFeatures, isMember, isRequestShape, isRollout, isSource,
  type Builtin, type Column, type Dataset, type Declaration, type Definition, type Expression, type Features, type Model, type Named, type Section, type Source,
} from "../../grammar/generated/ast.ts";
import { ImportGraph } from "./import-graph.ts";
import { importsOf, specOf, type ImportedDocument } from "./imports.ts";
import { columnsIn, definitions, elements, namedBy, sections, valueOf } from "./navigate.ts";
import { preludeUri, type BuiltinKind } from "./prelude.ts";
import { RepeatedNames } from "./repeated-names.ts";

export type NameTable<T extends Named = Named> = ReadonlyMap<string, T>;

export interface NamesInScope {
  readonly tables: readonly NameTable[];
  readonly ambiguous?: ReadonlyMap<string, readonly Named[]>;
  readonly unknown?: boolean;
}

/** A feature that a dataset selects: a column of the examples' source or a definition of a view. */
export interface SelectedFeature {
  readonly node: Column | Definition;
  readonly owner: Source | Features;
  /** Where it was selected, for messages. */
  readonly selectedBy: Expression;
}

export interface Selection {
  readonly features: readonly SelectedFeature[];
  /** Some of it could not be resolved: whoever looks for a name should not complain about one that is missing. */
  readonly incomplete: boolean;
}

export class Names {
  private readonly cache: WorkspaceCache<string, WeakMap<object, unknown>>;
  private readonly documents: LangiumDocuments;

  constructor(shared: LangiumSharedServices) {
    this.cache = new WorkspaceCache(shared);
    this.documents = shared.workspace.LangiumDocuments;
  }

  /** What `compute` gives for `key`, until any file changes. */
  remember<T>(what: string, key: object, compute: () => T): T {
    const table = this.cache.get(what, () => new WeakMap<object, unknown>());
    if (!table.has(key)) table.set(key, compute());
    return table.get(key) as T;
  }

  private known<T>(what: string, key: object): T | undefined {
    return this.cache.get(what, () => new WeakMap<object, unknown>()).get(key) as T | undefined;
  }

  importsOf(document: LangiumDocument): readonly ImportedDocument[] {
    return this.remember("imports", document, () => importsOf(document, this.documents));
  }

  get graph(): ImportGraph {
    return this.remember("graph", this, () => new ImportGraph((document) => this.importsOf(document).flatMap((i) => i.document ?? [])));
  }

  /** Whether a name is declared twice in the document and everything it imports. */
  hasRepeated(document: LangiumDocument): boolean {
    return this.remember("repeated names", this, () => new RepeatedNames(this.graph)).in(document);
  }

  /** Own declarations first, then those of the directly imported files. */
  visible(document: LangiumDocument): NameTable<Declaration> {
    return this.remember("visible", document, () => {
      const imported = this.importsOf(document).flatMap((i) => (i.document === undefined ? [] : specOf(i.document).declarations ?? []));
      return tableOf([...(specOf(document).declarations ?? []), ...imported].filter((d) => !isBuiltin(d) || document.uri.scheme === "builtin"));
    });
  }

  builtins(...kinds: readonly BuiltinKind[]): NameTable<Builtin> {
    const prelude = this.documents.getDocument(preludeUri);
    if (prelude === undefined) return new Map();
    const byKind = this.remember("prelude", prelude, () => {
      const all = (specOf(prelude).declarations ?? []).filter(isBuiltin);
      return Map.groupBy(all, (b) => b.kind);
    });
    return tableOf(kinds.flatMap((kind) => byKind.get(kind) ?? []));
  }

  visibleOf<T extends Declaration>(document: LangiumDocument, is: (node: unknown) => node is T): NameTable<T> {
    return this.remember(`visible ${is.name}`, document, () => tableOf([...this.visible(document).values()].filter((d) => is(d))));
  }

  /** With those it takes over from another source: `columns: people.columns`. */
  columnsOf(source: Source): NameTable<Column> {
    return this.remember("columns", source, () => tableOf(this.columnList(source, new Set())));
  }

  private columnList(source: Source, seen: Set<Source>): readonly Column[] {
    if (seen.has(source)) return [];
    seen.add(source);
    const own = columnsIn(source);
    const reused = this.reusedColumns(source);
    if (reused === undefined) return own;
    // Of a long chain of sources each takes what the one before has, and does not walk to the first again.
    const known = this.known<NameTable<Column>>("columns", reused);
    return [...(known?.values() ?? this.columnList(reused, seen)), ...own];
  }

  /** The source that `columns: other.columns` names. */
  reusedColumns(source: Source): Source | undefined {
    return this.remember("reused columns", source, () => {
      const value = valueOf(source, "columns");
      if (!isMember(value)) return undefined;
      const named = namedBy(value.receiver);
      return isSource(named) ? named : undefined;
    });
  }

  /** Whether it takes its columns, through any number of sources, from a circle; so does each on the way there, and is not asked again. */
  isCircular(source: Source): boolean {
    const passed = new Set<Source>();
    let at: Source | undefined = source;
    while (at !== undefined && !passed.has(at) && this.known("circular", at) === undefined) {
      passed.add(at);
      at = this.reusedColumns(at);
    }
    const circular = at !== undefined && (this.known<boolean>("circular", at) ?? true);
    for (const each of passed) this.remember("circular", each, () => circular);
    return circular;
  }

  definitionsOf(owner: Features | Model | AstNode): NameTable<Definition> {
    return this.remember("definitions", owner, () => tableOf(definitions(owner as Features)));
  }

  /** Columns a view's definitions are written over; undefined when its `from` cannot be resolved. */
  rowOf(view: Features): NameTable<Column> | undefined {
    return this.remember("row", view, () => {
      const from = valueOf(view, "from");
      if (isRequestShape(from)) return tableOf(from.columns);
      const named = namedBy(from);
      return isSource(named) ? this.columnsOf(named) : undefined;
    });
  }

  examplesOf(dataset: Dataset): Source | undefined {
    const named = namedBy(valueOf(dataset, "examples"));
    return isSource(named) ? named : undefined;
  }

  selectionOf(dataset: Dataset): Selection {
    return this.remember("selection", dataset, () => this.select(dataset));
  }

  private select(dataset: Dataset): Selection {
    const chosen = new Map<Column | Definition, SelectedFeature>();
    let incomplete = false;
    for (const item of elements(valueOf(dataset, "features"))) {
      const found = this.expand(item);
      if (found === undefined) incomplete = true;
      for (const feature of found ?? []) if (!chosen.has(feature.node)) chosen.set(feature.node, feature);
    }
    for (const item of elements(valueOf(dataset, "exclude"))) {
      for (const feature of this.expand(item) ?? []) chosen.delete(feature.node);
    }
    return { features: [...chosen.values()], incomplete };
  }

  /** `view.*`, `view`, `view.feature`, `source.*` or a column. A wildcard over a source leaves out event time and entity keys: they identify, they do not describe. */
  expand(item: Expression): readonly SelectedFeature[] | undefined {
    const all = isMember(item) && item.wildcard ? namedBy(item.receiver) : namedBy(item);
    if (isFeatures(all)) return [...this.definitionsOf(all).values()].map((node) => ({ node, owner: all, selectedBy: item }));
    if (isSource(all)) {
      const time = namedBy(valueOf(all, "time"));
      return [...this.columnsOf(all).values()]
        .filter((column) => column !== time && column.entity === undefined)
        .map((node) => ({ node, owner: all, selectedBy: item }));
    }
    if (!isColumn(all) && !isDefinition(all)) return undefined;
    const receiver = isMember(item) ? namedBy(item.receiver) : undefined;
    const owner = isSource(receiver) || isFeatures(receiver) ? receiver : ownerOf(all);
    return owner === undefined ? undefined : [{ node: all, owner, selectedBy: item }];
  }

  /** Features of a dataset by their bare names; several under one name are ambiguous. */
  bareFeatures(dataset: Dataset): ReadonlyMap<string, readonly SelectedFeature[]> {
    return this.remember("bare", dataset, () => Map.groupBy(this.selectionOf(dataset).features, (f) => f.node.name));
  }

  stages(document: LangiumDocument): NameTable<Section> {
    return this.remember("stages", document, () => {
      const rollouts = [...this.visible(document).values()].filter(isRollout);
      return tableOf(rollouts.flatMap((r) => sections(r, "stage")));
    });
  }
}

/** The source or view that a column or definition is written in. */
export function ownerOf(node: Column | Definition): Source | Features | undefined {
  const block = isColumn(node) ? node.$container.$container : node.$container;
  const owner: AstNode | undefined = block.$container;
  return isSource(owner) || isFeatures(owner) ? owner : undefined;
}

/** The first of a name wins; validation reports the others. */
export function tableOf<T extends Named>(nodes: readonly T[]): Map<string, T> {
  const table = new Map<string, T>();
  for (const node of nodes) if (typeof node.name === "string" && !table.has(node.name)) table.set(node.name, node);
  return table;
}
