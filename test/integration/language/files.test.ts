/** Specs on disk: imports, changes of imported files, files of any size. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { URI } from "langium";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { headlessServices, loadSpec, loadWorkspace } from "../../../language-server/compile/load.ts";

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "mlspec-language-"))));
afterEach(() => rm(folder, { recursive: true }));

const file = (name: string) => join(folder, name);
const write = (name: string, text: string) => writeFile(file(name), text);
const codes = (problems: readonly { readonly code: string; readonly severity: string }[]) => problems.filter((p) => p.severity === "error").map((p) => p.code);

const source = (name: string, entity: string) => `source ${name} {\n  read: csv("a.csv")\n  columns { id: string -> ${entity} }\n}\n`;

describe("imports", () => {
  test("are loaded from where they lie, and make one spec", async () => {
    await write("catalog.mlspec", "entity shopper { key: id }\n");
    await write("main.mlspec", `import "./catalog.mlspec"\n${source("visits", "shopper")}`);
    const { spec, problems, files } = await loadSpec(file("main.mlspec"));
    expect(codes(problems)).toEqual([]);
    expect(files).toEqual([file("main.mlspec"), file("catalog.mlspec")]);
    expect(spec.entities[0]?.origin.file).toBe(1);
    expect(spec.sources[0]?.folder).toBe(folder);
  });

  test("a problem of an imported file is reported there", async () => {
    await write("catalog.mlspec", "entity shopper { keys: id }\n");
    await write("main.mlspec", `import "./catalog.mlspec"\n${source("visits", "shopper")}`);
    const { problems } = await loadSpec(file("main.mlspec"));
    expect(new Set(problems.filter((p) => p.severity === "error").map((p) => p.file))).toEqual(new Set([file("catalog.mlspec")]));
  });

  test("files that import each other are both told", async () => {
    await write("a.mlspec", `import "./b.mlspec"\n`);
    await write("b.mlspec", `import "./a.mlspec"\n`);
    const { problems } = await loadWorkspace([file("a.mlspec"), file("b.mlspec")]);
    expect(codes(problems)).toEqual(["import-cycle", "import-cycle"]);
  });

  test("a change shows in files that import the changed one through others", async () => {
    await write("bottom.mlspec", source("base", "thing").replace(" -> thing", ""));
    await write("middle.mlspec", `import "./bottom.mlspec"\nsource middle {\n  read: csv("b.csv")\n  columns: base.columns\n}\n`);
    await write("top.mlspec", `import "./middle.mlspec"\nfeatures f {\n  from: middle\n  x = id == "a"\n}\n`);
    const services = headlessServices();
    expect(codes((await loadSpec(file("top.mlspec"), { services })).problems)).toEqual([]);
    await write("bottom.mlspec", source("base", "thing").replace(" -> thing", "").replace("id:", "key:"));
    const { LangiumDocuments, DocumentBuilder } = services.shared.workspace;
    LangiumDocuments.deleteDocument(URI.file(file("bottom.mlspec")));
    await DocumentBuilder.update([URI.file(file("bottom.mlspec"))], []);
    const top = LangiumDocuments.getDocument(URI.file(file("top.mlspec")));
    expect(top?.diagnostics?.map((d) => d.code)).toContain("unresolved-reference");
  });

  test("a finding of a check comes and goes in a file when what it imports is changed", async () => {
    const features = (retain: string): string => `entity thing { key: id }\nsource events {\n  read: csv("a.csv")\n  time: at\n  retain: ${retain}\n  columns { id: string -> thing, good: bool, at: timestamp }\n}\nfeatures f for thing {\n  from: events\n  n = count() over 28d\n}\n`;
    const main = "label later: bool {\n  of: events\n  is: exists(events where same(thing))\n  within: 20d\n}\ndataset rows {\n  examples: events\n  label: later\n  features: [f.*]\n}\n";
    await write("features.mlspec", features("400d"));
    await write("main.mlspec", `import "./features.mlspec"\n${main}`);
    const services = headlessServices();
    const { LangiumDocuments, DocumentBuilder } = services.shared.workspace;
    const told = () => LangiumDocuments.getDocument(URI.file(file("main.mlspec")))?.diagnostics?.map((d) => d.code);
    await loadSpec(file("main.mlspec"), { services });
    expect(told()).toEqual([]);
    for (const [retain, codes] of [["30d", ["window-exceeds-retention"]], ["400d", []]] as const) {
      await write("features.mlspec", features(retain));
      LangiumDocuments.deleteDocument(URI.file(file("features.mlspec")));
      await DocumentBuilder.update([URI.file(file("features.mlspec"))], []);
      expect(told()).toEqual(codes);
    }
  });

  test("an import that was missing heals when the file appears", async () => {
    await write("main.mlspec", `import "./catalog.mlspec"\n${source("visits", "shopper")}`);
    const services = headlessServices();
    expect(codes((await loadSpec(file("main.mlspec"), { services })).problems)).toEqual(["import-not-found"]);
    await write("catalog.mlspec", "entity shopper { key: id }\n");
    const { LangiumDocuments, DocumentBuilder } = services.shared.workspace;
    await DocumentBuilder.update([URI.file(file("catalog.mlspec"))], []);
    expect(LangiumDocuments.getDocument(URI.file(file("main.mlspec")))?.diagnostics?.filter((d) => d.severity === 1)).toEqual([]);
  });
});

test("a file that is not there says so", async () => {
  await expect(loadSpec(file("nothing.mlspec"))).rejects.toMatchObject({ code: "file-not-found" });
});

test("a file of 5 MB is read, checked and compiled", async () => {
  const block = (n: number) => `source s${n} {
  read: parquet("s${n}.parquet")
  time: at
  columns { sku: string -> product, price: float, country: string, at: timestamp }
  expect { require price > 0 }
}
features f${n} for product {
  from: s${n} where price > 0
  sold = count() over 7d
  mean = sum(price) over 28d / greatest(sold, 1)
}
label l${n}: bool {
  of: s${n}
  is: exists(s${n} where same(product) and price > 10)
  within: 24h
}
dataset d${n} {
  examples: s${n}
  label: l${n}
  features: [f${n}.*, s${n}.country]
}
model m${n} {
  predict: l${n} from d${n}
  inputs { sold = standardize(log1p(sold)), country = one_hot(country, top: 20) }
}
`;
  const blocks = Array.from({ length: Math.ceil(5_000_000 / block(1000).length) }, (_, n) => block(n));
  await write("big.mlspec", ["entity product { key: sku }", ...blocks].join("\n"));
  const { spec, problems } = await loadSpec(file("big.mlspec"));
  expect(problems.filter((p) => p.severity === "error")).toEqual([]);
  expect(spec.models).toHaveLength(blocks.length);
}, 600_000);
