/** The TextMate grammar, run by the engine that VS Code runs it with. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { beforeAll, describe, expect, it } from "vitest";
import oniguruma from "vscode-oniguruma";
import textmate, { type IGrammar } from "vscode-textmate";

let grammar: IGrammar;
const require = createRequire(import.meta.url);

beforeAll(async () => {
  await oniguruma.loadWASM(readFileSync(require.resolve("vscode-oniguruma/release/onig.wasm")).buffer);
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({ createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns), createOnigString: (s) => new oniguruma.OnigString(s) }),
    loadGrammar: async () => textmate.parseRawGrammar(readFileSync("extension/syntaxes/mlspec.tmLanguage.json", "utf8"), "mlspec.json"),
  });
  grammar = (await registry.loadGrammar("source.mlspec"))!;
});

/** The innermost scope of the first token with this text. */
function scopeOf(line: string, word: string): string | undefined {
  const { tokens } = grammar.tokenizeLine(line, textmate.INITIAL);
  const start = line.indexOf(word);
  return tokens.find((token) => token.startIndex <= start && start < token.endIndex)?.scopes.at(-1)?.replace(/\.mlspec$/, "");
}

describe("the TextMate grammar scopes", () => {
  it.each([
    ["source rides {", "source", "storage.type.declaration"],
    ["source rides {", "rides", "entity.name.type"],
    ["features demand for city {", "for", "keyword.other"],
    ["label purchased: bool {", "bool", "support.type"],
    ["rollout release of ranker on recommend {", "recommend", "support.class"],
    ["slo fast of recommend { objective: share(succeeded) >= 99.5% over 7d }", "objective", "variable.other.property"],
    ["  label: purchased", "label", "variable.other.property"],
    ["  shopper_id: string -> shopper @pii", "shopper_id", "variable.other.column"],
    ["  shopper_id: string? -> shopper @pii", "string", "support.type"],
    ["  shopper_id: string -> shopper @pii", "pii", "entity.name.function.decorator"],
    ["  sales_7d = count() over 7d", "sales_7d", "variable.other.definition"],
    ["  sales_7d = count() over 7d", "count", "entity.name.function"],
    ["  sales = count() over 7d", "over", "keyword.operator.expression"],
    ["  sales = count() over 7d", "7", "constant.numeric"],
    ["  objective: x >= 99.5%", "%", "keyword.other.unit"],
    ["  from: 2026-11-27", "2026", "constant.other.timestamp"],
    ["  stage canary { traffic: 1% }", "stage", "storage.type.section"],
    ["  stage canary { traffic: 1% }", "canary", "entity.name.section"],
    ["  fallback popular = 0.5", "fallback", "storage.type.definition"],
    ["  require auc >= 0.7 // no", "require", "keyword.control"],
    ["  require auc >= 0.7 // no", "no", "comment.line.double-slash"],
    ['  read: csv("a // b")', "// b", "string.quoted.double"],
    ["  from: purchases", "purchases", "variable.other"],
    ["// mlspec-ignore no-fallback: a reason", "no-fallback", "constant.other.check"],
    ["/// what it is", "what", "comment.line.documentation"],
    ['import "./catalog.mlspec"', "import", "keyword.control.import"],
  ])("%s: %s", (line, word, scope) => {
    expect(scopeOf(line, word)).toBe(scope);
  });

  it("every line of the examples", () => {
    for (const line of readFileSync("examples/yarnit/yarnit.mlspec", "utf8").split("\n")) {
      for (const token of grammar.tokenizeLine(line, textmate.INITIAL).tokens) {
        const text = line.slice(token.startIndex, token.endIndex);
        if (/\w/.test(text)) expect([text, token.scopes.length]).toEqual([text, expect.toSatisfy((n: number) => n > 1)]);
      }
    }
  });
});
