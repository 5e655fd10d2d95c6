/** Comments as the lexer sees them. What looks like one inside a text in quotes is none. */
import type { Origin } from "../../grammar/compiled-spec/index.ts";
import { CstUtils, type LangiumDocument, type LeafCstNode } from "langium";

export interface Comment {
  /** `line` is `// …`, `doc` is `/// …` (also several lines of them), `block` is between `/*` and its end. */
  readonly kind: "line" | "doc" | "block";
  readonly text: string;
  readonly offset: number;
  readonly range: Origin["range"];
  /** Whatever is put in its place takes nothing with it. */
  readonly endsItsLine: boolean;
  /** From 0: its own line where it stands behind code, else that of the next code. */
  readonly about: number;
}

const kinds: Readonly<Record<string, Comment["kind"]>> = { LINE_COMMENT: "line", DOC_COMMENT: "doc", BLOCK_COMMENT: "block" };

export function commentsIn(document: LangiumDocument): Comment[] {
  const root = document.parseResult.value.$cstNode;
  if (root === undefined) return [];
  const leaves = CstUtils.flattenCst(root).toArray();
  const nextCode = linesOfNextCode(leaves);
  let lastCode = -1;
  return leaves.flatMap((leaf, i): Comment[] => {
    const kind = leaf.hidden ? kinds[leaf.tokenType.name] : undefined;
    if (!leaf.hidden) lastCode = leaf.range.end.line;
    if (kind === undefined) return [];
    const { start, end } = leaf.range;
    const isBehindCode = lastCode === start.line;
    return [{
      kind, text: leaf.text, offset: leaf.offset, range: [start.line, start.character, end.line, end.character],
      endsItsLine: kind !== "block" && start.line === end.line, about: isBehindCode ? start.line : (nextCode[i] ?? start.line),
    }];
  });
}

/** For each leaf, the line of the code behind it. */
function linesOfNextCode(leaves: readonly LeafCstNode[]): (number | undefined)[] {
  let next: number | undefined;
  return leaves.toReversed().map((leaf) => {
    const line = next;
    if (!leaf.hidden) next = leaf.range.start.line;
    return line;
  }).toReversed();
}
