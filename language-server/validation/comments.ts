/** `///` comments that document nothing, or not what they stand beside: nobody would miss them, and what they say shows nowhere. */
import { AstUtils, CstUtils, type LangiumDocument, type LeafCstNode } from "langium";
import { carriesDocumentation } from "../language/documentation.ts";
import type { Problem } from "./problem.ts";

export function commentProblems(document: LangiumDocument): Problem[] {
  const root = document.parseResult.value.$cstNode;
  if (root === undefined || !document.textDocument.getText().includes("///")) return [];
  const documented = new Set(AstUtils.streamAst(document.parseResult.value).filter(carriesDocumentation).map((node) => node.$cstNode?.offset));
  const problems: Problem[] = [];
  let word: LeafCstNode | undefined;
  let open: LeafCstNode | undefined;
  for (const leaf of CstUtils.flattenCst(root)) {
    const isDoc = leaf.tokenType.name === "DOC_COMMENT";
    if (!isDoc && (leaf.hidden || leaf.text === "")) continue;
    if (open !== undefined && (isDoc || !documented.has(leaf.offset))) problems.push(idle(open, isDoc ? "another `///` comment comes before anything else" : `behind it comes \`${clip(leaf.text)}\``));
    open = undefined;
    if (!isDoc) word = leaf;
    else if (word?.range.end.line === leaf.range.start.line) problems.push(behind(leaf, word));
    else open = leaf;
  }
  return open === undefined ? problems : [...problems, idle(open, "the file ends behind it")];
}

const idle = (comment: LeafCstNode, why: string): Problem =>
  misplaced(comment, `this documents nothing: ${why}`, "`///` stands above a declaration, column, definition, property or block; any other comment is `//`.");
const behind = (comment: LeafCstNode, { text }: LeafCstNode): Problem =>
  misplaced(comment, `this stands behind \`${clip(text)}\` and documents what comes below it`, "Write it on the line above what it is about, or as `//`.");

const clip = (text: string): string => (text.length > 20 ? `${text.slice(0, 19)}…` : text);

const misplaced = ({ range }: LeafCstNode, message: string, hint: string): Problem => ({ code: "misplaced-comment", severity: "warning", range, message, hint });
