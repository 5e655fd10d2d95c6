/**
 * The declaration around the cursor, parsed again with a name put where the cursor is, so that the parser has something to
 * hang the place on. Only that declaration is parsed; it then takes the place of its original beside the file's other
 * declarations, in a document that nobody else sees. Names resolve as they would if the text were finished.
 */
import { CstUtils, type AstNode, type CstNode, type LangiumDocument, type Mutable } from "langium";
import type { SpecFile } from "../../../grammar/generated/ast.ts";
import { specOf } from "../../language/imports.ts";
import type { MlspecServices } from "../../services.ts";
import type { Cursor } from "./cursor.ts";

/** Not a word that anybody would write. */
export const placeholder = "cursor__here";

export interface Sketch {
  /** The syntax node that the placeholder belongs to. */
  readonly node: AstNode;
  /** The placeholder itself. */
  readonly leaf: CstNode;
}

/** `suffix` makes an item of the placeholder: `: 0` a property. */
export function sketchAt(document: LangiumDocument, cursor: Cursor, services: MlspecServices, suffix = ""): Sketch | undefined {
  const { text, chunkStart, chunkEnd, wordStart, wordEnd } = cursor;
  const chunk = text.slice(chunkStart, wordStart) + placeholder + suffix + text.slice(wordEnd, chunkEnd);
  const parsed = services.parser.LangiumParser.parse<SpecFile>(chunk).value;
  if (parsed.$cstNode === undefined) return undefined;
  adopt(parsed, document, cursor);
  const leaf = CstUtils.findLeafNodeAtOffset(parsed.$cstNode, wordStart - chunkStart);
  return leaf === undefined || leaf.text !== placeholder ? undefined : { node: leaf.astNode, leaf };
}

/** The parsed declarations become children of a copy of the file in which they replace those they were made from. */
function adopt(parsed: SpecFile, document: LangiumDocument, { chunkStart, chunkEnd }: Cursor): void {
  const original = specOf(document);
  const others = (original.declarations ?? []).filter((d) => {
    const offset = d.$cstNode?.offset ?? -1;
    return offset < chunkStart || offset >= chunkEnd;
  });
  const root = parsed as Mutable<SpecFile> & { $document?: LangiumDocument };
  root.imports = [...(original.imports ?? [])];
  root.declarations = [...(parsed.declarations ?? []), ...others];
  root.$document = Object.assign(Object.create(document) as LangiumDocument, { references: [], parseResult: { ...document.parseResult, value: root } });
}

