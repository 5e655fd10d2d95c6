/** textDocument/hover: says what is under the cursor. `hover/` has the texts, one function per kind of thing. */
import { CstUtils, type CstNode, type LangiumDocument } from "langium";
import type { HoverProvider } from "langium/lsp";
import { MarkupKind, type Hover, type HoverParams, type Position, type Range } from "vscode-languageserver";
import {
  isAnnotation, isArgument, isCall, isDeclaration, isInstant, isProperty, isQuantity, isSection, isTypeRef,
} from "../../grammar/generated/ast.ts";
import { explain } from "../checks/explain.ts";
import { nameHover } from "./hover/names.ts";
import { commentsIn } from "../language/comments.ts";
import { quantityHover, windowText } from "./hover/quantities.ts";
import { annotationHover, argumentHover, callHover, keywordHover, propertyHover, sectionHover, typeHover } from "./hover/words.ts";
import type { MlspecLspServices } from "./editor-services.ts";
import { leafAt, nameAt } from "./names.ts";

export class MlspecHover implements HoverProvider {
  readonly #services: MlspecLspServices;

  constructor(services: MlspecLspServices) {
    this.#services = services;
  }

  getHoverContent(document: LangiumDocument, { position }: HoverParams): Hover | undefined {
    const suppressed = suppressionAt(document, position);
    if (suppressed !== undefined) return hover(explain(suppressed.id) ?? undefined, suppressed.range);
    const leaf = leafAt(document, position);
    if (leaf === undefined || CstUtils.isCommentNode(leaf, ["LINE_COMMENT", "DOC_COMMENT", "BLOCK_COMMENT"])) return undefined;
    return hover(this.#wordHover(leaf) ?? this.#nameHover(document, position), leaf.range);
  }

  #nameHover(document: LangiumDocument, position: Position): string | undefined {
    const name = nameAt(document, position, this.#services);
    return name && nameHover(name.target, document, this.#services);
  }

  /** Words that are part of the language. */
  #wordHover(leaf: CstNode): string | undefined {
    const node = leaf.astNode;
    const word = leaf.text;
    if (isQuantity(node)) return quantityHover(node);
    if (isInstant(node)) return `A moment in UTC: \`${node.text}\`.`;
    if (isProperty(node) && word === node.name && leaf.offset === node.$cstNode?.offset) return propertyHover(node);
    if (isCall(node) && word === node.function) return callHover(node);
    if (isCall(node) && word === "over" && node.window !== undefined) return windowText(node);
    if (isArgument(node) && word === node.name) return argumentHover(node);
    if (isTypeRef(node)) return typeHover(word);
    if (isAnnotation(node)) return annotationHover(node, this.#services);
    if (isSection(node) && word === node.kind && leaf.offset === node.$cstNode?.offset) return sectionHover(node);
    if (isDeclaration(node) && leaf.offset === node.$cstNode?.offset) return keywordHover(node);
    return undefined;
  }
}

const hover = (value: string | undefined, range: Range): Hover | undefined =>
  value === undefined ? undefined : { contents: { kind: MarkupKind.Markdown, value }, range };

/** `// mlspec-ignore no-fallback: …`: the id, when the cursor is on the words. */
function suppressionAt(document: LangiumDocument, { line, character }: Position): { id: string; range: Range } | undefined {
  const comment = commentsIn(document).find((c) => c.kind === "line" && c.range[0] === line);
  const match = comment && /^\/\/\s*(mlspec-ignore\s+([a-z0-9-]+))/.exec(comment.text);
  if (!match) return undefined;
  const start = document.textDocument.positionAt(comment.offset).character + match[0].length - match[1]!.length;
  const end = start + match[1]!.length;
  return character < start || character > end ? undefined : { id: match[2]!, range: { start: { line, character: start }, end: { line, character: end } } };
}
