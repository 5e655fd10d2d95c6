import { WorkspaceCache, type LangiumDocument } from "langium";
import type { LangiumServices } from "langium/lsp";
import type { CompiledSpec } from "../../grammar/compiled-spec/index.ts";
import type { Names } from "../language/names.ts";
import { compileSpec } from "./compile.ts";
import { Context } from "./context.ts";
import { Elaborator } from "./elaboration.ts";

type ElaborationServices = LangiumServices & { readonly language: { readonly Names: Names } };

interface Reading {
  readonly documents: readonly LangiumDocument[];
  readonly elaboration: Elaborator;
  spec?: CompiledSpec;
}

/** Elaborations and compiled specs by file, kept until any file changes. */
export class Elaborations {
  private readonly cache: WorkspaceCache<string, Reading>;
  private readonly services: ElaborationServices;

  constructor(services: ElaborationServices) {
    this.services = services;
    this.cache = new WorkspaceCache(services.shared);
  }

  private reading(document: LangiumDocument): Reading {
    return this.cache.get(document.uri.toString(), () => {
      const documents = this.services.language.Names.importClosure(document);
      const comments = this.services.documentation.CommentProvider;
      const context = new Context(this.services.language.Names, documents, (node) => comments.getComment(node));
      return { documents, elaboration: new Elaborator(context) };
    });
  }

  of(document: LangiumDocument): Elaborator {
    return this.reading(document).elaboration;
  }

  /** The file asked for, then what it imports: `CompiledSpec.files`. */
  documentsOf(document: LangiumDocument): readonly LangiumDocument[] {
    return this.reading(document).documents;
  }

  /** The compiled spec of a linked document. */
  compile(document: LangiumDocument): CompiledSpec {
    const reading = this.reading(document);
    reading.spec ??= compileSpec(reading.documents, reading.elaboration);
    return reading.spec;
  }
}
