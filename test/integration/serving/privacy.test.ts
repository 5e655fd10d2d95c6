/** What the log tells about persons, and for how long. */
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { CompiledSpec } from "../../../grammar/compiled-spec/index.ts";
import { openDatabase } from "../../../runtime/data/database.ts";
import { parseExposure } from "../../../runtime/rollout/exposure.ts";
import { PredictionLog } from "../../../runtime/serving/log/prediction-log.ts";
import { Retention } from "../../../runtime/serving/log/retention.ts";
import { everything, openShop, column, call, get, post, wool } from "./shop.ts";
import type { Shop } from "./shop.ts";
import { abortRollout, startRollout } from "../../../runtime/rollout/commands.ts";
import { planRollout } from "../../../runtime/rollout/plan.ts";
import type { StateFolder } from "../../../runtime/pipeline/state-folder.ts";
import { keepGoodSpec } from "../../../runtime/service/good-spec.ts";
import { keepHidden } from "../../../runtime/service/hidden.ts";
import { openState } from "../../../runtime/state/state.ts";
import { stage } from "../../unit/rollout/fixtures.ts";

const pii = [{ name: "pii", argument: null }];
const undo: (() => void | Promise<void>)[] = [];
afterEach(async () => { for (const step of undo.splice(0).reverse()) await step(); });

/** The shop's spec, in which the shopper, the country and the position are personal. */
function personal(spec: CompiledSpec, hashPii = true): CompiledSpec {
  return {
    ...spec,
    sources: spec.sources.map((source) => ({ ...source, columns: source.columns.map((each) => (["shopper_id", "country", "position"].includes(each.name) ? { ...each, tags: pii } : each)) })),
    services: spec.services.map((service) => ({ ...service, log: { flushMs: 3_600_000, hashPii, retainMs: null } })),
  };
}

async function open(options: Parameters<typeof openShop>[0] = {}): Promise<Shop> {
  const shop = await openShop(options);
  undo.push(() => shop.close());
  return shop;
}

const everyByte = (folder: string): string => readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile()).map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1")).join("\n");

async function logged(shop: Shop, columns = "id, unit, request, error"): Promise<readonly Record<string, unknown>[]> {
  using database = await openDatabase();
  return await database.rows(`SELECT ${columns} FROM read_parquet('${shop.logFolder}/*.parquet', union_by_name = true) ORDER BY time, id`);
}

const person = { ...wool, shopper_id: "ada.lovelace@example.org", country: "Marquesas" };
const exposure = parseExposure("spring/1/candidate")!;

describe("what is tagged @pii", () => {
  it("never stands in the journal or in Parquet as it is; the same value has the same pseudonym, also as the rollout's unit", async () => {
    const shop = await open();
    const version = await shop.register(0.1);
    const router = { unit: () => "shopper_id", route: () => ({ serve: version, shadow: null, exposure, shadowExposure: null }) };
    const { server, url } = await shop.serve([version], { spec: personal(shop.spec), router });
    await post(`${url}/predict`, { rows: [person, { ...person, country: null }, { ...person, shopper_id: "Marquesas" }] });
    const said = /ada\.lovelace|Marquesas/;
    expect(everyByte(shop.logFolder)).toMatch(/"unit":"[0-9a-f]{32}"/);
    expect(everyByte(shop.logFolder)).not.toMatch(said);
    await server.close();
    expect(everyByte(shop.logFolder)).not.toMatch(said);
    const rows = await logged(shop) as { unit: string; request: { country: string | null; position: string; price: number } }[];
    const [first, second, third] = rows;
    expect(first?.unit).toMatch(/^[0-9a-f]{32}$/);
    expect(second?.unit).toBe(first?.unit);
    expect(second?.request.country).toBeNull();
    expect(third?.unit).toBe(first?.request.country);
    expect(first?.request.position).toMatch(/^[0-9a-f]{32}$/);
    expect(first?.request.price).toBe(12.5);
    expect(shop.observations.map(({ unit }) => unit)).toEqual(expect.arrayContaining([first?.unit]));
    expect(JSON.stringify(shop.observations)).not.toMatch(said);
    expect(shop.trouble).toEqual([]);
  });

  it("is logged by pseudonym also where it is only a key, and where no version is live", async () => {
    const shop = await open();
    const spec = personal(shop.spec);
    const byPerson = { ...spec, sources: spec.sources.map((source) => ({ ...source, columns: source.columns.map((each) => (each.name === "sku" ? { ...each, tags: pii } : each)) })) };
    const { server, url } = await shop.serve([await shop.register(0.1)], { spec: byPerson });
    await post(`${url}/predict`, { ...person, sku: "of.ada" });
    await server.close();
    const none = await shop.serve([], { spec: byPerson });
    await post(`${none.url}/predict`, { ...person, sku: "of.ada" });
    await none.server.close();
    expect(everyByte(shop.logFolder)).not.toMatch(/of\.ada|Marquesas/);
    const [first, second] = (await logged(shop)).map(({ request }) => request as { sku: string; country: string });
    expect(first?.sku).toMatch(/^[0-9a-f]{32}$/);
    expect(second).toMatchObject({ sku: first?.sku, country: first?.country });
  });

  it("is what features are looked up and users are assigned by, all the same", async () => {
    const shop = await open({ reads: everything });
    const version = await shop.register(0.1);
    const asked: (string | null)[] = [];
    const router = { unit: () => "shopper_id", route: (unit: string | null) => { asked.push(unit); return { serve: version, shadow: null, exposure: null, shadowExposure: null }; } };
    const { url } = await shop.serve([version], { spec: personal(shop.spec), router });
    expect((await post(`${url}/predict`, person)).body.prediction).toBeCloseTo(0.33, 6);
    expect(asked).toEqual([person.shopper_id]);
  });

  it("outcomes are joined by the prediction's id, to the same unit, also after a restart; pseudonyms outlive it", async () => {
    const shop = await open();
    const version = await shop.register(0.1);
    const options = { spec: personal(shop.spec), router: { unit: () => "shopper_id", route: () => ({ serve: version, shadow: null, exposure, shadowExposure: null }) } };
    const before = await shop.serve([version], options);
    const joinedAtOnce = (await post(`${before.url}/predict`, person)).body;
    const joinedLater = (await post(`${before.url}/predict`, person)).body;
    await post(`${before.url}/v2/outcomes`, { id: joinedAtOnce.id, label: "purchased", value: 0 });
    await before.server.close();
    const after = await shop.serve([version], options);
    await post(`${after.url}/v2/outcomes`, { id: joinedLater.id, label: "purchased", value: 1 });
    await post(`${after.url}/predict`, person);
    await after.server.close();
    const units = (await logged(shop)).map(({ unit }) => unit);
    expect(new Set(units).size).toBe(1);
    expect(shop.outcomes.map(({ unit, value }) => [value, unit])).toEqual([[0, units[0]], [1, units[0]]]);
  });

  it("as a rollout's unit stays hidden until that ends, under the same name, whatever the spec has come to say; it is told as an input", async () => {
    const shop = await open();
    const version = await shop.register(0.1);
    const route = () => ({ serve: version, shadow: null, exposure, shadowExposure: null });
    const ask = async (url: string): Promise<{ readonly ignored?: unknown }> => (await post(`${url}/predict`, { ...person, visitor: "grace@example.org" })).body as { readonly ignored?: unknown };
    const before = await shop.serve([version], { spec: personal(shop.spec), router: { unit: () => "shopper_id", isUnitPersonal: () => true, route } });
    await ask(before.url);
    await before.server.close();
    // The tag is gone, and with it the column's place in the rollout; the plan and what is hidden in it are still there.
    const without = { ...shop.spec, rollouts: [] };
    for (const options of [{ hidden: ["shopper_id", "country"] }, {}, { hidden: ["shopper_id"], spec: { ...personal(shop.spec, false), rollouts: [] } }]) {
      const after = await shop.serve([version], { spec: without, router: { unit: () => "shopper_id", isUnitPersonal: () => true, route }, ...options });
      expect((await ask(after.url)).ignored).toEqual(["visitor"]);
      expect((await get(`${after.url}/v2/models/ranker`)).body.inputs).toContainEqual({ name: "shopper_id", datatype: "BYTES", shape: [-1, 1], optional: true });
      await after.server.close();
    }
    expect(new Set((await logged(shop)).map(({ unit }) => unit)).size).toBe(1);
    expect(everyByte(shop.logFolder)).not.toMatch(/ada\.lovelace/);
    // Nobody has said of this one whether it is a person.
    const unknown = await shop.serve([version], { spec: without, router: { unit: () => "visitor", route } });
    expect((await ask(unknown.url)).ignored).toEqual(["shopper_id"]);
    await unknown.server.close();
    expect(everyByte(shop.logFolder)).not.toMatch(/grace@/);
  });

  it("is kept with the rollout: what any spec that is served in it calls so", async () => {
    const shop = await open();
    const folder = { specs: join(shop.folder, "specs") } as StateFolder;
    const state = openState(join(shop.folder, "state"));
    undo.push(() => { state.close(); });
    const [hidden, plain] = [personal(shop.spec), { ...shop.spec, rollouts: [] }];
    const names = ["country", "position", "shopper_id"];
    expect(await keepHidden(state, folder, "recommend", hidden)).toEqual([]);
    const start = (candidate: string, spec: CompiledSpec) => startRollout(state, { plan: { ...planRollout(spec, "release"), stages: [stage("full", 1)] }, candidate, by: "ann", now: 0, verify: () => Promise.resolve() });
    const kept = () => state.rollouts.active("recommend")?.plan.personal;
    await start("a", hidden);
    expect(kept()).toEqual(names);
    expect(await keepHidden(state, folder, "recommend", plain)).toEqual(names);
    expect(kept()).toEqual(names);
    await abortRollout(state, { service: "recommend", reason: "test", by: "ann", now: 0, verify: () => Promise.resolve() });
    // Begun without the tag, served with it, and without it again.
    await start("b", shop.spec);
    expect(kept()).toEqual([]);
    await keepHidden(state, folder, "recommend", hidden);
    expect(await keepHidden(state, folder, "recommend", plain)).toEqual(names);
    await abortRollout(state, { service: "recommend", reason: "test", by: "ann", now: 0, verify: () => Promise.resolve() });
    // Begun while a process served that had it, by a spec that has it no more.
    await keepGoodSpec(state, folder, "recommend", hidden, 0);
    await start("c", shop.spec);
    expect(await keepHidden(state, folder, "recommend", shop.spec)).toEqual(names);
    expect(kept()).toEqual(names);
  });

  it("stands there in clear when the spec says so", async () => {
    const shop = await open();
    const version = await shop.register(0.1);
    const { server, url } = await shop.serve([version], { spec: personal(shop.spec, false) });
    await post(`${url}/predict`, person);
    await server.close();
    expect(await logged(shop)).toMatchObject([{ unit: person.shopper_id, request: { country: "Marquesas", position: 3 } }]);
  });

  it("a feature that is a text from such a column is hidden, a number is not", async () => {
    const { personalValues } = await import("../../../runtime/data/personal-values.ts");
    const shop = await open();
    const base = personal(shop.spec);
    const [dataset] = base.datasets;
    const named = { doc: null, origin: { file: 0, range: [0, 0, 0, 0] as [number, number, number, number] }, at: {} };
    const window = { kind: "all" } as never;
    const feature = (name: string, kind: "string" | "int", fn: "last" | "distinct") => ({ ...named, name, type: { kind, nullable: true }, tags: [], value: { op: "aggregate", type: { kind, nullable: true }, aggregate: { fn, argument: column("country", "string"), where: null, window, type: { kind, nullable: true } } } as const });
    const spec: CompiledSpec = {
      ...base,
      sources: base.sources.map((source) => ({ ...source, columns: [...source.columns, { ...named, name: "region", type: { kind: "string", nullable: false }, entity: null, tags: [], physical: "region", value: call("lower", "string", column("country", "string")) }] })),
      features: [{ ...named, name: "popularity", entity: "sku", from: { kind: "source", source: "impressions" }, where: null, definitions: [feature("sales", "string", "last"), feature("rating", "int", "distinct")], refreshMs: null, maxAgeMs: null, online: true, owner: null }],
    };
    const found = personalValues(spec, dataset!);
    expect([...found].sort()).toEqual(["country", "popularity.sales", "position", "region", "shopper_id"]);
  });
});

describe("the key", () => {
  it("is its owner's alone, is made once, and a damaged one is told, not replaced", async () => {
    const shop = await open();
    const version = await shop.register(0.1);
    const path = join(shop.folder, "log", "key");
    const { server } = await shop.serve([version], { spec: personal(shop.spec) });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const key = readFileSync(path, "utf8");
    await server.close();
    await (await shop.serve([version], { spec: personal(shop.spec) })).server.close();
    expect(readFileSync(path, "utf8")).toBe(key);
    writeFileSync(path, "damaged");
    await expect(shop.serve([version], { spec: personal(shop.spec) })).rejects.toMatchObject({ code: "log-key-unusable", where: { file: path } });
    expect(readFileSync(path, "utf8")).toBe("damaged");
  });
});

describe("how long rows are kept", () => {
  const day = 86_400_000;

  /** `flushes`: rows of which days come to lie in one file. */
  async function logOf(...flushes: readonly (readonly number[])[]): Promise<{ readonly log: PredictionLog; readonly folder: string; readonly kept: () => Promise<readonly number[]> }> {
    const folder = mkdtempSync(join(tmpdir(), "mlspec-retain-"));
    const log = await PredictionLog.open({ folder, prefix: "p", events: { onLost: () => undefined, onFlushFailed: (problem) => { throw new Error(problem); } }, mergeAt: 1000 });
    undo.push(async () => { await log.close(); rmSync(folder, { recursive: true, force: true }); });
    log.declare({ city: "string" }, {});
    for (const days of flushes) {
      for (const at of days) {
        await log.appendPrediction(JSON.stringify({ id: `p${at}`, time: at * day * 1000, service: "s", model: "m", request: { city: `city ${at}` } }));
        await log.appendOutcome(JSON.stringify({ id: `p${at}`, label: "l", value: 1, time: at * day * 1000, received: at * day * 1000, service: "s" }));
      }
      await log.flush();
    }
    const kept = async (): Promise<readonly number[]> => {
      using database = await openDatabase();
      const ids = async (pattern: string) => (await database.rows(`SELECT id FROM read_parquet('${join(folder, pattern)}') ORDER BY time`)).map(({ id }) => Number((id as string).slice(1)));
      expect(await ids("outcomes/*.parquet")).toEqual(await ids("*.parquet"));
      return await ids("*.parquet");
    };
    return { log, folder, kept };
  }

  const retention = (log: PredictionLog, now: number, retainMs: number | null, neededSince: number | null) =>
    new Retention({ log, retainMs, clock: { now: () => now * day, monotonic: () => 0 }, neededSince: () => (neededSince === null ? null : neededSince * day) });

  it.each<[string, number | null, number | null, readonly number[]]>([
    ["as long as the spec says", 30, null, [75, 99]],
    ["for ever when it says nothing", null, null, [1, 50, 75, 99]],
    ["longer while a rollout that began then is judged by them", 30, 40, [50, 75, 99]],
    ["no longer for a rollout that began today", 30, 100, [75, 99]],
  ])("%s", async (_, days, neededSince, left) => {
    const { log, kept } = await logOf([1], [50], [75], [99]);
    await retention(log, 100, days === null ? null : days * day, neededSince).dropOld();
    expect(await kept()).toEqual(left);
  });

  it("also the old rows of a file that holds young ones, and only those", async () => {
    const { log, folder, kept } = await logOf([1, 50, 99], [2, 98]);
    const leftOver = join(folder, `${readdirSync(folder).find((name) => name.endsWith(".parquet"))}.tmp`);
    writeFileSync(leftOver, "of a process that was killed while it did this");
    await retention(log, 100, 30 * day, null).dropOld();
    expect(await kept()).toEqual([98, 99]);
    expect(existsSync(leftOver)).toBe(false);
    using database = await openDatabase();
    expect(await database.rows(`SELECT request.city AS city, model FROM read_parquet('${join(folder, "*.parquet")}') ORDER BY time`)).toEqual([{ city: "city 98", model: "m" }, { city: "city 99", model: "m" }]);
    await retention(log, 200, 30 * day, null).dropOld();
    expect(readdirSync(folder).filter((name) => name.includes(".parquet"))).toEqual([]);
  });

  it("a file of young rows alone is left as it is", async () => {
    const { log, folder } = await logOf([80, 99]);
    const written = () => readdirSync(folder).filter((name) => name.endsWith(".parquet")).map((name) => statSync(join(folder, name)).ino);
    const before = written();
    await retention(log, 100, 30 * day, null).dropOld();
    expect(written()).toEqual(before);
  });

  it("a journal in use is not touched, however fast time runs", async () => {
    const { log, kept } = await logOf([99]);
    await log.appendPrediction(JSON.stringify({ id: "p100", time: 100 * day * 1000, service: "s", model: "m" }));
    await log.appendOutcome(JSON.stringify({ id: "p100", label: "l", value: 1, time: 100 * day * 1000, received: 100 * day * 1000, service: "s" }));
    await log.dropBefore(Date.now() + 365 * day);
    await log.flush();
    expect(await kept()).toEqual([100]);
  });

  it("the service's own, else as long as the examples' source keeps its rows", async () => {
    for (const [own, source, expected] of [[day, 90 * day, 0], [null, day, 0], [null, 90 * day, 1], [90 * day, day, 1]] as const) {
      const shop = await openShop();
      const version = await shop.register(0.1);
      let now = Date.now() - 10 * day;
      let monotonic = 0;
      const spec = { ...shop.spec, sources: shop.spec.sources.map((each) => ({ ...each, retainMs: source })), services: shop.spec.services.map((each) => ({ ...each, log: { flushMs: 10, hashPii: true, retainMs: own } })) };
      const { server, url } = await shop.serve([version], { spec, clock: { now: () => now, monotonic: () => performance.now() + monotonic } });
      await post(`${url}/predict`, wool);
      const files = () => readdirSync(shop.logFolder).filter((name) => name.endsWith(".parquet"));
      await expect.poll(files, { timeout: 10_000 }).toHaveLength(1);
      now += 10 * day;
      monotonic += day;
      // Flushes follow each other, and each looks for what is old: with the second one's file the first is done.
      for (const count of [1, 2]) {
        await post(`${url}/v2/outcomes`, { id: `nobody's ${count}`, label: "purchased", value: 1 });
        await expect.poll(() => readdirSync(join(shop.logFolder, "outcomes")).filter((name) => name.endsWith(".parquet")), { timeout: 10_000 }).toHaveLength(count);
      }
      await server.close();
      expect(files()).toHaveLength(expected);
      await shop.close();
    }
  });
});
