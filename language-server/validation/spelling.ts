/** Numbers and times that are written otherwise elsewhere (`language/misspelt.ts`), with what to write. */
import { CstUtils, type LangiumDocument, type LeafCstNode } from "langium";
import { misspeltInstant, misspeltQuantity, type Misspelt } from "../language/misspelt.ts";
import type { Problem } from "./problem.ts";

export function spellingProblems(document: LangiumDocument): Problem[] {
  const root = document.parseResult.value.$cstNode;
  if (root === undefined) return [];
  return CstUtils.flattenCst(root).flatMap((leaf): Problem[] => {
    const wrong = misspelt(leaf);
    return wrong === undefined ? [] : [{ code: "syntax", severity: "error", message: wrong.why, range: leaf.range, ...(wrong.meant === undefined ? {} : { suggestion: wrong.meant }) }];
  }).toArray();
}

function misspelt({ tokenType: { name }, text }: LeafCstNode): Misspelt | undefined {
  if (name === "QUANTITY") return misspeltQuantity(text);
  return name === "INSTANT" ? misspeltInstant(text) : undefined;
}
