/** The composition root: which service does what. `createMlspecServices` is the only entry; the language server and the headless `loadSpec` share it. */
import { inject, type DeepPartial, type Module } from "langium";
import { createDefaultModule, createDefaultSharedModule, type DefaultSharedModuleContext, type LangiumServices, type LangiumSharedServices } from "langium/lsp";
import { MLSpecGeneratedModule, MLSpecGeneratedSharedModule } from "../grammar/generated/module.ts";
import { MlspecDocumentBuilder, MlspecIndexManager } from "./language/document-builder.ts";
import { MlspecDocumentFactory } from "./language/document-factory.ts";
import { MlspecCommentProvider } from "./language/documentation.ts";
import { MlspecLinker } from "./language/linker.ts";
import { createMlspecParser } from "./language/parser.ts";
import { Names } from "./language/names.ts";
import { MlspecReferenceDescriptions } from "./language/references.ts";
import { MlspecScopeProvider } from "./language/scope-provider.ts";
import { MlspecTokenBuilder } from "./language/token-builder.ts";
import { MlspecValueConverter } from "./language/value-converter.ts";
import { Elaborations } from "./compile/elaborations.ts";
import { lexerMessages, parserMessages } from "./validation/syntax.ts";
import { MlspecValidator } from "./validation/validator.ts";

export interface MlspecAddedServices {
  readonly language: { readonly Names: Names };
  readonly compile: { readonly Elaborations: Elaborations };
}

export type MlspecServices = LangiumServices & MlspecAddedServices;

/** Services of the language alone; `language-server/main.ts` adds the editor's. */
export const languageModule: Module<MlspecServices, DeepPartial<LangiumServices> & MlspecAddedServices> = {
  parser: {
    LangiumParser: (services) => createMlspecParser(services),
    TokenBuilder: () => new MlspecTokenBuilder(),
    ValueConverter: () => new MlspecValueConverter(),
    ParserErrorMessageProvider: () => parserMessages,
    LexerErrorMessageProvider: () => lexerMessages,
  },
  documentation: {
    CommentProvider: () => new MlspecCommentProvider(),
    DocumentationProvider: () => new MlspecCommentProvider(),
  },
  references: {
    ScopeProvider: (services) => new MlspecScopeProvider(services),
    Linker: (services) => new MlspecLinker(services),
  },
  workspace: { ReferenceDescriptionProvider: (services) => new MlspecReferenceDescriptions(services) },
  validation: { DocumentValidator: (services) => new MlspecValidator(services) },
  language: { Names: (services) => new Names(services.shared) },
  compile: { Elaborations: (services) => new Elaborations(services) },
};

const sharedModule: Module<LangiumSharedServices, DeepPartial<LangiumSharedServices>> = {
  workspace: {
    LangiumDocumentFactory: (services) => new MlspecDocumentFactory(services),
    DocumentBuilder: (services) => new MlspecDocumentBuilder(services),
    IndexManager: (services) => new MlspecIndexManager(services),
  },
};

/**
 * `extra` and `extraShared` replace or add services: the language server passes its LSP features here.
 * Example: `createMlspecServices(specFiles)`.
 */
export function createMlspecServices(
  context: DefaultSharedModuleContext,
  extra: Module<MlspecServices, DeepPartial<MlspecServices>> = {},
  extraShared: Module<LangiumSharedServices, DeepPartial<LangiumSharedServices>> = {},
): { readonly shared: LangiumSharedServices; readonly mlspec: MlspecServices } {
  const shared = inject(createDefaultSharedModule(context), MLSpecGeneratedSharedModule, sharedModule, extraShared);
  const mlspec = compose(shared, extra);
  shared.ServiceRegistry.register(mlspec);
  if (context.connection === undefined) void shared.workspace.ConfigurationProvider.initialized({});
  return { shared, mlspec };
}

/** `inject` infers too little from modules that replace each other's services. */
function compose(shared: LangiumSharedServices, extra: Module<MlspecServices, DeepPartial<MlspecServices>>): MlspecServices {
  const services: unknown = inject(createDefaultModule({ shared }), MLSpecGeneratedModule, languageModule, extra);
  return services as MlspecServices;
}
