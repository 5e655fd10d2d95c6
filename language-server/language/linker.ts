import { DefaultLinker, type AstNodeDescription, type Cancellation, type LangiumCoreServices, type LangiumDocument, type LinkingError, type ReferenceInfo } from "langium";
import { isEntity } from "../../grammar/generated/ast.ts";
import { importsOf } from "./imports.ts";
import type { MlspecScopeProvider, NameScope } from "./scope-provider.ts";
import { nearest } from "./suggest.ts";
import { documentOf, placeOf } from "./place.ts";

export interface MlspecLinkingError extends LinkingError {
  readonly code: "unresolved-reference" | "ambiguous-name" | "wrong-kind";
  /** Follows from another mistake, or is no reference after all (an entity's key, a purpose): not reported. */
  readonly silent: boolean;
  readonly suggestion: string | undefined;
  /** Set when looking for the name failed by a mistake of MLSpec's own. */
  readonly cause?: unknown;
}

const mostSuggestions = 1000;

/** Links by `MlspecScopeProvider`, and says what was probably meant when there is no such name. */
export class MlspecLinker extends DefaultLinker {
  private readonly suggested = new WeakMap<LangiumDocument, number>();

  constructor(services: LangiumCoreServices) {
    super(services);
  }

  private scope(info: ReferenceInfo): NameScope {
    return (this.scopeProvider as MlspecScopeProvider).getScope(info);
  }

  override getCandidate(info: ReferenceInfo): AstNodeDescription | LinkingError {
    try {
      const scope = this.scope(info);
      return scope.getElement(info.reference.$refText) ?? this.explain(info, scope);
    } catch (cause) {
      return failed(info, cause);
    }
  }

  protected override createLinkingError(info: ReferenceInfo, _target?: AstNodeDescription): LinkingError {
    return this.explain(info, this.scope(info));
  }

  override link(document: LangiumDocument, cancelToken?: Cancellation.CancellationToken): Promise<void> {
    this.suggested.delete(document);
    return super.link(document, cancelToken);
  }

  /** In a file in which nearly every name is unknown, nobody reads what the thousandth might have been, and comparing each with each takes minutes. */
  private suggest(name: string, scope: NameScope, document: LangiumDocument): string | undefined {
    const before = this.suggested.get(document) ?? 0;
    this.suggested.set(document, before + 1);
    return before < mostSuggestions ? nearest(name, namesIn(scope)) : undefined;
  }

  private explain(info: ReferenceInfo, scope: NameScope): MlspecLinkingError {
    const name = info.reference.$refText;
    const among = scope.ambiguous.get(name);
    if (among !== undefined) {
      const full = among.map((node) => `\`${qualifiedName(node)}\``).join(" or ");
      return { info, code: "ambiguous-name", silent: false, suggestion: undefined, message: `\`${name}\` stands for more than one feature: write ${full}` };
    }
    // A name that is nowhere may be declared in the file that an import does not find: that is said there.
    const lost = importsOf(documentOf(info.container), this.langiumDocuments()).some((i) => i.document === undefined);
    const suggestion = this.suggest(name, scope, documentOf(info.container));
    const hint = suggestion === undefined ? "" : `: did you mean \`${suggestion}\`?`;
    const isKey = isEntity(placeOf(info.container).declaration);
    return {
      info, code: "unresolved-reference", silent: scope.unknown || isKey || name === "" || (lost && suggestion === undefined), suggestion,
      message: `unknown ${wanted(this.reflection.getReferenceType(info))} \`${name}\`${hint}`,
    };
  }
}

/** One after the other: a list of all names for every unknown one would cost more than looking through them. */
function* namesIn(scope: NameScope): Iterable<string> {
  for (const table of scope.tables) yield* table.keys();
}

const failed = (info: ReferenceInfo, cause: unknown): MlspecLinkingError =>
  ({ info, code: "unresolved-reference", silent: false, suggestion: undefined, message: `\`${info.reference.$refText}\` could not be looked up`, cause });

const wanted = (type: string): string => (type === "Named" ? "name" : type === "SloTarget" ? "service or model" : type.toLowerCase());

function qualifiedName(node: { readonly name?: string | undefined; readonly $container?: unknown }): string {
  let at = node.$container as { name?: string; $container?: unknown } | undefined;
  while (at !== undefined && typeof at.name !== "string") at = at.$container as typeof at;
  return at?.name === undefined ? (node.name ?? "") : `${at.name}.${node.name ?? ""}`;
}
