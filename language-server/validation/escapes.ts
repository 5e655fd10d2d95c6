/** Backslashes in texts: `"\\N"` and `"C:\\data"` mean something to other programs and nothing here, and are not passed on as something else. */
import { CstUtils, type LangiumDocument } from "langium";
import { escapes } from "../language/value-converter.ts";
import type { Problem } from "./problem.ts";

const known = Object.keys(escapes).map((c) => `\\${c}`).join(" ");

export function escapeProblems(document: LangiumDocument): Problem[] {
  const root = document.parseResult.value.$cstNode;
  if (root?.text.includes("\\") !== true) return [];
  return CstUtils.flattenCst(root).filter((leaf) => leaf.tokenType.name === "STRING" && leaf.text.startsWith('"') && leaf.text.includes("\\")).flatMap((leaf) => unknownIn(leaf.text, leaf.offset, document)).toArray();
}

function unknownIn(text: string, offset: number, document: LangiumDocument): Problem[] {
  return [...text.matchAll(/\\(.)/gu)].filter(([, c = ""]) => escapes[c] === undefined).map((match): Problem => {
    const start = offset + match.index;
    const range = { start: document.textDocument.positionAt(start), end: document.textDocument.positionAt(start + match[0].length) };
    return { code: "syntax", severity: "error", message: `unknown escape \`${match[0]}\` in a text`, hint: `A backslash itself is written \`\\\\\`; known are ${known}.`, range };
  });
}
