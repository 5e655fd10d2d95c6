/** textDocument/completion: decides by the cursor's place who is to make suggestions; `completion/` has them all. */
import { AstUtils, type LangiumDocument } from "langium";
import type { CompletionProvider, CompletionProviderOptions } from "langium/lsp";
import { CompletionItemKind, CompletionList, type CompletionItem, type CompletionParams } from "vscode-languageserver";
import { isAnnotation, isArgument, isBlock, isCall, isMember, isProperty, isReference, isTypeRef, type Declaration } from "../../grammar/generated/ast.ts";
import { checks } from "../checks/index.ts";
import { units } from "../language/quantity.ts";
import { placeOf } from "../language/place.ts";
import { columnTypes, declarationTypes, tagNames, vocabularyOfBlock } from "../vocabulary/index.ts";
import { callablesAt } from "./completion/callables.ts";
import { cursorAt, spotOf, type Cursor, type Spot } from "./completion/cursor.ts";
import { topLevelSuggestions } from "./completion/declarations.ts";
import { importableSuggestions } from "./completion/imports.ts";
import { itemSuggestions } from "./completion/items.ts";
import { pathItems } from "./completion/paths.ts";
import { sketchAt } from "./completion/sketch.ts";
import { itemOf, type Suggestion } from "./completion/suggestion.ts";
import { memberSuggestions, referenceSuggestions, valueSuggestions } from "./completion/values.ts";
import { headerWords, infixWords } from "./completion/words.ts";
import type { MlspecLspServices } from "./editor-services.ts";

export class MlspecCompletion implements CompletionProvider {
  readonly completionOptions: CompletionProviderOptions = { triggerCharacters: [".", "@", '"', "/"] };
  readonly #services: MlspecLspServices;

  constructor(services: MlspecLspServices) {
    this.#services = services;
  }

  async getCompletion(document: LangiumDocument, params: CompletionParams): Promise<CompletionList> {
    const text = document.textDocument.getText();
    const cursor = cursorAt(text, document.textDocument.offsetAt(params.position), this.#services.parser.Lexer);
    const spot = spotOf(cursor);
    return CompletionList.create(await this.#items(document, params, cursor, spot), false);
  }

  async #items(document: LangiumDocument, { position }: CompletionParams, cursor: Cursor, spot: Spot): Promise<CompletionItem[]> {
    if (spot.kind === "import-path" || spot.kind === "data-path") {
      const files = this.#services.shared.workspace.FileSystemProvider;
      return pathItems(document, spot.typed, position, spot.kind === "import-path" ? "spec" : "data", files);
    }
    const typed = typedLength(cursor, spot);
    const range = { start: { ...position, character: position.character - typed }, end: position };
    const snippets = this.#services.editor.Client.snippets;
    const seen = new Set<string>();
    return this.#suggestions(document, cursor, spot)
      .filter((s) => !seen.has(s.label) && seen.add(s.label))
      .map((s) => itemOf(s, range, snippets));
  }

  #suggestions(document: LangiumDocument, cursor: Cursor, spot: Spot): readonly Suggestion[] {
    switch (spot.kind) {
      case "top-level": return topLevelSuggestions();
      case "item": return this.#inBlock(document, cursor);
      case "header": return [...headerWords(cursor.before), ...this.#named(document, cursor)];
      case "expression": return this.#named(document, cursor);
      case "after-operand": return infixWords;
      case "unit": return unitSuggestions(spot.number);
      case "annotation": return tagNames.map((label) => ({ label, kind: CompletionItemKind.Keyword, ...(label === "unit" && { snippet: "unit($0)" }) }));
      case "comment": return suppressions(spot.line);
      case "nothing": case "import-path": case "data-path": return [];
    }
  }

  #inBlock(document: LangiumDocument, cursor: Cursor): readonly Suggestion[] {
    const bare = [":", "=", "{"].includes(cursor.next);
    const node = sketchAt(document, cursor, this.#services, bare ? "" : ": 0")?.node;
    if (!isProperty(node) || !isBlock(node.$container)) return [];
    const entry = vocabularyOfBlock(node.$container);
    return entry === undefined ? [] : itemSuggestions(node.$container, entry, bare);
  }

  #named(document: LangiumDocument, cursor: Cursor): readonly Suggestion[] {
    const sketch = sketchAt(document, cursor, this.#services);
    if (sketch === undefined) return [];
    const { node } = sketch;
    if (isReference(node)) return [...valueSuggestions(node, this.#services), ...this.#importable(document, node)];
    if (isMember(node)) return memberSuggestions(node, this.#services);
    if (isTypeRef(node)) return columnTypes.map(({ name, doc }) => ({ label: name, kind: CompletionItemKind.TypeParameter, doc }));
    // The parenthesis is there already: only the function's name is to be completed.
    if (isCall(node)) return callablesAt(placeOf(node), node).map((s) => ({ ...s, snippet: s.label }));
    if (isArgument(node) || isAnnotation(node)) return [];
    const info = AstUtils.streamReferences(node).find((r) => r.reference.$refNode?.offset === sketch.leaf.offset);
    if (info === undefined) return [];
    const type = this.#services.shared.AstReflection.getReferenceType(info);
    const isOfType = (d: Declaration) => this.#services.shared.AstReflection.isSubtype(d.$type, type);
    return [...referenceSuggestions(node, info.property, this.#services), ...importableSuggestions(document, this.#services, isOfType)];
  }

  /** Declarations of files that are not imported yet, where a declaration is what the property names. */
  #importable(document: LangiumDocument, node: Parameters<typeof valueSuggestions>[0]): readonly Suggestion[] {
    const { item } = placeOf(node);
    if (!isProperty(item)) return [];
    const shape = vocabularyOfBlock(item.$container)?.properties.find((p) => p.name === item.name)?.type;
    const types: readonly string[] = shape === undefined ? [] : declarationTypes(shape);
    return types.length === 0 ? [] : importableSuggestions(document, this.#services, (d) => types.includes(d.$type));
  }
}

/** How much of the text before the cursor the suggestion replaces. */
function typedLength(cursor: Cursor, spot: Spot): number {
  if (spot.kind === "unit") return spot.number.length + spot.typed.length;
  if (spot.kind === "comment") return /[a-z-]*$/.exec(spot.line)?.[0].length ?? 0;
  return cursor.offset - cursor.wordStart;
}

const unitSuggestions = (number: string): Suggestion[] =>
  units.map(({ unit, doc }, i) => ({ label: `${number}${unit}`, kind: CompletionItemKind.Unit, detail: `${number} ${doc}`, rank: i }));

/** `// mlspec-ignore `: the ids of the checks. */
function suppressions(line: string): Suggestion[] {
  if (/mlspec-ignore\s+[a-z-]*$/.test(line)) return checks.map(({ id, title }) => ({ label: id, kind: CompletionItemKind.EnumMember, detail: title, snippet: `${id}: \${1:reason}` }));
  if (!/\/\/\s*[a-z-]*$/.test(line)) return [];
  return [{ label: "mlspec-ignore", kind: CompletionItemKind.Keyword, doc: "Behind code, silences the findings of a check on this line; on a line of its own, on the next.", snippet: "mlspec-ignore ", more: true }];
}
