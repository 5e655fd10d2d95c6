/**
 * What a name may stand for, by where it stands. A scope is a list of tables, nearest first. `unknown` says that a name
 * further up could not be resolved, so that nothing useful can be said here: one mistake, one message.
 */
import {
  stream, type AstNodeDescription, type AstNodeDescriptionProvider, type AstReflection, type LangiumDocument,
  type ReferenceInfo, type Scope, type ScopeProvider, type Stream,
} from "langium";
import type { LangiumServices } from "langium/lsp";
import {
  isBuiltin, isDefinition, isEvaluation, isFeatures, isMember, isModel, isReference, isRollout, isSource,
  type Member, type Named,
} from "../../grammar/generated/ast.ts";
import { tableOf, type NamesInScope, type NameTable, type Names } from "./names.ts";
import { namedBy, sections } from "./navigate.ts";
import { documentOf, placeOf } from "./place.ts";
import { namesAt } from "./scopes.ts";

export class NameScope implements Scope {
  readonly tables: readonly NameTable[];
  /** Names that stand for more than one thing here. */
  readonly ambiguous: ReadonlyMap<string, readonly Named[]>;
  readonly unknown: boolean;
  private readonly describe: (node: Named, name: string) => AstNodeDescription;

  constructor(names: NamesInScope, describe: (node: Named, name: string) => AstNodeDescription) {
    this.tables = names.tables;
    this.ambiguous = names.ambiguous ?? new Map();
    this.unknown = names.unknown ?? false;
    this.describe = describe;
  }

  find(name: string): Named | undefined {
    for (const table of this.tables) {
      const node = table.get(name);
      if (node !== undefined) return node;
    }
    return undefined;
  }

  getElement(name: string): AstNodeDescription | undefined {
    const node = this.find(name);
    return node && this.describe(node, name);
  }

  getElements(name: string): Stream<AstNodeDescription> {
    const element = this.getElement(name);
    return stream(element === undefined ? [] : [element]);
  }

  getAllElements(): Stream<AstNodeDescription> {
    const all = new Map<string, Named>();
    for (const table of this.tables) for (const [name, node] of table) if (!all.has(name)) all.set(name, node);
    return stream(all).map(([name, node]) => this.describe(node, name));
  }
}

export class MlspecScopeProvider implements ScopeProvider {
  private readonly names: Names;
  private readonly reflection: AstReflection;
  private readonly descriptions: AstNodeDescriptionProvider;
  private readonly described = new WeakMap<Named, AstNodeDescription>();

  constructor(services: LangiumServices & { readonly language: { readonly Names: Names } }) {
    this.names = services.language.Names;
    this.reflection = services.shared.AstReflection;
    this.descriptions = services.workspace.AstNodeDescriptionProvider;
  }

  getScope(context: ReferenceInfo): NameScope {
    return new NameScope(this.namesFor(context), (node, name) => this.describe(node, name));
  }

  private namesFor({ container, property, reference }: ReferenceInfo): NamesInScope {
    const document = documentOf(container);
    if (isMember(container) && property === "member") return this.members(container);
    if (isReference(container)) return namesAt(placeOf(container), document, this.names);
    const type = this.reflection.getReferenceType({ container, property, reference });
    return { tables: [this.visibleOfType(document, type)] };
  }

  private readonly byType = new WeakMap<NameTable, Map<string, NameTable>>();

  private visibleOfType(document: LangiumDocument, type: string): NameTable {
    const visible = this.names.visible(document);
    const tables = this.byType.get(visible) ?? new Map<string, NameTable>();
    this.byType.set(visible, tables);
    const known = tables.get(type) ?? tableOf([...visible.values()].filter((d) => this.reflection.isSubtype(d.$type, type)));
    tables.set(type, known);
    return known;
  }

  /** What may follow a dot. */
  private members(member: Member): NamesInScope {
    const receiver = namedBy(member.receiver);
    if (receiver === undefined) return { tables: [], unknown: isMember(member.receiver) || isReference(member.receiver) };
    if (isSource(receiver)) return { tables: [this.names.columnsOf(receiver), this.names.builtins("part")] };
    if (isFeatures(receiver)) return { tables: [this.names.definitionsOf(receiver)] };
    if (isModel(receiver) || isEvaluation(receiver)) return { tables: [this.names.definitionsOf(receiver)] };
    if (isRollout(receiver)) return { tables: [this.names.remember("stages", receiver, () => tableOf(sections(receiver, "stage")))] };
    if (isDefinition(receiver)) return { tables: receiver.kind === "baseline" ? [this.names.builtins("metric")] : [] };
    if (isBuiltin(receiver)) return { tables: this.memberOfBuiltin(receiver.kind, receiver.name) };
    return { tables: [] };
  }

  private memberOfBuiltin(kind: string, name: string): readonly NameTable[] {
    if (kind === "version") return [this.names.builtins("metric")];
    return kind === "signal" && name === "latency" ? [this.names.builtins("quantile")] : [];
  }

  private describe(node: Named, name: string): AstNodeDescription {
    let description = this.described.get(node);
    if (description === undefined) {
      description = this.descriptions.createDescription(node, name);
      this.described.set(node, description);
    }
    return description;
  }
}
