/** The law: no error ⇒ everything that was written is in the compiled spec. Over the shipped specs, the documentation's, and changed ones. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { declarations } from "../../../language-server/vocabulary/declarations.ts";
import { lost, read, replaced, sitesOf, type Change, type Read, type Site } from "./written.ts";

const file = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");

/** Every property once, in as few words as possible. */
const everything = `
entity product { key: sku }
entity shopper { key: who }
source sales {
  read: csv("sales.csv", delimiter: ";", missing: ["?"], skip: 1)
  time: at
  lateness: 15m
  volume: 2k / 1d
  retain: 400d
  purpose: [ranking]
  columns {
    sku: string -> product
    who: string -> shopper @pii
    price: float @unit(USD)
    cost: float? from "the cost"
    country: string
    gift: bool
    at: timestamp
    margin: float? = price - cost
  }
  expect {
    require rows in 1k..2M per 1d
    require missing(cost) < 5%
    require distinct(country) >= 3
    require price > 0
  }
}
source old {
  read: parquet("old.parquet")
  time: at
  columns: sales.columns
}
features recent for product {
  from: sales where price > 1
  sold = count() over 7d
  spent = sum(price) over 28d
  early = count(where country == "de") over 3d
  refresh: 1h
  max_age: 6h
  online: false
  owner: "pricing"
}
features moment {
  from: request { country: string, at: timestamp }
  hour = hour_of_day(at)
  abroad = country != "de" @sensitive
}
label bought: bool {
  of: sales
  is: exists(sales where same(shopper) and price > 2)
  within: 1d
}
dataset shown {
  examples: sales where price > 0
  label: bought
  features: [recent.*, moment.hour, sales.*]
  exclude: [sales.gift, sales.margin]
  one_per: [who, sku]
  weight: if gift then 2 else 1
  split: by_group(who, train: 70%, validate: 20%, test: 10%)
  quarantine outage { from: 2026-11-27, to: 2026-11-28, because: "fraud" }
}
dataset tested {
  examples: sales
  label: bought
  features: [sales.price]
  test: old
}
model ranker {
  predict: bought from shown
  network: [dense(16, tanh), dropout(10%)]
  owner: "ranking"
  inputs {
    price = standardize(log1p(price))
    sold = bucketize(recent.sold, boundaries: [2, 5])
    country = one_hot(country, top: 20)
    hour = number(moment.hour)
  }
  train { optimizer: sgd(rate: 0.1, momentum: 0.9), batch: 64, epochs: 3, seed: 7, patience: 2, device: cpu, engine: tensorflow, budget: 30m }
  fallback usual = 0.2
}
evaluation quality of ranker {
  metrics: [auc, log_loss]
  threshold: 0.3
  slices: [sales.country]
  min_rows: 200
  baseline popular = recent.sold / 100
  slice cheap = price < 5
  require auc >= 0.7
  require auc >= 0.6 by country
  require auc >= current.auc - 0.01
  require log_loss <= popular.log_loss * 90%
}
service recommend {
  model: ranker
  timeout: 50ms
  otherwise: ranker.usual
  log: predictions(flush: 2s)
  volume: 3k / 1d
  batch { size: 64, wait: 2ms }
}
service quiet { model: ranker, log: off }
slo fast of recommend {
  objective: share(latency < 50ms) >= 99% over 28d
  respond { detect: 5m, decide: 10m, recover: 5m }
}
slo up of recommend { objective: share(succeeded) >= 99.9% over 7d }
slo fresh of ranker { objective: share(model_age < 48h) >= 99% over 28d }
slo buying of recommend { objective: rate(bought) >= 4% over 7d }
rollout release of ranker on recommend {
  unit: who
  alpha: 1%
  power: 90%
  stage mirror { traffic: 0%, hold: 2h, require disagreement(tolerance: 0.1) < 5% }
  stage canary {
    traffic: 10%
    hold: 1d
    approve: lead
    at_most: 20d
    otherwise: ask
    require rate(errors) <= control
    require rate(bought) >= control * 99%
    require latency.p99 < 20ms
  }
  stage everyone { traffic: 100% }
}
policy careful {
  deny inputs where pii and not hashed
  require approval(lead) before canary
}
role lead { members: ["lead@yarnit.example"] }
`;

const shipped: Readonly<Record<string, string>> = {
  everything,
  yarnit: `${file("examples/yarnit/catalog.mlspec")}\n${file("examples/yarnit/yarnit.mlspec").replace(/^import .*$/m, "")}`,
  adult: file("examples/adult/adult.mlspec"),
  bikes: file("examples/bike-sharing/bike-sharing.mlspec"),
  retail: file("examples/online-retail/online-retail.mlspec"),
  ...Object.fromEntries([...file("docs/language.md").matchAll(/^```mlspec\n([\s\S]*?)^```$/gm)].map((m, i) => [`docs/language.md #${i + 1}`, m[1] ?? ""])),
};

/** Values of every shape; `x` is what stood there. */
const shapes: readonly ((x: string) => string)[] = [
  () => "[]", (x) => `[${x}]`, (x) => `[[${x}]]`, (x) => `[${x}, ${x}]`, () => `"lead"`, (x) => `"${x.replaceAll(/["\n]/g, "")}"`, () => `""`,
  () => "0", () => "7", () => "-1", () => "0.5", () => "7d", () => "10%", () => "5k / 1d", () => "3GB", () => "null", () => "true", () => "false", () => "2026-01-01",
  () => "nobody", () => "price", () => "sales", () => "ranker", () => "bought", () => "lead", () => "recent", () => "auc", () => "cpu", () => "off", () => "errors", () => "shown", () => "release",
  () => "sales.price", () => "sales.*", () => "recent.*", () => "recent.sold", () => "sales.columns", () => "sales.nobody", () => "ranker.usual", () => "ranker.*", () => "latency.p99", () => "latency.*", () => "current.auc",
  () => "release.canary", () => "1..2", (x) => `if true then ${x} else ${x}`, (x) => `(${x})`, (x) => `-${x}`, (x) => `not ${x}`, (x) => `lower(${x})`, () => "count() over 7d", () => "nobody(1)",
  () => `csv("a")`, () => "adam(rate: 0.5)", () => "gpu()", () => "predictions(flush: 3s)", () => "by_hash()", () => "dense(3)", () => "rate(errors)", () => "same(shopper)", () => "approval(lead)", () => "standardize(price)",
  () => "request { a: int }", () => "price > 1", (x) => `${x} + ${x}`, (x) => `${x} and ${x}`, () => "bought from shown", () => "sales where price > 1",
];

/** Something more behind (or inside) what stood there. */
const additions: readonly ((x: string) => string)[] = [
  (x) => `${x} where price > 1`, (x) => `${x} by country`, (x) => `${x} per 3h`, (x) => `${x} over 3h`, (x) => `${x} before canary`, (x) => `${x} from shown`,
  (x) => `(${x} where price > 1)`, (x) => `${x} by country per 3h`, (x) => `${x} where price > 1 over 3h`, (x) => `${x} @pii`, (x) => `${x} @unit(USD)`, (x) => `${x}.price`, (x) => `${x}.*`,
];

const inCall: readonly ((x: string) => string)[] = [
  (x) => `${x} over 3h`, (x) => x.replace("(", "(nobody: "), (x) => x.replace(/\)$/, ", 1)"), (x) => x.replace(/\)$/, ", where price > 3)"), (x) => x.replace(/\)$/, ", nobody: 1)"),
  (x) => x.replace(/\(.*$/s, "()"), (x) => x.replace(/\(.*$/s, "(null)"), (x) => x.replace(/\(.*$/s, `("lead")`), (x) => x.replace(/\(.*$/s, "([])"), (x) => x.replace(/\(.*$/s, "(sales.*)"),
];

const strangers = [
  "nobody: 1", "nobody = 1", "nobody nobody = 1", "require price > 3", "require rate(errors) <= control", "deny inputs where protected", "columns { more: int }", "nobody { }", "nobody more { }", "train { epochs: 3 }",
  "stage more { traffic: 100% }", "owner: \"x\"", "fallback more = 0.3", "slice more = price < 7", "baseline more = 0.3", "quarantine more { from: 2026-01-01, to: 2026-01-02, because: \"x\" }", "expect { require price > 2 }", "inputs { more = number(price) }",
];

function changesOf(site: Site, text: string): Change[] {
  const [from, to] = site.value;
  const old = text.slice(from, to);
  const change = (by: string, adds: boolean): Change => ({ text: replaced(text, site.value, by), whole: [site.whole[0], site.whole[1] + by.length - old.length], adds });
  if (site.kind === "call") return inCall.map((shape) => change(shape(old), false)).filter((c) => c.text !== text).map((c, i) => ({ ...c, adds: i === 0 }));
  if (site.kind === "block") return strangers.map((stranger) => change(old.replace(/\}$/, `\n${stranger}\n}`), true));
  const twice: Change = { text: replaced(text, [site.whole[1], site.whole[1]], `${/[,;]$/.test(text.slice(...site.whole)) ? "" : ", "}${text.slice(...site.whole)} `), whole: site.whole, adds: false };
  return [...shapes.map((shape) => change(shape(old), false)), ...additions.map((shape) => change(shape(old), true)), ...(site.kind === "property" ? [{ ...twice, adds: true }] : [])];
}

interface Tally {
  readonly vanished: string[];
  /** Cases without an error, and all of them: were every case an error, nothing would be shown. */
  silent: number;
  all: number;
}

const tally = (): Tally => ({ vanished: [], silent: 0, all: 0 });

async function examine(into: Tally, site: Site, change: Change, before: Read): Promise<void> {
  into.all++;
  const after = change.text === before.document.textDocument.getText() ? before : await read(change.text);
  if (after.errors.length > 0) return;
  into.silent++;
  const problem = await lost(site, change, before, after);
  if (problem !== undefined) into.vanished.push(`${site.name}: \`${change.text.slice(...change.whole).replaceAll(/\s+/g, " ").slice(0, 120)}\`: ${problem}`);
}

describe("no error ⇒ everything that was written is in the compiled spec", () => {
  test.each(Object.entries(shipped))("%s as it is", async (_, text) => {
    const before = await read(text);
    expect(before.errors).toEqual([]);
    const found = tally();
    for (const site of sitesOf(before.document)) await examine(found, site, { text, whole: site.whole, adds: false }, before);
    expect(found.vanished).toEqual([]);
    expect(found.silent).toBe(found.all);
  }, 240_000);

  test("changed at random: every kind of place, values of every shape", async () => {
    const before = await read(everything);
    const sites = sitesOf(before.document).map((site) => ({ site, changes: changesOf(site, everything) }));
    expect(new Set(sites.map(({ site }) => site.kind)).size).toBe(9);
    const found = tally();
    const one = fc.constantFrom(...sites).chain(({ site, changes }) => fc.constantFrom(...changes).map((change) => ({ site, change })));
    await fc.assert(fc.asyncProperty(one, async ({ site, change }) => {
      await examine(found, site, change, before);
      expect(found.vanished).toEqual([]);
    }), { numRuns: 500, endOnFailure: true });
    expect(found.silent).toBeGreaterThanOrEqual(8);
  }, 240_000);

  test("no property of the vocabulary takes just anything", async () => {
    const { document } = await read(everything);
    const values = sitesOf(document).filter((site) => site.kind === "property");
    expect(new Set(values.map((site) => site.name))).toEqual(new Set(declarations.flatMap((d) => [{ ...d, kind: d.type }, ...d.sections]).flatMap((b) => b.properties.map((p) => `${b.kind} ${p.name}`))));
    const taken: string[] = [];
    for (const site of values) {
      for (const value of ["null", "[[nobody]]", "1..2", `"not a name!" where true`]) {
        if ((await read(replaced(everything, site.value, value))).errors.length === 0) taken.push(`${site.name}: ${value}`);
      }
    }
    expect(taken).toEqual([]);
  }, 240_000);
});
