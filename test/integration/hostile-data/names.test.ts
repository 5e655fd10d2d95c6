import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { openDatabase } from "../../../runtime/data/database.ts";
import { both, holds, hostile, metricOf, refused, scores } from "./table.ts";
import { noise, small, table } from "./small.ts";

/** Of the run's only dataset. */
async function datasetIn(folder: string): Promise<string> {
  const datasets = join(folder, ".mlspec", "datasets");
  return join(datasets, (await readdir(datasets))[0] ?? "");
}

/** `y` is three times `x`, and `Y` and `X` are noise. */
const cased = table("x,X,y,Y", 1000, (_, u) => { const x = noise(u); return [x, noise(u), 3 * x + noise(u) / 10, noise(u)]; });
const casedColumns = "x: float, X: float, y: float, Y: float";

hostile("columns that differ only in case", [
  { tried: "the noise under a capital", spec: small({ columns: casedColumns, features: "[rows.X]" }), files: { "data.csv": cased }, then: scores("r2", -0.1, 0.1) },
  { tried: "the other one", spec: small({ columns: casedColumns, features: "[rows.x]" }), files: { "data.csv": cased }, then: scores("r2", 0.99, 1) },
  { tried: "the noise, whose label has no capital", spec: small({ columns: "sales: float, Sales: float", label: "sales", features: "[rows.Sales]" }), files: { "data.csv": table("sales,Sales", 1000, (_, u) => [noise(u), noise(u)]) }, then: scores("r2", -0.1, 0.1) },
  { tried: "a label of noise under a capital", spec: small({ columns: casedColumns, label: "Y" }), files: { "data.csv": cased }, then: scores("r2", -0.1, 0.1) },
  { tried: "a computed column of each", spec: small({ columns: `${casedColumns}, z: float = x * 2.0, Z: float = X * 2.0`, features: "[rows.Z]" }), files: { "data.csv": cased }, then: scores("r2", -0.1, 0.1) },
  {
    tried: "the file has them the other way round", spec: small({ columns: casedColumns, features: "[rows.x]" }), files: { "data.csv": cased.replace("x,X,y,Y", "X,x,y,Y") },
    then: scores("r2", -0.1, 0.1),
  },
  {
    tried: "filters, one per key, weights and splits by a capital",
    spec: small({ columns: `k: int, K: int, w: float, W: float, ${casedColumns}`, dataset: "one_per: [K]\n  weight: W" }).replace("examples: rows", "examples: rows where W > 0.5").replace("by_hash(train", "by_hash(by: [K], train"),
    // Of each pair of rows W keeps the second; there are as many K as pairs, and one k.
    files: { "data.csv": table("k,K,w,W,x,X,y,Y", 2000, (i, u) => { const x = noise(u); return [1, i >> 1, 1, i % 2, x, noise(u), i % 2 === 1 ? 3 * x : noise(u), noise(u)]; }) },
    then: both(scores("r2", 0.99, 1), holds("half of the rows are examples", async ({ folder }) => {
      const path = join(await datasetIn(folder), "dataset.json");
      expect(await readFile(path, "utf8")).toMatch(/"examples": ?1000\b/);
    })),
  },
  {
    tried: "a contract about each", spec: small({ columns: casedColumns, source: "expect { require distinct(X) in 1..2 }" }), files: { "data.csv": cased },
    then: refused("contract-failed", /distinct\(X\)/),
  },
  {
    tried: "an empty cell under a capital", spec: small({ columns: "x: float?, X: float, y: float", features: "[rows.x]" }), files: { "data.csv": "x,X,y\n1,1,2\n3,4,4\n,1,2\n3,,4\n" },
    then: refused("unexpected-null", /column X /, /row 4/),
  },
  {
    tried: "slices and baselines of each", spec: small({ columns: `g: string, G: string, ${casedColumns}`, evaluation: "slices: [rows.g, rows.G]\n  baseline naive = rows.x * 3.0\n  baseline Naive = rows.X\n  require rmse < naive.rmse * 100" }),
    files: { "data.csv": table("g,G,x,X,y,Y", 1000, (i, u) => { const x = noise(u); return ["one", i % 2 === 0 ? "even" : "odd", x, noise(u), 3 * x, noise(u)]; }) },
    then: holds("one slice of g, two of G", (result) => {
      expect(metricOf(result, "rmse", "one")).toBeLessThan(0.5);
      const evaluated = result.events.find((event) => event.type === "evaluated");
      expect(evaluated?.slices.map(({ slice }) => slice?.value ?? null)).toEqual([null, "one", "even", "odd"]);
    }),
  },
  {
    tried: "what is personal beside what is not", spec: small({ columns: "mail: string @pii, Mail: string, y: float", features: "[rows.Mail]" }),
    files: { "data.csv": table("mail,Mail,y", 1000, (i) => [`ada${i}@example.org`, i % 2 === 0 ? "private" : "office", i % 2]) },
    then: both(scores("r2", 0.99, 1), holds("the dataset has the one, not the other", async ({ folder }) => {
      using database = await openDatabase();
      const [row] = await database.rows(`SELECT COLUMNS(* EXCLUDE (__label, __weight, __time, __row)) FROM read_parquet('${join(await datasetIn(folder), "*.parquet")}') LIMIT 1`);
      expect(Object.keys(row ?? {})).toEqual(["Mail~1"]);
      expect(["private", "office"]).toContain(row?.["Mail~1"]);
    })),
  },
  {
    tried: "two inputs and two sources", spec: `
      source orders { read: csv("a.csv"), columns { x: float, y: float } }
      source Orders { read: csv("b.csv"), columns { x: float, y: float } }
      label answer: float { of: Orders, is: y }
      dataset all { examples: Orders, test: orders, label: answer, features: [Orders.x], split: by_hash(train: 80%, validate: 20%) }
      model learner { predict: answer from all, inputs { v = x, V = x * x }, network: [], train { optimizer: adam(rate: 0.05), batch: 64, epochs: 30, seed: 1 } }
      evaluation quality of learner { metrics: [r2] }`,
    files: { "a.csv": table("x,y", 500, (_, u) => { const x = noise(u); return [x, 5 - 2 * x]; }), "b.csv": table("x,y", 1000, (_, u) => { const x = noise(u); return [x, 5 + 2 * x]; }) },
    then: scores("r2", -20, -1),
  },
]);

/** A table of sales, point in time: `total` and `Total` are of other columns. */
const views = `
entity shop { key: shop }
source visits { read: csv("visits.csv"), time: At, columns { Shop: string -> shop, At: timestamp, y: float } }
source events { read: csv("events.csv"), time: At, columns { Shop: string -> shop, At: timestamp, at: timestamp, v: float, V: float } }
features Facts for shop { from: events, total = sum(V) over 400d, Total = sum(v) over 400d }
features facts for shop { from: events, total = count() over 400d, Total = max(v) over 400d }
label answer: float { of: visits, is: y }
dataset all { examples: visits, label: answer, features: [Facts.total, Facts.Total, facts.total, facts.Total], split: by_hash(by: [Shop], train: 70%, validate: 10%, test: 20%) }
model learner { predict: answer from all, network: [], train { optimizer: adam(rate: 0.05), batch: 64, epochs: 2, seed: 1 } }`;

const viewFiles = {
  "visits.csv": table("Shop,At,y,z", 100, (i) => [`s${i}`, "2024-06-01", i, i]),
  "events.csv": table("Shop,At,at,v,V", 200, (i) => [`s${i % 100}`, "2024-05-01", "2030-01-01", i + 1, 1000 * (i + 1)]),
};

hostile("features that differ only in case", [
  {
    tried: "two views with two features each", spec: views,
    files: viewFiles,
    then: holds("each has its own values", async ({ code, folder, out, err }) => {
      expect(code, out + err).toBe(0);
      using database = await openDatabase();
      const rows = await database.rows(`SELECT * FROM read_parquet('${join(await datasetIn(folder), "*.parquet")}') ORDER BY __label LIMIT 1`);
      expect(Object.values(rows[0] ?? {}).slice(0, 4)).toEqual([102_000, 102, 2, 101]);
    }),
  },
]);

const ours = ["__label", "__weight", "__row", "__time", "__part", "__test", "__wrong", "__nth", "__quarantined", "__mature", "__judged", "__example", "__order", "__n"];
const short = [
  "label", "row", "weight", "label_probability", "value", "n", "p", "q", "w", "s", "t", "x", "l", "e", "f", "v", "key", "rows", "slice", "count", "first", "last", "part", "labels",
  "total", "missing0", "raw0", "v0", "m0", "n0", "row0", "a0", "k0", "x0", "r0", "g0", "t0", "c0", "w0", "nothing", "json", "shared", "column0", "seen", "name", "time", "id", "request", "features",
];
/** Each column is the noise but `z`. */
const reserved = (names: readonly string[]) => ({
  spec: small({
    columns: `${names.map((name) => `${name}: float`).join(", ")}, z: float, u: string, y: float`, features: "rows.*", dataset: "exclude: [rows.y]\n  weight: z * 0.0 + 1.0",
    source: `expect { require z < 100.0\n require missing(${names[0] ?? ""}) <= 1% }`,
    inputs: `${names.map((name, i) => `i${i} = standardize(rows.${name})`).join(", ")}, i = standardize(rows.z)`,
    evaluation: `slices: [rows.u]\n  baseline naive = rows.z * 3.0\n  baseline own = rows.${names[0] ?? ""}`,
  }),
  files: { "data.csv": table([...names, "z", "u", "y"].join(","), 1000, (i, u) => { const z = noise(u); return [...names.map(() => noise(u)), z, i % 2 === 0 ? "even" : "odd", 3 * z + noise(u) / 10]; }) },
});

hostile("names of ours", [
  ...ours.map((name) => ({ tried: `a column ${name}`, ...reserved([name]), then: scores("r2", 0.98, 1) })),
  { tried: "all of them, and words that our queries use", ...reserved([...ours, ...short]), then: scores("r2", 0.98, 1) },
  {
    tried: "a column prediction that the model does not read", spec: small({ columns: "x: float, y: float, prediction: float, label: float, class: string", evaluation: "slices: [rows.class]\n  baseline prediction = rows.prediction\n  baseline label = rows.label" }),
    files: { "data.csv": table("x,y,prediction,label,class", 1000, (_, u) => { const x = noise(u); return [x, 3 * x, noise(u), noise(u), "a"]; }) }, then: scores("r2", 0.98, 1),
  },
  {
    tried: "a feature y.present beside a column y that may be missing", spec: views.replace("features facts for", "features y for").replaceAll("facts.total, facts.Total", "y.present").replace("total = count() over 400d, Total", "present")
      .replace("At: timestamp, y: float }", "At: timestamp, y: float?, z: float }").replace("is: y }", "is: z }").replace("features: [", "features: [visits.y, "),
    files: viewFiles, then: both(refused("input-name-reserved", /y\.present/), holds("before anything is trained", ({ events }) => { expect(events.some(({ type }) => type === "epoch-finished")).toBe(false); })),
  },
  { tried: "a model that reads a column prediction", ...reserved(["prediction"]), then: refused("input-name-reserved", /prediction/) },
  {
    tried: "a label of yes or no among such columns", spec: small({ columns: "value: float, n: float, p: float, y: bool", labelType: "bool", features: "[rows.value, rows.n]" }),
    files: { "data.csv": table("value,n,p,y", 1000, (_, u) => { const x = noise(u); return [x, noise(u), noise(u), x > 0]; }) }, then: scores("auc", 0.95, 1),
  },
  {
    tried: "rows per period beside a column p", spec: small({ columns: "at: timestamp, p: float, n: float, x: float, y: float", source: "time: at\n  expect { require rows in 20..30 per 1d }" }),
    files: { "data.csv": table("at,p,n,x,y", 480, (i, u) => { const x = noise(u); return [new Date(Date.UTC(2024, 0, 1) + i * 3_600_000).toISOString(), i, i, x, 3 * x]; }) }, then: scores("r2", 0.98, 1),
  },
  {
    tried: "a label of later events beside a column a0", spec: `
      entity shop { key: shop }
      source visits { read: csv("visits.csv"), time: at, columns { shop: string -> shop, at: timestamp, a0: float, k0: float, x: float } }
      source events { read: csv("events.csv"), time: at, columns { shop: string -> shop, at: timestamp, a0: float, k0: float, x0: float } }
      label answer: float { of: visits, is: coalesce(sum(events.x0 where same(shop)), 0), within: 30d }
      dataset all { examples: visits, label: answer, features: [visits.x], split: by_hash(by: [shop], train: 70%, validate: 10%, test: 20%) }
      model learner { predict: answer from all, network: [], train { optimizer: adam(rate: 0.05), batch: 64, epochs: 40, seed: 1 } }
      evaluation quality of learner { metrics: [r2] }`,
    files: {
      "visits.csv": table("shop,at,a0,k0,x", 500, (i) => [`s${i}`, "2024-01-01", i, i, i % 7]),
      "events.csv": `${table("shop,at,a0,k0,x0", 500, (i) => [`s${i}`, "2024-01-02", i, i, (i % 7) * 10])}s0,2024-06-01,1,1,1\n`,
    },
    then: scores("r2", 0.98, 1),
  },
]);

const xy = { columns: "x: float, y: float" };
const twice = (header: string) => ({ spec: small(xy), files: { "data.csv": table(header, 100, (_, u) => [noise(u), noise(u), noise(u)]) } });
const lines = (make: (x: number, other: number, y: number) => string): string => table("", 1000, (_, u) => { const x = noise(u); return [make(x, noise(u), 3 * x)]; }).trimStart();

/** A Parquet file with the columns `aa` (x), `zz` (noise) and `y`, the second called `name` in place of `zz`: DuckDB writes no two names that it takes for one. */
async function parquet(columns: string, name: string): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), "mlspec-parquet-"));
  try {
    using database = await openDatabase();
    const path = join(folder, "data.parquet");
    await database.run(`COPY (SELECT ${columns} FROM (SELECT cos(i) AS aa, sin(7 * i) AS zz, 3 * cos(i) AS y, {'aa': 'inside', 'zz': i} AS nested FROM range(1000) t(i))) TO '${path}' (FORMAT parquet)`);
    return Buffer.from((await readFile(path)).toString("latin1").replaceAll("zz", name), "latin1");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
const all = "nested, aa, zz, y";

hostile("columns that a file has twice", [
  { tried: "a header with x twice", ...twice("x,x,y"), then: refused("column-repeated", /as the columns 1 and 2/, /data\.csv/, /header: false, skip: 1/, /spec\.mlspec:5/) },
  { tried: "read by place, as the hint says", spec: small({ columns: "x1: float, x: float, y: float", read: 'csv("data.csv", header: false, skip: 1)' }), files: { "data.csv": table("x,x,y", 1000, (_, u) => { const x = noise(u); return [noise(u), x, 3 * x]; }) }, then: scores("r2", 0.99, 1) },
  { tried: "a header with another column twice", spec: small({ columns: "x: float, y: float" }), files: { "data.csv": table("x,z,z,y", 1000, (_, u) => { const x = noise(u); return [x, 1, 2, 3 * x]; }) }, then: scores("r2", 0.99, 1) },
  { tried: "x and X in lines of JSON, X", spec: small({ columns: "x: float, X: float, y: float", read: 'json("data.json")', features: "[rows.X]" }), files: { "data.json": lines((x, other, y) => JSON.stringify({ x, X: other, y })) }, then: scores("r2", -0.1, 0.1) },
  { tried: "x and X in lines of JSON, x", spec: small({ columns: "X: float, x: float, y: float", read: 'json("data.json")' }), files: { "data.json": lines((x, other, y) => JSON.stringify({ x, X: other, y })) }, then: scores("r2", 0.99, 1) },
  { tried: "x and X in a list of JSON, only X declared", spec: small({ columns: "X: float, y: float", read: 'json("data.json")', features: "[rows.X]" }), files: { "data.json": `[${lines((x, other, y) => JSON.stringify({ x: other, X: x, y })).trim().replaceAll("\n", ",")}]` }, then: scores("r2", 0.99, 1) },
  { tried: "x twice in an object of JSON", spec: small({ ...xy, read: 'json("data.json")' }), files: { "data.json": '{"x":1,"x":2,"y":3}\n' }, then: both(refused("column-repeated", /"x"|\\"x\\"/), holds("shows nothing of the file", ({ out, err }) => { expect(out + err).not.toContain("Object"); })) },
  { tried: "x twice beside an X", spec: small({ columns: "x: float, X: float, y: float", read: 'json("data.json")' }), files: { "data.json": '{"x":1,"X":3,"y":3}\n{"x":1,"x":2,"X":3,"y":3}\n' }, then: refused("column-repeated", /"x"|\\"x\\"/) },
  ...(["Aa", "aa"] as const).map((name) => ({
    tried: `aa and Aa in Parquet, ${name}`, spec: small({ columns: "aa: float, Aa: float, y: float", read: 'parquet("data.parquet")', features: `[rows.${name}]` }),
    made: { "data.parquet": () => parquet(all, "Aa") }, files: {}, then: name === "aa" ? scores("r2", 0.99, 1) : scores("r2", -0.1, 0.1),
  })),
  {
    tried: "two Parquet files, each with one of them first, and a third without", spec: small({ columns: "aa: float?, Aa: float?, y: float", read: 'parquet("*.parquet")', features: "[rows.aa]", inputs: "x = coalesce(rows.aa, 0.0)" }).replace("examples: rows", "examples: rows where not is_null(Aa)"),
    made: { "1.parquet": () => parquet(all, "Aa"), "2.parquet": () => parquet("y, zz, nested, aa", "Aa"), "3.parquet": () => parquet("aa, y", "Aa") }, files: {}, then: scores("r2", 0.99, 1),
  },
  {
    tried: "a Parquet file with aa, the other with Aa", spec: small({ columns: "aa: float?, y: float", read: 'parquet("*.parquet")', features: "[rows.aa]", inputs: "x = coalesce(rows.aa, 0.0)" }).replace("examples: rows", "examples: rows where not is_null(aa)"),
    made: { "1.parquet": () => parquet("aa, y", "Aa"), "2.parquet": () => parquet("zz, y", "Aa") }, files: {}, then: scores("r2", 0.99, 1),
  },
  { tried: "aa twice in Parquet", spec: small({ columns: "aa: float, y: float", read: 'parquet("data.parquet")', features: "[rows.aa]" }), made: { "data.parquet": () => parquet(all, "aa") }, files: {}, then: refused("column-repeated", /as the columns 2 and 3/) },
  { tried: "another column twice in Parquet", spec: small({ columns: "y: float, nested: string", label: "y", features: "[rows.nested]", read: 'parquet("data.parquet")' }), made: { "data.parquet": () => parquet(all, "aa") }, files: {}, then: holds("goes on", ({ code, out, err }) => { expect(code, out + err).toBe(0); }) },
  { tried: "a Parquet file with Aa where aa is declared", spec: small({ columns: "aa: float, y: float", read: 'parquet("data.parquet")', features: "[rows.aa]" }), made: { "data.parquet": () => parquet("zz, y", "Aa") }, files: {}, then: refused("column-missing", /Aa/) },
]);

const many = Array.from({ length: 130 }, (_, i) => `c${i}`);
const wide = (cell: (i: number, row: number, u: () => number) => number | "") => table([...many, "y"].join(","), 1000, (row, u) => {
  const cells = many.map((_, i) => cell(i, row, u));
  return [...cells, 3 * Number(cells[120])];
});
const wideColumns = `${many.map((name) => `${name}: float`).join(", ")}, y: float`;

hostile("more columns than one query asks about", [
  { tried: "the last but nine decides", spec: small({ columns: wideColumns, features: "rows.*", dataset: "exclude: [rows.y]" }), files: { "data.csv": wide((i, _, u) => (i === 120 ? 1000 * noise(u) : noise(u))) }, then: scores("r2", 0.98, 1) },
  { tried: "an empty cell far to the right", spec: small({ columns: wideColumns, features: "[rows.c1]" }), files: { "data.csv": wide((i, row, u) => (i === 117 && row === 41 ? "" : noise(u))) }, then: refused("unexpected-null", /column c117 /, /row 42/) },
  {
    tried: "of a hundred clauses the last is broken", spec: small({ columns: wideColumns, features: "[rows.c1]", source: `expect { ${many.slice(0, 100).map((name, i) => `require ${name} < ${i === 99 ? 0 : 100}.0`).join("\n")} }` }),
    files: { "data.csv": wide((_, __, u) => noise(u)) }, then: refused("contract-failed", /breaks 1 of the 100 clauses/, /c99/),
  },
]);
