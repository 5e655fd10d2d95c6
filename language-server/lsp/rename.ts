/**
 * textDocument/rename and prepareRename, over all files. Refused, with the reason: built-in names, words that are not names, and
 * names that already mean something where the renamed thing is declared or used.
 */
import { AstUtils, GrammarUtils, type AstNode, type LangiumDocument, type LangiumDocuments, type ScopeProvider } from "langium";
import { DefaultRenameProvider, type LangiumServices } from "langium/lsp";
import { LSPErrorCodes, ResponseError, type Range, type RenameParams, type TextDocumentPositionParams, type WorkspaceEdit } from "vscode-languageserver";
import { isBuiltin, isColumn, isDeclaration, type Named } from "../../grammar/generated/ast.ts";
import { importsOf, specOf } from "../language/imports.ts";
import { declarationAround } from "../language/place.ts";
import { isNamed, kindOf, membersOf, nameAt, withArticle } from "./names.ts";

const identifier = /^[A-Za-z_][A-Za-z0-9_]*$/;

export class MlspecRename extends DefaultRenameProvider {
  readonly #services: LangiumServices;
  readonly #documents: LangiumDocuments;
  readonly #scopes: ScopeProvider;
  readonly #keywords: ReadonlySet<string>;

  constructor(services: LangiumServices) {
    super(services);
    this.#services = services;
    this.#documents = services.shared.workspace.LangiumDocuments;
    this.#scopes = services.references.ScopeProvider;
    const words = [...GrammarUtils.getAllReachableRules(services.Grammar, true)].flatMap((rule) => [...AstUtils.streamAllContents(rule)]);
    this.#keywords = new Set(words.flatMap((node) => (node.$type === "Keyword" ? [(node as AstNode & { value: string }).value] : [])));
  }

  override prepareRename(document: LangiumDocument, params: TextDocumentPositionParams): Range | undefined {
    const name = nameAt(document, params.position, this.#services);
    if (name === undefined) return undefined;
    if (isBuiltin(name.target)) throw refusal(`\`${name.target.name}\` is built in: it cannot be renamed.`);
    return name.leaf.range;
  }

  override async rename(document: LangiumDocument, params: RenameParams): Promise<WorkspaceEdit | undefined> {
    const name = nameAt(document, params.position, this.#services);
    if (name === undefined) return undefined;
    const { target } = name;
    if (isBuiltin(target)) throw refusal(`\`${target.name}\` is built in: it cannot be renamed.`);
    if (params.newName === target.name) return { changes: {} };
    const reason = this.#unfit(params.newName) ?? this.#taken(target, params.newName);
    if (reason !== undefined) throw refusal(reason);
    return super.rename(document, params);
  }

  #unfit(newName: string): string | undefined {
    if (!identifier.test(newName)) return `\`${newName}\` is not a name: names are letters, digits and \`_\`, and do not begin with a digit.`;
    // A word such as `source` is a keyword only where a declaration can begin, but a reader would stumble.
    return this.#keywords.has(newName) ? `\`${newName}\` is a word of the language.` : undefined;
  }

  #taken(target: Named, newName: string): string | undefined {
    const sibling = siblingsOf(target, this.#documents).find((node) => node !== target && node.name === newName);
    if (sibling !== undefined) return `\`${newName}\` is already the name of ${withArticle(kindOf(sibling))} here.`;
    for (const use of this.references.findReferences(target, {})) {
      const document = this.#documents.getDocument(use.sourceUri);
      const container = document && this.#services.workspace.AstNodeLocator.getAstNode(document.parseResult.value, use.sourcePath);
      const info = container && [...AstUtils.streamReferences(container)].find((r) => r.reference.$refNode?.offset === use.segment.offset);
      const other = info && this.#scopes.getScope(info).getElement(newName)?.node;
      if (other !== undefined && other !== target && isNamed(other)) {
        const line = use.segment.range.start.line + 1;
        return `\`${newName}\` already means ${withArticle(kindOf(other))} where \`${target.name}\` is used (line ${line}).`;
      }
    }
    return undefined;
  }
}

/** What shares the name space of `target`: for a declaration, whatever is visible together with it in some file. */
function siblingsOf(target: Named, documents: LangiumDocuments): Named[] {
  if (!isDeclaration(target)) {
    const owner = isColumn(target) ? declarationAround(target) : target.$container.$container;
    return owner !== undefined && isNamed(owner) ? membersOf(owner) : [];
  }
  const home = AstUtils.getDocument(target);
  const seesIt = documents.all.filter((d) => d === home || importsOf(d, documents).some((i) => i.document === home));
  return seesIt.toArray().flatMap((d) => [d, ...importsOf(d, documents).flatMap((i) => i.document ?? [])]).flatMap((d) => specOf(d).declarations ?? []);
}

const refusal = (reason: string) => new ResponseError(LSPErrorCodes.RequestFailed, reason);
