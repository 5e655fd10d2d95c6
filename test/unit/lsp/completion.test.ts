import { describe, expect, it } from "vitest";
import type { CompletionItem } from "vscode-languageserver";
import { open, shop } from "./workspace.ts";

async function complete(files: string | Record<string, string>): Promise<CompletionItem[]> {
  const { services, document, params } = await open(files);
  const list = await services.lsp.CompletionProvider!.getCompletion(document, params);
  return list!.items;
}

const labels = (items: readonly CompletionItem[]) => items.map((item) => item.label);

/** Text at the cursor (after the shop), what must be offered, what must not. */
const cases: readonly [what: string, text: string, offered: readonly string[], not: readonly string[]][] = [
  ["declarations at the top level", "‸", ["source", "model", "rollout", "import"], ["auc", "read"]],
  ["a declaration half typed", "mod‸", ["model"], ["read"]],
  ["properties that a block lacks", "service other {\n  model: ranker\n  ‸\n}", ["timeout", "otherwise", "log", "batch"], ["model", "read"]],
  ["properties before the block's end is typed", "service other {\n  ‸", ["model", "timeout"], []],
  ["properties on one line", "slo fast of recommend { ‸ }", ["objective", "respond"], []],
  ["properties of a section", "service other {\n  model: ranker\n  batch { ‸ }\n}", ["size", "wait"], ["model"]],
  ["definitions and requirements", "evaluation other of ranker {\n  ‸\n}", ["metrics", "baseline", "slice", "require auc >= 0.72"], []],
  ["columns and contract of a source", "source other {\n  read: csv(\"a.csv\")\n  ‸\n}", ["columns", "expect", "time"], ["read"]],
  ["models where a model is wanted", "service other {\n  model: ‸\n}", ["ranker"], ["shown", "impressions", "auc"]],
  ["columns where a column is wanted", "source other {\n  read: csv(\"a.csv\")\n  time: ‸\n  columns {\n    at: timestamp\n  }\n}", ["at"], ["shopper", "other"]],
  ["readers", "source other {\n  read: ‸\n}", ["csv", "parquet", "json"], ["ranker"]],
  ["metrics", "evaluation other of ranker {\n  metrics: [auc, ‸]\n}", ["log_loss", "auc"], ["ranker", "current"]],
  ["metrics, baselines and the live version in a gate", "evaluation other of ranker {\n  baseline naive = 0.5\n  require ‸ >= 0.7\n}", ["auc", "current", "naive"], []],
  ["metrics of the live version", "evaluation other of ranker {\n  require auc >= current.‸\n}", ["auc", "log_loss"], ["current"]],
  ["slices", "evaluation other of ranker {\n  slices: [impressions.country]\n  require auc >= 0.7 by ‸\n}", ["country"], ["auc"]],
  ["columns after a dot", "dataset other {\n  examples: impressions\n  label: purchased\n  features: [impressions.‸]\n}", ["country", "list_price", "*"], ["sales_7d"]],
  ["features after a dot", "dataset other {\n  examples: impressions\n  label: purchased\n  features: [popularity.sa‸]\n}", ["sales_7d", "mean_price", "*"], ["country"]],
  ["fallbacks after a dot", "service other {\n  model: ranker\n  otherwise: ranker.‸\n}", ["popular"], []],
  ["columns and aggregates in a feature", "features more for product {\n  from: purchases\n  total = ‸\n}", ["count", "sum", "price", "log1p"], ["one_hot", "ranker"]],
  ["functions in front of a parenthesis", "features more for product {\n  from: purchases\n  total = su‸(price) over 7d\n}", ["sum"], ["price"]],
  ["columns within an aggregate", "features more for product {\n  from: purchases\n  total = sum(‸) over 7d\n}", ["price", "sku"], []],
  ["encodings in inputs", "model other {\n  predict: purchased from shown\n  inputs {\n    x = ‸\n  }\n}", ["standardize", "one_hot", "embedding"], ["count"]],
  ["features and functions within an encoding", "model other {\n  predict: purchased from shown\n  inputs {\n    x = standardize(‸)\n  }\n}", ["sales_7d", "popularity", "log1p"], ["one_hot"]],
  ["arguments by name", "model other {\n  predict: purchased from shown\n  inputs {\n    x = one_hot(country, ‸)\n  }\n}", ["top:"], []],
  ["activations", "model other {\n  network: [dense(64, ‸)]\n}", ["relu", "tanh"], ["auc"]],
  ["types", "source other {\n  columns {\n    a: ‸\n  }\n}", ["string", "timestamp"], ["ranker"]],
  ["entities", "source other {\n  columns {\n    a: string -> ‸\n  }\n}", ["product", "shopper"], ["ranker"]],
  ["tags", "source other {\n  columns {\n    a: string @‸\n  }\n}", ["pii", "protected"], []],
  ["units after a number", "label other {\n  within: 7‸\n}", ["7d", "7h", "7%"], []],
  ["units half typed", "label other {\n  within: 7m‸\n}", ["7ms", "7m"], []],
  ["the words of a heading", "evaluation other ‸", ["of"], ["for"]],
  ["the model of a heading", "evaluation other of ‸", ["ranker"], ["recommend", "shown"]],
  ["the service of a heading", "rollout release of ranker on ‸", ["recommend"], ["ranker"]],
  ["entities of features", "features other for ‸ {\n}", ["product"], ["ranker"]],
  ["what may follow a value", "label other {\n  of: impressions\n  is: price ‸\n}", ["and", "in"], ["impressions"]],
  ["stages of a rollout", "policy careful { require approval(lead) before ‸ }\nrollout r of ranker on recommend {\n  stage ramp { traffic: 10% }\n}", ["ramp"], ["auc"]],
  ["tags in a policy", "policy p { deny inputs where ‸ }", ["pii", "hashed"], ["ranker"]],
  ["signals in a stage", "rollout r of ranker on recommend {\n  stage ramp { require ‸ }\n}", ["rate", "disagreement", "latency"], []],
  ["checks to silence", "// mlspec-ignore no-fa‸", ["no-fallback"], ["model"]],
  ["nothing in a text", "role lead { members: [\"‸\"] }", [], ["model"]],
  ["properties behind a glob, which opens no comment", "source other {\n  read: csv(\"data/*.csv\")\n  ‸\n}", ["columns", "expect"], ["read"]],
  ["nothing in a comment", "// say mod‸ and more words", [], ["model", "mlspec-ignore"]],
];

describe("completion offers", () => {
  it.each(cases)("%s", async (_what, text, offered, not) => {
    const found = labels(await complete(`${shop}${text}`));
    expect(found).toEqual(expect.arrayContaining([...offered]));
    for (const label of not) expect(found).not.toContain(label);
    if (offered.length === 0) expect(found).toEqual([]);
  });
});

describe("completion", () => {
  it("says what a property means, what it takes and what it is by default", async () => {
    const items = await complete("service s {\n  ‸\n}");
    expect(items.find((item) => item.label === "timeout")).toMatchObject({
      detail: expect.stringContaining("default 100ms"),
      documentation: { value: expect.stringContaining("After this time the fallback answers") },
    });
  });

  it("puts what is required first", async () => {
    const items = await complete("label l: bool {\n  ‸\n}");
    expect(items.toSorted((a, b) => a.sortText!.localeCompare(b.sortText!))[0]!.label).toBe("is");
  });

  it("replaces the word that is half typed", async () => {
    const items = await complete("service s {\n  tim‸\n}");
    expect(items.find((item) => item.label === "timeout")!.textEdit).toMatchObject({ range: { start: { line: 1, character: 2 }, end: { line: 1, character: 5 } } });
  });

  it("shows a name's type and documentation", async () => {
    const items = await complete(`${shop}dataset d {\n  examples: impressions\n  label: purchased\n  features: [impressions.‸]\n}`);
    expect(items.find((item) => item.label === "list_price")).toMatchObject({ detail: "list_price: float?", documentation: { value: "In the shop's currency." } });
  });

  it("inserts only the name where the value is there already", async () => {
    const items = await complete("service s {\n  tim‸: 50ms\n}");
    expect(items.find((item) => item.label === "timeout")!.textEdit).toMatchObject({ newText: "timeout" });
  });

  it("adds the import of a name from another file", async () => {
    const items = await complete({ "main.mlspec": "source s {\n  columns {\n    sku: string -> ‸\n  }\n}", "parts/catalog.mlspec": "entity product { key: sku }" });
    const product = items.find((item) => item.label === "product");
    expect(product).toMatchObject({ detail: "entity product (import from ./parts/catalog.mlspec)" });
    expect(product!.additionalTextEdits).toEqual([{ newText: 'import "./parts/catalog.mlspec"\n\n', range: { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } } }]);
  });

  it("puts the import behind those that are there", async () => {
    const items = await complete({ "main.mlspec": `import "./a.mlspec"\n\nservice s {\n  model: ‸\n}`, "a.mlspec": "", "b.mlspec": "model m {\n}" });
    expect(items.find((item) => item.label === "m")!.additionalTextEdits).toEqual([
      { newText: '\nimport "./b.mlspec"', range: { start: { line: 0, character: 19 }, end: { line: 0, character: 19 } } },
    ]);
  });
});
