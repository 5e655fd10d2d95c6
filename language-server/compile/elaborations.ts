import { WorkspaceCache, type LangiumDocument } from "langium";
import type { LangiumServices } from "langium/lsp";
import type { CompiledSpec } from "../../grammar/compiled-spec/index.ts";
import type { Declaration } from "../../grammar/generated/ast.ts";
import { specOf } from "../language/imports.ts";
import type { Names } from "../language/names.ts";
import { documentOf } from "../language/place.ts";
import type { Problem } from "../validation/problem.ts";
import { compileSpec } from "./compile.ts";
import { Concerned } from "./concerned.ts";
import { Context } from "./context.ts";
import { defectIn, Elaborator } from "./elaboration.ts";

type ElaborationServices = LangiumServices & { readonly language: { readonly Names: Names } };

/** What a file means together with what it imports. */
export interface Reading {
  /** The file asked for, then others: what `Origin.file` counts. */
  readonly documents: readonly LangiumDocument[];
  readonly spec: CompiledSpec;
  /** Mistakes of MLSpec's own while it put together what the file declares. */
  readonly defects: readonly Problem[];
}

/** One state of the workspace. */
interface State {
  readonly elaboration: Elaborator;
  readonly concerned: Concerned;
  readonly wholes: Map<LangiumDocument, Reading>;
}

/** What files mean: each declaration is read once, for all files that import it, and kept until any file changes. */
export class Elaborations {
  private readonly cache: WorkspaceCache<"state", State>;
  private readonly services: ElaborationServices;

  constructor(services: ElaborationServices) {
    this.services = services;
    this.cache = new WorkspaceCache(services.shared);
  }

  private get state(): State {
    return this.cache.get("state", () => {
      const { language: { Names: names }, documentation: { CommentProvider: comments } } = this.services;
      const { graph } = names;
      const context = new Context(names, (document) => graph.numberOf(document), (node) => comments.getComment(node));
      return { elaboration: new Elaborator(context), concerned: new Concerned(names), wholes: new Map() };
    });
  }

  get elaboration(): Elaborator {
    return this.state.elaboration;
  }

  /** The compiled spec of a linked document. */
  compile(document: LangiumDocument): CompiledSpec {
    return this.whole(document).spec;
  }

  /** The file asked for, then what it imports: `CompiledSpec.files`. */
  documentsOf(document: LangiumDocument): readonly LangiumDocument[] {
    return this.whole(document).documents;
  }

  private whole(document: LangiumDocument): Reading {
    const { wholes } = this.state;
    const known = wholes.get(document);
    if (known !== undefined) return known;
    const documents = [...this.services.language.Names.graph.closure(document)];
    const reading = this.read(documents, documents.flatMap((d) => specOf(d).declarations ?? []));
    wholes.set(document, reading);
    return reading;
  }

  /** As much of the compiled spec as the findings about the file can depend on. */
  concerning(document: LangiumDocument): Reading {
    if (this.services.language.Names.importsOf(document).length === 0) return this.whole(document);
    const declarations = this.state.concerned.by(document);
    return this.read([...new Set([document, ...declarations.map(documentOf)])], declarations);
  }

  private read(documents: readonly LangiumDocument[], declarations: readonly Declaration[]): Reading {
    const { graph } = this.services.language.Names;
    const defects: Problem[] = [];
    const spec = compileSpec(documents, declarations, this.elaboration, {
      numberOf: (document) => graph.numberOf(document),
      onDefect: (declaration, error) => void (documentOf(declaration) === documents[0] && defects.push(defectIn(declaration, error))),
    });
    return { documents, spec, defects };
  }
}
