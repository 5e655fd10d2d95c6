import { mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CompiledSpec, Dataset, Label, Source } from "../../../grammar/compiled-spec/index.ts";
import { buildDataset } from "../../../runtime/data/dataset.ts";
import { datasetKey } from "../../../runtime/data/dataset-key.ts";
import { openDatabase, type Database } from "../../../runtime/data/database.ts";
import { entityView, featuresSql } from "../../../runtime/data/features.ts";
import { materialize } from "../../../runtime/data/materialize.ts";
import { loadSource } from "../../../runtime/data/source.ts";
import { aggregate, call, col, column, csv, dataset, fromExample, fromView, literal, realData, rowLabel, source, spec, valueOf, view, workspace } from "./spec-builder.ts";

let database: Database;
const place = workspace();
beforeAll(async () => { database = await openDatabase({ threads: 2 }); });
afterAll(() => { database.close(); place.remove(); });

const data = realData();
const hour = 3_600_000;
const presentMs = Date.UTC(2025, 0, 1);
const stamp = (h: number): string => new Date(Date.UTC(2024, 0, 1, h)).toISOString();
const visitColumns = [column("id", "int"), column("at", "timestamp"), column("user", "string", { entity: "user" }), column("x", "float?"), column("bought", "bool?")];
const visitsCsv = (rows: readonly (readonly [number, number, string, number | "", boolean | ""])[]): string =>
  "id,at,user,x,bought\n" + rows.map(([id, h, user, x, y]) => `${id},${stamp(h)},${user},${x},${y}\n`).join("");
const hundred = Array.from({ length: 100 }, (_, i) => [i, i, `u${i % 10}`, i / 10, i % 3 === 0] as const);

function shop(extra: Partial<Dataset> = {}, parts: { source?: Partial<Source>; label?: Label; spec?: Partial<CompiledSpec> } = {}): CompiledSpec {
  const visits = source("visits", csv(["visits.csv"]), visitColumns, { folder: place.folder, time: "at", ...parts.source });
  return spec({
    sources: [visits], labels: [parts.label ?? rowLabel("bought", "visits", "bool", col("bought", "bool?"))],
    datasets: [dataset("shown", "visits", "bought", { columns: [fromExample("id", "int"), fromExample("x", "float?")], ...extra })], ...parts.spec,
  });
}

let builds = 0;
async function build(compiled: CompiledSpec, seed = 7) {
  const folder = join(place.folder, `datasets-${builds++}`);
  const built = await buildDataset({ spec: compiled, dataset: "shown", folder, database, seed, presentMs, dataFolder: data ?? undefined });
  const read = async (part: "train" | "validate" | "test") => database.rows(`SELECT * FROM read_parquet('${built.parts[part].path}')`);
  return { built, folder, read };
}

const ids = (rows: readonly Record<string, unknown>[]): number[] => rows.map((row) => Number(row["id"]));
async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
const sorted = (numbers: readonly number[]): number[] => numbers.toSorted((a, b) => a - b);

describe("files", () => {
  test("hold the dataset's columns, then label, weight, time and row", async () => {
    place.file("visits.csv", visitsCsv(hundred));
    const { built, read } = await build(shop());
    expect(Object.keys((await read("test"))[0] ?? {})).toEqual(["id", "x", "__label", "__weight", "__time", "__row"]);
    expect((await read("test"))[0]).toEqual({ id: 90, x: 9, __label: true, __weight: 1, __time: new Date(stamp(90)), __row: 91 });
    expect(built).toMatchObject({
      fresh: true, parts: { train: { rows: 80 }, validate: { rows: 10 }, test: { rows: 10 } },
      report: { examples: 100, filtered: 0, label: { mean: 0.34, counts: { true: 34, false: 66 } }, sources: [{ name: "visits", rows: 100, files: 1 }] },
    });
    expect(readdirSync(built.folder).toSorted()).toEqual(["dataset.json", "test.parquet", "train.parquet", "validate.parquet"]);
  });

  test("the train part is shuffled by the seed alone", async () => {
    place.file("visits.csv", visitsCsv(hundred));
    const [first, again, other] = [await build(shop()), await build(shop()), await build(shop(), 8)];
    const order = ids(await first.read("train"));
    expect(order).not.toEqual(sorted(order));
    expect(ids(await again.read("train"))).toEqual(order);
    expect(ids(await other.read("train"))).not.toEqual(order);
    expect(sorted(ids(await other.read("train")))).toEqual(sorted(order));
  });

  test("what is there already is used, until something that decides it changes", async () => {
    place.file("visits.csv", visitsCsv(hundred));
    const compiled = shop();
    const { built, folder } = await build(compiled);
    const options = { spec: compiled, dataset: "shown", folder, database, seed: 7, presentMs };
    expect(await buildDataset(options)).toEqual({ ...built, fresh: false });
    const moved = { ...compiled, datasets: [{ ...compiled.datasets[0]!, doc: "about", origin: { file: 0, range: [9, 9, 9, 9] as [number, number, number, number] } }] };
    expect((await datasetKey({ ...options, spec: moved }))).toBe(built.hash);
    expect((await datasetKey({ ...options, seed: 8 }))).not.toBe(built.hash);
    expect((await datasetKey({ ...options, spec: shop({ onePer: ["user"] }) }))).not.toBe(built.hash);
    writeFileSync(join(place.folder, "visits.csv"), visitsCsv([...hundred, [100, 100, "u0", 1, true]]));
    expect((await datasetKey(options))).not.toBe(built.hash);
  });

  test("a large file is known by its bytes: the same size and time of change prove nothing", async () => {
    const header = "id,t,user,x,y\n";
    const path = join(place.folder, "visits.csv");
    const key = async (filling: string): Promise<string> => {
      writeFileSync(path, header + filling.repeat(65 * 2 ** 20));
      utimesSync(path, 1, 1);
      return (await datasetKey({ spec: shop(), dataset: "shown", database, seed: 7 }));
    };
    expect(await key("a")).not.toBe(await key("b"));
  });

  test("a failed or cancelled build leaves nothing behind", async () => {
    place.file("visits.csv", visitsCsv(hundred));
    const folder = join(place.folder, "cancelled");
    const controller = new AbortController();
    const work = buildDataset({ spec: shop(), dataset: "shown", folder, database, seed: 1, presentMs, signal: controller.signal, onProgress: ({ detail }) => { if (detail === "writing") controller.abort(); } });
    await expect(work).rejects.toMatchObject({ code: "cancelled" });
    expect(readdirSync(place.folder).includes("cancelled") ? readdirSync(folder) : []).toEqual([]);
  });
});

describe("which rows become examples", () => {
  test("filter, one per key (the earliest), quarantine: each counted", async () => {
    place.file("visits.csv", visitsCsv([...hundred, [500, 0, "u5", 1, true]]));
    const quarantine = { name: "glitch", doc: null, origin: { file: 0, range: [0, 0, 0, 0] as [number, number, number, number] }, at: {}, from: stamp(2), to: stamp(4), because: "a glitch" };
    const { built, read } = await build(shop({
      where: call("less", "bool", col("id", "int"), literal("int", 1000)), onePer: ["user"], quarantines: [quarantine], split: { kind: "hash", by: ["id"], train: 1, validate: 0, test: 0 },
    }));
    expect(sorted(ids(await read("train")))).toEqual([0, 1, 4, 6, 7, 8, 9, 500]);
    expect(built.report).toMatchObject({ examples: 8, filtered: 0, duplicates: 91, quarantined: 2 });
    const filtered = await build(shop({ where: call("less", "bool", col("id", "int"), literal("int", 90)) }));
    expect(filtered.built.report).toMatchObject({ examples: 90, filtered: 11 });
  });

  test("a missing label stops the run, unless the label may be missing: then the row is left out and counted", async () => {
    place.file("visits.csv", visitsCsv([...hundred, [100, 100, "u", 1, ""]]));
    await expect(build(shop())).rejects.toMatchObject({ code: "label-missing", message: /1 of 101 examples, first in row 101/ });
    const { built } = await build(shop({}, { label: rowLabel("bought", "visits", "bool?", col("bought", "bool?")) }));
    expect(built.report).toMatchObject({ examples: 100, unlabelled: 1 });
  });

  test("a label that is not a number is missing", async () => {
    place.file("visits.csv", visitsCsv(hundred).replace("5,2024-01-01T05:00:00.000Z,u5,0.5", "5,2024-01-01T05:00:00.000Z,u5,NaN"));
    await expect(build(shop({}, { label: rowLabel("bought", "visits", "float", col("x", "float?")) }))).rejects.toMatchObject({ code: "label-missing", message: /first in row 6/ });
  });

  test("a label that is always the same teaches nothing", async () => {
    place.file("visits.csv", visitsCsv(hundred));
    await expect(build(shop({}, { label: rowLabel("bought", "visits", "bool", literal("bool", false)) }))).rejects.toMatchObject({ code: "label-constant", message: /false in all 80/ });
  });

  test("no examples, an empty part, bad weights, no event time: each is said", async () => {
    place.file("visits.csv", visitsCsv(hundred));
    await expect(build(shop({ where: literal("bool", false) }))).rejects.toMatchObject({ code: "no-examples" });
    await expect(build(shop({ where: call("less", "bool", col("id", "int"), literal("int", 3)) }))).rejects.toMatchObject({ code: "split-empty" });
    await expect(build(shop({ weight: call("subtract", "float", col("id", "int"), literal("float", 1)) }))).rejects.toMatchObject({ code: "weight-invalid", message: /1 examples .* first in row 1 \(-1/ });
    await expect(build(shop({ weight: literal("float", null) }))).rejects.toMatchObject({ code: "weight-invalid", message: /100 examples .* \(missing\)/ });
    await expect(build(shop({ weight: literal("int", 0) }))).rejects.toMatchObject({ code: "weight-invalid" });
    await expect(build(shop({}, { source: { time: null } }))).rejects.toMatchObject({ code: "event-time-missing", message: /splits by time/ });
  });
});

describe("splits", () => {
  test("by time, equal times never straddle a cut", async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 30, maxLength: 60 }), async (hours) => {
      const all = [...hours, ...Array.from({ length: 7 }, (_, h) => h)];
      place.file("visits.csv", visitsCsv(all.map((h, i) => [i, h, "u", 1, i % 2 === 0])));
      const { read } = await build(shop({ split: { kind: "time", train: 0.5, validate: 0.25, test: 0.25 } })).catch((error: unknown) => {
        expect(error).toMatchObject({ code: expect.stringMatching(/split-empty|label-constant/) as unknown });
        return { read: async () => [] };
      });
      const [train, validate, test_] = [await read("train"), await read("validate"), await read("test")].map((rows) => rows.map((row) => Number(row["__time"])));
      if (train!.length === 0) return;
      expect(Math.max(...train!)).toBeLessThan(Math.min(...validate!));
      expect(Math.max(...validate!)).toBeLessThan(Math.min(...test_!));
    }), { numRuns: 15 });
  });

  test("by hash, a row falls where it fell before, whatever else is there, and equal rows fall together", async () => {
    place.file("visits.csv", visitsCsv([...hundred, ...hundred]));
    const split = { kind: "hash" as const, by: [], train: 0.6, validate: 0.2, test: 0.2 };
    const whole = await build(shop({ split }));
    const trained = sorted(ids(await whole.read("train")));
    expect(trained.every((id) => trained.filter((other) => other === id).length === 2)).toBe(true);
    expect(trained.length / 200).toBeGreaterThan(0.45);
    place.file("visits.csv", visitsCsv(hundred.slice(0, 50)));
    const half = await build(shop({ split }));
    expect(sorted(ids(await half.read("train")))).toEqual([...new Set(trained)].filter((id) => id < 50));
  });

  test("by group, a user is in one part only", async () => {
    place.file("visits.csv", visitsCsv(Array.from({ length: 400 }, (_, i) => [i, i, `u${i % 40}`, 1, i % 3 === 0])));
    const { read } = await build(shop({ split: { kind: "group", by: ["user"], train: 0.6, validate: 0.2, test: 0.2 }, columns: [fromExample("user", "string")] }));
    const users = async (part: "train" | "validate" | "test") => new Set((await read(part)).map((row) => row["user"]));
    const [train, validate, test_] = [await users("train"), await users("validate"), await users("test")];
    expect(train.size + validate.size + test_.size).toBe(40);
  });

  test("a test source is the test part, and the split divides the rest", async () => {
    place.file("visits.csv", visitsCsv(hundred));
    place.file("later.csv", visitsCsv([[900, 900, "u1", 2, true], [901, 901, "u2", 3, false]]));
    const compiled = shop({ test: "later" });
    const { built, read } = await build({ ...compiled, sources: [...compiled.sources, { ...compiled.sources[0]!, name: "later", read: csv(["later.csv"]) }] });
    expect([built.parts.train.rows, built.parts.validate.rows, built.parts.test.rows]).toEqual([89, 11, 2]);
    expect(ids(await read("test"))).toEqual([900, 901]);
    expect((await read("test"))[0]).toMatchObject({ __row: 101 });
  });

  test.each([
    ["the same path, read otherwise", ["apart/rows.csv"], { delimiter: "," }], ["another spelling", ["./apart/../apart/rows.csv"], {}], ["an absolute path", [join(place.folder, "apart/rows.csv")], {}],
    ["a glob", ["apart/*.csv"], {}], ["a folder, beside files of its own", ["later.csv", "apart"], {}], ["a link", ["link.csv"], {}], ["a link to the folder", ["linked/rows.csv"], {}],
  ])("a test source may not read a file of the examples: %s", async (_, paths, options) => {
    mkdirSync(join(place.folder, "apart"), { recursive: true });
    const file = place.file("apart/rows.csv", visitsCsv(hundred));
    place.file("later.csv", visitsCsv([[900, 900, "u1", 2, true], [901, 901, "u2", 3, false]]));
    if (paths[0] === "link.csv") symlinkSync(file, join(place.folder, "link.csv"));
    if (paths[0] === "linked/rows.csv") symlinkSync(join(place.folder, "apart"), join(place.folder, "linked"));
    const compiled = shop({ test: "later", at: { test: { file: 0, range: [7, 2, 7, 13] } } }, { source: { read: csv(["apart/rows.csv"]) } });
    const built = build({ ...compiled, sources: [...compiled.sources, { ...compiled.sources[0]!, name: "later", read: csv(paths, options) }] });
    await expect(built).rejects.toMatchObject({ code: "test-file-shared", where: { line: 8 }, message: expect.stringMatching(/rows\.csv\)? is read by later,.* by visits,/) as string });
  });
});

describe("labels by later events", () => {
  const purchases = (time: Partial<Source> = {}): Source =>
    source("purchases", csv(["purchases.csv"]), [column("user", "string?"), column("at", "timestamp"), column("amount", "float")], { folder: place.folder, time: "at", ...time });
  const label: Label = {
    ...rowLabel("bought", "visits", "bool", literal("bool", true)),
    rule: { kind: "later-events", events: "purchases", same: [{ example: "user", event: "user" }], withinMs: 24 * hour,
      value: call("greater", "bool", valueOf(aggregate("count", "int", { fromMs: null })), literal("int", 0)) },
  };

  test("see (t, t + within], of the same user only; what is not mature is left out and counted", async () => {
    place.file("visits.csv", visitsCsv([[0, 10, "a", 1, ""], [1, 10, "b", 1, ""], [2, 34, "a", 1, ""], [3, 10, "c", 1, ""], [4, 77, "a", 1, ""], [5, 76, "a", 1, ""]]));
    // b buys at the very moment of the visit; a exactly 24 h after, c a second later than that.
    place.file("purchases.csv", `user,at,amount\na,${stamp(34)},1\nb,${stamp(10)},1\nc,2024-01-02T10:00:01Z,1\n,${stamp(11)},1\nz,${stamp(100)},1\n`);
    const compiled = shop({ split: { kind: "hash", by: [], train: 1, validate: 0, test: 0 } }, { label });
    const { built, read } = await build({ ...compiled, sources: [...compiled.sources, purchases()] });
    const labels = Object.fromEntries((await read("train")).map((row) => [row["id"], row["__label"]]));
    expect(labels).toEqual({ 0: true, 1: false, 2: false, 3: false, 5: false });
    expect(built.report.immature).toBe(1);
  });

  test("when none is mature, that is why", async () => {
    place.file("visits.csv", visitsCsv(hundred));
    place.file("purchases.csv", `user,at,amount\na,${stamp(1)},1\n`);
    const compiled = shop({}, { label });
    await expect(build({ ...compiled, sources: [...compiled.sources, purchases()] })).rejects.toMatchObject({ code: "no-examples", message: /all 100 are not yet mature/ });
  });
});

describe("features of entities", () => {
  const bought = view("habits", "user", "visits", {
    visits_5h: aggregate("count", "int", { fromMs: -5 * hour }), last_x: aggregate("last", "float?", { fromMs: null }, col("x", "float?")),
    sum_x: aggregate("sum", "float?", { fromMs: -20 * hour }, col("x", "float?")), buys: aggregate("share", "float?", { fromMs: null }, col("bought", "bool?")),
  });
  const columns = [fromExample("id", "int"), fromView("habits", "visits_5h", "user", "int"), fromView("habits", "last_x", "user", "float?")];

  test("stand beside the example's own columns, as of its time", async () => {
    place.file("visits.csv", visitsCsv(Array.from({ length: 20 }, (_, i) => [i, i, `u${i % 2}`, i, i % 3 === 0])));
    const { read } = await build(shop({ columns }, { spec: { features: [bought] } }));
    expect((await read("train")).find((row) => row["id"] === 9)).toMatchObject({ "habits.visits_5h": 2, "habits.last_x": 7 });
    expect((await read("train")).find((row) => row["id"] === 0)).toMatchObject({ "habits.visits_5h": 0, "habits.last_x": null });
  });

  test("online, as of a time, are those of an example at that time", async () => {
    const anyVisit = fc.tuple(fc.integer({ min: 0, max: 30 }), fc.constantFrom("a", "b", "c"), fc.option(fc.integer({ min: 0, max: 9 })), fc.boolean());
    await fc.assert(fc.asyncProperty(fc.array(anyVisit, { minLength: 1, maxLength: 25 }), fc.integer({ min: 0, max: 40 }), fc.constantFrom(0, 2 * hour), async (visits, asOf, latenessMs) => {
      place.file("visits.csv", visitsCsv(visits.map(([h, user, x, y], i) => [i, h, user, x ?? "", y])));
      const compiled = shop({}, { source: { latenessMs }, spec: { features: [bought] } });
      const loaded = await loadSource(database, compiled.sources[0]!, { spec: compiled });
      const asOfMicroseconds = BigInt(Date.UTC(2024, 0, 1, asOf)) * 1000n;
      const found = await materialize({ spec: compiled, view: "habits", database, presentMs, source: loaded, asOfMicroseconds });
      const online = await collect(found.entries);
      const users = [...new Set(visits.map(([, user]) => user))].toSorted();
      expect(online.map((entry) => entry.key)).toEqual(users);
      const examples = users.map((user, i) => `SELECT ${i}::BIGINT AS __row, make_timestamp(${asOfMicroseconds}) AS __time, '${user}' AS user`).join(" UNION ALL ");
      const offline = await database.rows(`SELECT * EXCLUDE (__row) FROM (${featuresSql(entityView(compiled, "habits"), loaded, { sql: examples, key: { name: "user", kind: "string" } }, found.features.map((f) => f.name))}) ORDER BY __row`);
      expect(online.map((entry) => entry.values)).toEqual(offline);
    }), { numRuns: 40 });
  });

  test("online, by default, know the newest event", async () => {
    place.file("visits.csv", visitsCsv([[0, 1, "a", 4, true], [1, 2, "a", 5, false]]));
    const compiled = shop({}, { source: { latenessMs: 3 * hour }, spec: { features: [bought] } });
    const found = await materialize({ spec: compiled, view: "habits", database, presentMs });
    expect(await collect(found.entries)).toEqual([{ key: "a", values: { visits_5h: 2, last_x: 5, sum_x: 9, buys: 0.5 } }]);
    expect(found.asOfMicroseconds).toBe(BigInt(Date.UTC(2024, 0, 1, 5)) * 1000n + 1n);
  });
});

describe.skipIf(data === null)("real data (skipped where MLSPEC_DATA is not there)", () => {
  test("Adult: train and test from their files", async () => {
    const columns = [column("age", "int"), column("workclass", "string?"), column("weight", "float"), column("education", "string"), column("education_num", "int"), column("marital", "string"),
      column("occupation", "string?"), column("relationship", "string"), column("race", "string"), column("sex", "string"), column("gain", "float"), column("loss", "float"),
      column("hours", "float"), column("country", "string?"), column("income", "string")];
    const read = (file: string) => csv([`data:adult/${file}`], { delimiter: ", ", header: false, skip: 1, missing: ["?"] });
    const rich = rowLabel("rich", "people", "bool", call("starts_with", "bool", col("income", "string"), literal("string", ">50K")));
    const compiled = spec({
      sources: [source("people", read("adult.data"), columns), source("held_out", read("adult.test"), columns)], labels: [rich],
      datasets: [dataset("shown", "people", "rich", { columns: [fromExample("age", "int"), fromExample("workclass", "string?")], test: "held_out", weight: col("weight", "float"), split: { kind: "hash", by: [], train: 0.9, validate: 0.1, test: 0 } })],
    });
    const { built, read: part } = await build(compiled);
    expect(built.parts.test.rows).toBe(16_281);
    expect(built.parts.train.rows + built.parts.validate.rows).toBe(32_561);
    expect(built.report.label.counts).toEqual({ false: 37_155, true: 11_687 });
    expect((await part("test")).filter((row) => row["__label"] === true)).toHaveLength(3846);
  });
});
