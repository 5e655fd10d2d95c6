import { misspeltInstant, misspeltQuantity, misspeltText } from "./misspelt.ts";
import { DefaultValueConverter, type CstNode, type GrammarAST, type ValueType } from "langium";

/** What a backslash makes of the letter behind it. Any other is an error (`validation/escapes.ts`): nobody can say what was meant. */
export const escapes: Readonly<Record<string, string>> = { '"': '"', "\\": "\\", n: "\n", t: "\t", r: "\r" };

/** Strings lose their quotes and escapes here and nowhere else. Other values keep their text (quantities: `quantity.ts`). */
export class MlspecValueConverter extends DefaultValueConverter {
  protected override runConverter(rule: GrammarAST.AbstractRule, input: string, cstNode: CstNode): ValueType {
    // What was meant: that it is misspelt is said (`validation/spelling.ts`), and nothing that follows from it.
    if (rule.name === "STRING") return unescapeText(misspeltText(input)?.meant ?? input);
    if (rule.name === "QUANTITY") return misspeltQuantity(input)?.meant ?? input;
    if (rule.name === "INSTANT") return misspeltInstant(input)?.meant ?? input;
    return rule.name === "ID" || rule.name === "CALLEE" || rule.name === "KEY" ? input : super.runConverter(rule, input, cstNode);
  }
}

function unescapeText(quoted: string): string {
  return quoted.slice(1, quoted.endsWith('"') && quoted.length > 1 ? -1 : undefined).replaceAll(/\\(.)/g, (_, c: string) => escapes[c] ?? c);
}
