import { describe, expect, it } from "vitest";
import type { MarkupContent } from "vscode-languageserver";
import { open, shop } from "./workspace.ts";

async function hover(files: string | Record<string, string>): Promise<string | undefined> {
  const { services, document, params } = await open(files);
  const found = await services.lsp.HoverProvider!.getHoverContent(document, params);
  return (found?.contents as MarkupContent | undefined)?.value;
}

/** The shop with the cursor in front of the n-th `word`. */
function at(word: string, n = 1): string {
  let from = -1;
  for (let i = 0; i < n; i++) from = shop.indexOf(word, from + 1);
  return `${shop.slice(0, from)}‸${shop.slice(from)}`;
}

describe("hover", () => {
  it.each([
    ["a feature: type, definition, documentation, origin and use", at("sales_7d = "),
      ["sales_7d: int = count() over 7d", "Sold in the last week.", "*feature*", "Comes from", "`purchases.sku`", "1 model (`ranker`)", "1 service (`recommend`)"]],
    ["a feature where it is used", at("sales_7d))"), ["sales_7d: int = count() over 7d", "Used by"]],
    ["a column: type, entity, tags, use", at("shopper_id: string -> shopper"), ["shopper_id: string -> shopper @pii", "*column*"]],
    ["a column that may be missing", at("list_price"), ["list_price: float?", "In the shop's currency."]],
    ["a declaration", at("product { key"), ["entity product", "Something the shop sells."]],
    ["a model: its inputs' columns", at("ranker {"), ["model ranker", "Comes from", "`impressions.country`", "Used by 1 service (`recommend`)"]],
    ["a built-in name", at("auc >="), ["auc: float", "*metric, built in*", "0.5 is chance"]],
    ["a property: what it means, its default", "service s {\n  time‸out: 5ms\n}", ["**timeout**: a duration", "After this time the fallback answers.", "Default: `100ms`."]],
    ["a section", at("inputs {"), ["**inputs**", "How each feature enters the network"]],
    ["a keyword", at("evaluation quality"), ["**evaluation name of model**", "What a model must achieve"]],
    ["a scalar function", at("log1p("), ["log1p(", "Natural logarithm of 1 + x"]],
    ["an encoding with its parameters", at("one_hot("), ["one_hot(value, top:)", "- `top`: How many values. Default `50`."]],
    ["an argument", at("top: 20"), ["**top**: int", "Default: `50`."]],
    ["a type", at("timestamp\n"), ["**timestamp**", "a moment in UTC"]],
    ["a tag", at("pii"), ["**@pii**", "Says something about a person"]],
    ["a duration", at("7d\n"), ["`7d` = 604,800 s"]],
    ["a window: which end is open", at("7d\n"), ["events in `[t − 7d, t)`", "`lateness` moves the end back"]],
    ["a window by its word", "features f for e {\n  from: s\n  x = count() ov‸er -48h..-24h\n}", ["`[t − 48h, t − 24h)`"]],
    ["a window in parentheses, up to the example and past it", "features f for e {\n  from: s\n  x = count() over (-2d..‸1h)\n}", ["`1h` = 3,600 s", "`[t − 2d, t + 1h)`"]],
    ["a window that names the example's moment", "features f for e {\n  from: s\n  x = count() ov‸er -2d..0d\n}", ["`[t − 2d, t)`"]],
    ["a share", "slo a of b { objective: x >= ‸99.95% over 7d }", ["`99.95%` = 0.9995"]],
    ["a rate", "source s {\n  volume: ‸480k / 1d\n}", ["`480k` = 480,000", "`480k / 1d` is about 5.56 per second"]],
    ["the check that a comment silences", "// mlspec-ignore ‸no-fallback: a reason\nentity a { key: b }", ["# no-fallback", "## Fails"]],
  ])("on %s", async (_what, text, expected) => {
    const found = await hover(text);
    for (const part of expected) expect(found).toContain(part);
  });

  it.each([
    ["a text that looks like a comment", "role r { members: [\"// mlspec-ignore ‸no-fallback: a reason\"] }"],
    ["a comment", "// some wo‸rds\nentity a { key: b }"],
    ["white space", "entity a {\n ‸ key: b\n}"],
    ["an unknown name", "service s {\n  model: nob‸ody\n}"],
    ["a plain number", "service s {\n  batch { size: ‸32 }\n}"],
  ])("says nothing on %s", async (_what, text) => {
    expect(await hover(text)).toBeUndefined();
  });

  it("counts uses in files that import this one", async () => {
    const found = await hover({ "catalog.mlspec": at("country: string"), "more.mlspec": 'import "./catalog.mlspec"\nservice second { model: ranker }' });
    expect(found).toContain("2 services (`recommend`, `second`)");
  });

  it("says which file a name is from", async () => {
    const found = await hover({ "main.mlspec": 'import "./catalog.mlspec"\nsource s {\n  columns { a: string -> prod‸uct }\n}', "catalog.mlspec": "/// What is sold.\nentity product { key: sku }" });
    expect(found).toContain("What is sold.");
    expect(found).toContain("*entity, from catalog.mlspec*");
  });
});
