/** `///` comments belong to the next declaration, column, definition, section or property. */
import { CstUtils, type AstNode, type CommentProvider, type DocumentationProvider, type RootCstNode } from "langium";
import { isColumn, isDeclaration, isDefinition, isProperty, isSection } from "../../grammar/generated/ast.ts";

export const carriesDocumentation = (node: AstNode): boolean =>
  isDeclaration(node) || isColumn(node) || isDefinition(node) || isSection(node) || isProperty(node);

export class MlspecCommentProvider implements CommentProvider, DocumentationProvider {
  /** Per text as it was read: the offset of the token after a documentation comment → its text. */
  private readonly comments = new WeakMap<RootCstNode, ReadonlyMap<number, string>>();

  getComment(node: AstNode): string | undefined {
    if (!carriesDocumentation(node) || node.$cstNode === undefined) return undefined;
    const root = node.$cstNode.root;
    const known = this.comments.get(root) ?? collectComments(root);
    this.comments.set(root, known);
    return known.get(node.$cstNode.offset);
  }

  getDocumentation(node: AstNode): string | undefined {
    return this.getComment(node);
  }
}

function collectComments(root: Parameters<typeof CstUtils.flattenCst>[0]): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  let last: string | undefined;
  for (const leaf of CstUtils.flattenCst(root)) {
    if (leaf.tokenType.name === "DOC_COMMENT") last = stripSlashes(leaf.text);
    else if (!leaf.hidden) {
      if (last !== undefined) found.set(leaf.offset, last);
      last = undefined;
    }
  }
  return found;
}

export function stripSlashes(comment: string): string {
  return comment.split(/\r?\n/).map((line) => line.replace(/^[ \t]*\/\/\/ ?/, "")).join("\n").trim();
}
