/** Numbers, times and texts that are written otherwise elsewhere (`language/misspelt.ts`), and names that are words of the language: with what to write. */
import { CstUtils, type LangiumDocument, type LeafCstNode } from "langium";
import { isArgument } from "../../grammar/generated/ast.ts";
import { misspeltInstant, misspeltQuantity, misspeltText, type Misspelt } from "../language/misspelt.ts";
import { reserved } from "../language/token-builder.ts";
import type { Problem } from "./problem.ts";

export function spellingProblems(document: LangiumDocument): Problem[] {
  const root = document.parseResult.value.$cstNode;
  if (root === undefined) return [];
  return CstUtils.flattenCst(root).flatMap((leaf): Problem[] => {
    if (leaf.tokenType.name === "KEY" && reserved.has(leaf.text) && !isArgument(leaf.astNode)) return [{ ...reservedName(leaf.text), range: leaf.range }];
    const wrong = misspelt(leaf);
    return wrong === undefined ? [] : [{ code: "syntax", severity: "error", message: wrong.why, range: leaf.range, ...(wrong.meant === undefined ? {} : { suggestion: wrong.meant }) }];
  }).toArray();
}

/** But for its place. */
export const reservedName = (word: string): Omit<Problem, "range"> => ({
  code: "syntax", severity: "error", message: `\`${word}\` is a word of the language and cannot be a name`, suggestion: `${word}_`,
  hint: `Call it otherwise, such as \`${word}_\`; a column may still be called so in the file: \`${word}_: int from "${word}"\`.`,
});

function misspelt({ tokenType: { name }, text }: LeafCstNode): Misspelt | undefined {
  if (name === "QUANTITY") return misspeltQuantity(text);
  if (name === "STRING") return misspeltText(text);
  return name === "INSTANT" ? misspeltInstant(text) : undefined;
}
