/** textDocument/selectionRange: from the word outwards, through the syntax tree. */
import { CstUtils, type CstNode, type LangiumDocument } from "langium";
import type { Position, SelectionRange } from "vscode-languageserver";

export function selectionRanges(document: LangiumDocument, positions: readonly Position[]): SelectionRange[] {
  const root = document.parseResult.value.$cstNode;
  const whole = { range: { start: { line: 0, character: 0 }, end: document.textDocument.positionAt(document.textDocument.getText().length) } };
  return positions.map((position) => {
    const leaf = root && CstUtils.findLeafNodeAtOffset(root, document.textDocument.offsetAt(position));
    return leaf === undefined ? whole : rangesOf(leaf, whole);
  });
}

/** Innermost first, without the root, which is the whole file; nodes of the same extent count once. */
function rangesOf(leaf: CstNode, whole: SelectionRange): SelectionRange {
  const nodes: CstNode[] = [];
  for (let node: CstNode | undefined = leaf; node?.container !== undefined; node = node.container) {
    const last = nodes.at(-1);
    if (last === undefined || last.offset !== node.offset || last.end !== node.end) nodes.push(node);
  }
  return nodes.reduceRight<SelectionRange>((parent, node) => ({ range: node.range, parent }), whole);
}
