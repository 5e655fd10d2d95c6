/** Comments as the lexer sees them. What looks like one inside a text in quotes is none. */
import type { Origin } from "../../grammar/compiled-spec/index.ts";
import { CstUtils, type LangiumDocument, type LeafCstNode } from "langium";

export interface Comment {
  /** `line` is `// …`, `doc` is `/// …` (also several lines of them), `block` is between `/*` and its end. */
  readonly kind: "line" | "doc" | "block";
  readonly text: string;
  readonly offset: number;
  /** From 0. */
  readonly line: number;
  /** Of one that ends its line, where it stands: what may be put in its place. */
  readonly range?: Origin["range"];
}

const kinds: Readonly<Record<string, Comment["kind"]>> = { LINE_COMMENT: "line", DOC_COMMENT: "doc", BLOCK_COMMENT: "block" };

export function commentsIn(document: LangiumDocument): Comment[] {
  const root = document.parseResult.value.$cstNode;
  if (root === undefined) return [];
  const comments: Comment[] = [];
  for (const leaf of CstUtils.flattenCst(root)) {
    const kind = leaf.hidden ? kinds[leaf.tokenType.name] : undefined;
    if (kind !== undefined) comments.push({ kind, text: leaf.text, offset: leaf.offset, line: leaf.range.start.line, ...placeOf(kind, leaf.range) });
  }
  return comments;
}

const placeOf = (kind: Comment["kind"], { start, end }: LeafCstNode["range"]): Pick<Comment, "range"> =>
  (kind === "block" || start.line !== end.line ? {} : { range: [start.line, start.character, end.line, end.character] });
