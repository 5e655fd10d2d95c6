import { execFileSync, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { openDatabase } from "../../../runtime/data/database.ts";
import { Journal } from "../../../runtime/serving/log/journal.ts";
import { KnownIds } from "../../../runtime/serving/log/known-ids.ts";
import { PredictionLog } from "../../../runtime/serving/log/prediction-log.ts";
import { createRouter } from "../../../runtime/rollout/router.ts";
import { fixedRouter, rolloutRouter } from "../../../runtime/serving/routing.ts";
import type { Router } from "../../../runtime/serving/routing.ts";
import { everything, get, openShop, post, shopSpec, wallClock, wool } from "./shop.ts";
import type { Shop } from "./shop.ts";

const shops: Shop[] = [];
const folders: string[] = [];
afterEach(async () => {
  for (const shop of shops.splice(0)) await shop.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
async function open(...options: Parameters<typeof openShop>): Promise<Shop> {
  const shop = await openShop(...options);
  shops.push(shop);
  return shop;
}
const newFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), "mlspec-log-"));
  folders.push(folder);
  return folder;
};

async function logged(folder: string, select = "*"): Promise<readonly Readonly<Record<string, unknown>>[]> {
  using database = await openDatabase();
  return await database.rows(`SELECT ${select} FROM read_parquet('${folder}/*.parquet', union_by_name = true) ORDER BY time, id`);
}
const files = (folder: string) => readdirSync(folder).filter((name) => /\.(parquet|journal|tmp)$/.test(name)).map((name) => name.replace(/.*\./, ""));

describe("the prediction log", () => {
  it("holds what was asked, which features were served, and what was answered", async () => {
    const shop = await open();
    const version = await shop.register(0.1);
    const { url, server } = await shop.serve([version]);
    await post(`${url}/predict`, { ...wool, country: null, at: "2026-11-20T09:30:00.123456Z" });
    await post(`${url}/v2/models/ranker/infer`, { id: "mine", inputs: Object.entries(wool).map(([name, value]) => ({ name, shape: [1], datatype: { position: "INT64", price: "FP64", member: "BOOL" }[name] ?? "BYTES", data: [value] })) });
    await server.close();
    const [first, second] = await logged(shop.logFolder);
    expect(first).toMatchObject({
      service: "recommend", model: "ranker", version, arm: "live", unit: "ada", fallback: null, error: null, class: null, prediction: expect.closeTo(0.33, 6), latency_ms: expect.any(Number),
      request: { position: 3, price: 12.5, country: null, member: true, at: new Date("2026-11-20T09:30:00.123Z") },
      features: { "popularity.sales": 30, "popularity.rating": 4.5 },
    });
    expect(second).toMatchObject({ id: "mine", request: { country: "NZ" } });
    expect(files(shop.logFolder)).toEqual(["parquet"]);
  });

  it("does not keep a server from ending while it still reads the log's ids", async () => {
    const shop = await open();
    mkdirSync(shop.logFolder, { recursive: true });
    using database = await openDatabase();
    await database.run(`COPY (SELECT range::VARCHAR AS id FROM range(2_000_000)) TO '${shop.logFolder}/before.parquet' (FORMAT parquet)`);
    const fill = vi.spyOn(KnownIds.prototype, "fill");
    const { server } = await shop.serve([]);
    const [reading] = fill.mock.results;
    fill.mockRestore();
    await Promise.all([server.close(), expect(reading?.value).rejects.toThrow()]);
  });

  it.skipIf(process.platform !== "linux")("keeps no file open that it has read", async () => {
    const folder = newFolder();
    const log = await PredictionLog.open({ folder, prefix: "a", events: { onLost: () => undefined, onFlushFailed: () => undefined } });
    for (let i = 0; i < 20; i++) {
      await log.appendOutcome(JSON.stringify({ id: `${i}` }));
      await log.flush();
    }
    await log.close();
    const open = readdirSync("/proc/self/fd").flatMap((fd) => {
      try {
        return [readlinkSync(join("/proc/self/fd", fd))];
      } catch {
        return []; // the folder itself, read and closed
      }
    });
    expect(open.filter((path) => path.startsWith(folder))).toEqual([]);
  });

  it("holds fallbacks and failures too", async () => {
    const shop = await open({ otherwise: null });
    const { url, server } = await shop.serve([]);
    await post(`${url}/predict`, wool);
    await server.close();
    expect(await logged(shop.logFolder)).toMatchObject([{ prediction: null, error: "no-version", version: null }]);
  });

  it("holds the keys by which features were looked up, also where the features came along", async () => {
    const shop = await open();
    const { url, server } = await shop.serve([await shop.register(0.1)]);
    await post(`${url}/predict`, wool);
    await post(`${url}/predict`, { ...wool, sku: "silk", "popularity.sales": 1, "popularity.rating": 2 });
    await server.close();
    expect((await logged(shop.logFolder, "request.sku AS sku, time, id")).map((row) => row["sku"])).toEqual(["wool", "silk"]);
  });

  it("holds what was sent while no version is live", async () => {
    const shop = await open();
    const { url, server } = await shop.serve([]);
    await post(`${url}/predict`, wool);
    await post(`${url}/predict`, { sku: "wool", price: "dear" });
    await server.close();
    expect(await logged(shop.logFolder)).toMatchObject([
      { fallback: "no-version", request: { sku: "wool", position: 3, price: 12.5, country: "NZ", member: true }, features: { "popularity.sales": 30 } },
      { fallback: "no-version", request: { sku: "wool", position: null, price: null }, features: { "popularity.sales": 30 } },
    ]);
  });

  it("holds what was sent of a row that lacks a field of the candidate's", async () => {
    const shop = await open();
    const plain = shopSpec({ reads: everything.filter((each) => each.op !== "column" || each.column !== "price") });
    const [live, candidate] = [await shop.register(0.1, { spec: plain }), await shop.register(0.2)];
    const router = createRouter("recommend");
    router.publish({ service: "recommend", live, rollout: { id: "release-1", candidate, stage: 0, traffic: 1, unit: "shopper_id", isUnitPersonal: null, draw: "release-1", tolerances: [], mirrored: [] } });
    const { url, server } = await shop.serve([live, candidate], { router: rolloutRouter(router) });
    const { price: _, ...rest } = wool;
    await post(`${url}/predict`, rest);
    await server.close();
    expect(await logged(shop.logFolder)).toMatchObject([{ version: candidate, fallback: "field-missing", request: { sku: "wool", position: 3, price: null, country: "NZ", member: true } }]);
  });

  it("keeps texts as they were", async () => {
    const shop = await open();
    const { url, server } = await shop.serve([await shop.register(0.1)]);
    const texts = ['"', "\\", "a\nb", "🧶", "\u0000x", "'; DROP TABLE x; --", "\ud800"];
    for (const country of texts) await post(`${url}/predict`, { ...wool, country });
    await server.close();
    const found = (await logged(shop.logFolder, "request.country AS country, time, id")).map((row) => row["country"]);
    expect(found).toHaveLength(texts.length);
    expect(found).toEqual(expect.arrayContaining(texts.map((text) => text.toWellFormed())));
  });

  it("is complete after the process was killed in the middle of requests", async () => {
    const folder = newFolder();
    const process1 = await startProcess(folder);
    const answered: string[] = [];
    const clients = Array.from({ length: 4 }, async (_, client) => {
      for (let i = 0; ; i++) {
        const id = `${client}-${i}`;
        const reply = await post(`${process1.url}/v2/models/ranker/infer`, { id, inputs: inferInputs }).catch(() => null);
        if (reply === null) return;
        answered.push(id);
        if (answered.length === 200) process1.child.kill("SIGKILL");
      }
    });
    await Promise.all(clients);
    expect(files(join(folder, "log", "recommend"))).toEqual(["journal"]);
    const shop = await open({ folder });
    const { server } = await shop.serve([await shop.register(0.1)]); // also takes over the dead process's lease
    await server.close();
    const ids = new Set((await logged(shop.logFolder, "id, time")).map((row) => row["id"]));
    expect(answered.filter((id) => !ids.has(id))).toEqual([]);
    expect(files(shop.logFolder)).toEqual(["parquet"]);
  });

  it("is continued after a crash at any step of turning a journal into Parquet", async () => {
    const folder = newFolder();
    const events = { onLost: () => undefined, onFlushFailed: (problem: string) => { throw new Error(problem); } };
    const header = JSON.stringify({ journal: 1, stream: "predictions", request: { x: "int" }, features: {} });
    const line = (id: string) => JSON.stringify({ id, time: 0, request: { x: 7 } });
    const write = (name: string, content: string) => { writeFileSync(join(folder, name), content); };
    write("a-1.journal", `${header}\n${line("one")}\n${line("two").slice(0, 20)}`); // torn while being written
    write("b-1.journal", ""); // just begun
    write("c-1.journal", header.slice(0, 30));
    write("d-1.journal", `${header}\n`);
    write("e-1.parquet.tmp", "half a file");
    const log = await PredictionLog.open({ folder, prefix: "n", events });
    await log.close();
    expect(await logged(folder, "id, request, time")).toMatchObject([{ id: "one", request: { x: 7 } }]);
    expect(files(folder)).toEqual(["parquet"]);
    write("a-1.journal", `${header}\n${line("one")}`); // renamed, but the journal was not deleted yet
    await (await PredictionLog.open({ folder, prefix: "n", events })).close();
    expect(await logged(folder, "id, time")).toHaveLength(1);
  });

  it("merges the files of many flushes into one, also when it was cut off", async () => {
    const folder = newFolder();
    const openLog = () => PredictionLog.open({ folder, prefix: "p", mergeAt: 4, events: { onLost: () => undefined, onFlushFailed: (problem) => { throw new Error(problem); } } });
    const log = await openLog();
    for (let i = 0; i < 6; i++) {
      if (i === 2) log.declare({ a: "int" }, {});
      await log.appendPrediction(JSON.stringify({ id: String(i), time: i, request: { a: i } }));
      await log.flush();
    }
    await log.close();
    const names = readdirSync(folder).filter((name) => name.endsWith(".parquet")).sort();
    expect(names).toEqual(["p-000001.merged.parquet", "p-000005.parquet", "p-000006.parquet"]);
    const ids = async () => (await logged(folder, "id, time")).map((row) => row["id"]);
    expect(await ids()).toEqual(["0", "1", "2", "3", "4", "5"]);
    // Cut off after the merged file was made, with one source deleted: finished at the next start.
    renameSync(join(folder, "p-000001.merged.parquet"), join(folder, "p-000001.merged.parquet.ready"));
    writeFileSync(join(folder, "p-000001.merged.parquet.merge-plan"), JSON.stringify({ sources: ["p-000001.parquet", "p-000002.parquet"], target: "p-000001.merged.parquet" }));
    copyFileSync(join(folder, "p-000005.parquet"), join(folder, "p-000002.parquet"));
    await (await openLog()).close();
    expect(await ids()).toEqual(["0", "1", "2", "3", "4", "5"]);
    // Cut off before: undone.
    writeFileSync(join(folder, "p-000005.merged.parquet.merge-plan"), JSON.stringify({ sources: ["p-000005.parquet"], target: "p-000005.merged.parquet" }));
    writeFileSync(join(folder, "p-000005.merged.parquet.tmp"), "half");
    await (await openLog()).close();
    expect(await ids()).toEqual(["0", "1", "2", "3", "4", "5"]);
    expect(readdirSync(folder).filter((name) => name.includes("plan") || name.endsWith(".tmp"))).toEqual([]);
  });

  it("takes new columns when a version with other inputs is loaded", async () => {
    const folder = newFolder();
    const log = await PredictionLog.open({ folder, prefix: "p", events: { onLost: () => undefined, onFlushFailed: () => undefined } });
    log.declare({ a: "int" }, {});
    await log.appendPrediction(JSON.stringify({ id: "1", time: 1, request: { a: 1 } }));
    log.declare({ b: "string" }, { "view.c": "float" });
    await log.appendPrediction(JSON.stringify({ id: "2", time: 2, request: { a: 2, b: "x" }, features: { "view.c": 0.5 } }));
    await log.close();
    expect(await logged(folder, "id, request.a AS a, request.b AS b, features, time")).toMatchObject([{ a: 1, b: null }, { a: 2, b: "x", features: { "view.c": 0.5 } }]);
  });

  it("does not stop answers on a full disk; it counts what is lost, says so, and goes on when there is room", async (context) => {
    const folder = newFolder();
    const logFolder = join(folder, "small");
    mkdirSync(logFolder);
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "none", logFolder], { stdio: "ignore" });
    } catch {
      return context.skip("a tmpfs cannot be mounted here (needs root)");
    }
    try {
      const shop = await open();
      const { url, server } = await shop.serve([await shop.register(0.1)], { logFolder });
      writeFileSync(join(logFolder, "ballast"), Buffer.alloc(56 * 1024));
      const rows = Array.from({ length: 100 }, () => wool);
      for (let i = 0; i < 5; i++) expect((await post(`${url}/predict`, { rows })).status).toBe(200);
      const health = await get(`${url}/v2/health/ready`);
      expect(health).toMatchObject({ status: 200, body: { live: true, ready: true, problems: [expect.stringContaining("prediction log")] } });
      expect((await get(`${url}/metrics`)).body).toMatch(/mlspec_log_lost_lines_total\{[^}]*\} [1-9]/);
      rmSync(join(logFolder, "ballast"));
      expect((await post(`${url}/predict`, wool)).status).toBe(200);
      expect((await get(`${url}/v2/health/ready`)).body.problems).toEqual([]);
      await server.close();
    } finally {
      execFileSync("umount", ["-l", logFolder]);
    }
  });
});

describe("a journal", () => {
  it.each([["a file", (path: string) => writeFileSync(path, "")], ["a link to nowhere", (path: string) => symlinkSync("/nowhere/at/all", path)]])(
    "says from the start that it cannot be written, and until it can: its folder is %s", async (_what, put) => {
      const shop = await open({ service: { log: { flushMs: 10, hashPii: false, retainMs: null } } });
      mkdirSync(join(shop.logFolder, ".."), { recursive: true });
      put(shop.logFolder);
      const { url, server } = await shop.serve([await shop.register(0.1)]);
      expect(server.health()).toMatchObject({ ready: true, degraded: true, problems: [expect.stringMatching(/^the prediction log is not being written: .*log.recommend/)] });
      rmSync(shop.logFolder);
      while (server.health().degraded) await new Promise((resolve) => setTimeout(resolve, 10));
      expect((await post(`${url}/predict`, wool)).status).toBe(200);
      await server.close();
      expect(await logged(shop.logFolder)).toHaveLength(1);
    });

  it("writes every line once, in order, however the calls come", async () => {
    const folder = newFolder();
    const journal = new Journal(folder, "j", "header", () => undefined);
    const written: Promise<boolean>[] = [];
    for (let i = 0; i < 500; i++) {
      written.push(journal.append(String(i)));
      if (i % 97 === 0) await journal.rotate();
    }
    expect((await Promise.all(written)).every(Boolean)).toBe(true);
    await journal.rotate();
    const lines = readdirSync(folder).sort().flatMap((name) => readFileSync(join(folder, name), "utf8").trimEnd().split("\n"));
    expect(lines.filter((line) => line !== "header")).toEqual(Array.from({ length: 500 }, (_, i) => String(i)));
  });
});

describe("outcomes", () => {
  const exposure = { rollout: "r1", stage: 2, arm: "candidate" as const };
  const inRollout = (version: string): Router => ({ unit: () => "shopper_id", route: () => ({ serve: version, shadow: null, exposure, shadowExposure: null }) });

  it("reach the rollout once, by the arm and unit of the prediction they belong to", async () => {
    const shop = await open();
    const version = await shop.register(0.1);
    const { url, server } = await shop.serve([version], { router: inRollout(version) });
    const { body } = await post(`${url}/predict`, wool);
    const outcome = { id: body.id as string, label: "purchased", value: true, time: "2026-11-20T10:00:00Z" };
    expect(await post(`${url}/v2/outcomes`, outcome)).toEqual({ status: 202, body: { accepted: 1, joined: 1 } });
    await post(`${url}/v2/outcomes`, { outcomes: [outcome, { ...outcome, label: "spent", value: 12.5 }] });
    expect(shop.outcomes).toEqual([{ exposure, unit: "ada", label: "purchased", value: 1 }, { exposure, unit: "ada", label: "spent", value: 12.5 }]);
    await server.close();
    expect(await logged(join(shop.logFolder, "outcomes"), "id, label, value, time")).toHaveLength(3);
  });

  it("belong to the first prediction of their id, in memory and in the log: nobody takes them over to the other arm", async () => {
    const shop = await open({ service: { log: { flushMs: 20, hashPii: true, retainMs: null } } });
    const version = await shop.register(0.1);
    const other = { ...exposure, arm: "control" as const };
    const arms: Router = { unit: () => "shopper_id", route: (unit) => ({ serve: version, shadow: null, exposure: unit === "ada" ? exposure : other, shadowExposure: null }) };
    const before = await shop.serve([version], { router: arms });
    const ask = async (id: string, shopper: string) => expect(await post(`${before.url}/predict`, { ...wool, shopper_id: shopper, id })).toMatchObject({ status: 200, body: { id } });
    for (const id of ["order-1", "order-2"]) for (const shopper of ["ada", "mallory"]) await ask(id, shopper);
    const outcome = { id: "order-1", label: "purchased", value: true };
    await post(`${before.url}/v2/outcomes`, outcome);
    await ask("order-1", "mallory");
    await post(`${before.url}/v2/outcomes`, outcome);
    expect(shop.outcomes).toEqual([{ exposure, unit: "ada", label: "purchased", value: 1 }]);
    await before.server.close();

    const { url, server } = await shop.serve([version], { router: fixedRouter(version) });
    await post(`${url}/v2/outcomes`, { ...outcome, id: "order-2" });
    await server.close();
    expect(shop.outcomes.slice(1)).toEqual([{ exposure, unit: "ada", label: "purchased", value: 1 }]);
  });

  it("belong to the first prediction of their id also after a restart, and count once", async () => {
    const shop = await open({ service: { log: { flushMs: 20, hashPii: true, retainMs: null } } });
    const version = await shop.register(0.1);
    const other = { ...exposure, arm: "control" as const };
    const arms: Router = { unit: () => "shopper_id", route: (unit) => ({ serve: version, shadow: null, exposure: unit === "ada" ? exposure : other, shadowExposure: null }) };
    const before = await shop.serve([version], { router: arms });
    for (const id of ["told", "untold"]) await post(`${before.url}/predict`, { ...wool, shopper_id: "mallory", id });
    await post(`${before.url}/v2/outcomes`, { id: "told", label: "purchased", value: false });
    await before.server.close();

    const { url, server } = await shop.serve([version], { router: arms });
    for (const id of ["told", "untold", "new"]) await post(`${url}/predict`, { ...wool, id });
    await post(`${url}/v2/outcomes`, { outcomes: ["told", "untold", "new"].map((id) => ({ id, label: "purchased", value: true })) });
    expect((await get(`${url}/metrics`)).body).toMatch(/mlspec_ids_again_total\{known="log"[^}]*\} [23]/); // "new" may have come before the log was read
    await server.close();
    const told = shop.outcomes.map(({ exposure: { arm }, unit, value }) => `${arm} ${unit ?? ""} ${value}`);
    expect(told.sort()).toEqual(["candidate ada 1", "control mallory 0", "control mallory 1"]);
  });

  it("belong to the first prediction of their id when that is none of the newest any more", async () => {
    const shop = await open({ service: { log: { flushMs: 20, hashPii: true, retainMs: null } } });
    const version = await shop.register(0.1);
    const other = { ...exposure, arm: "control" as const };
    const arms: Router = { unit: () => "shopper_id", route: (unit) => ({ serve: version, shadow: null, exposure: unit === "ada" ? exposure : other, shadowExposure: null }) };
    const { url, server } = await shop.serve([version], { router: arms, mostRecent: 4 });
    await post(`${url}/predict`, { ...wool, shopper_id: "mallory", id: "old" });
    for (let i = 0; i < 8; i++) await post(`${url}/predict`, wool);
    await post(`${url}/predict`, { ...wool, id: "old" });
    await post(`${url}/v2/outcomes`, { id: "old", label: "purchased", value: true });
    await server.close();
    expect(shop.outcomes).toEqual([{ exposure: other, unit: "mallory", label: "purchased", value: 1 }]);
  });

  it("may come before their prediction; the first of them counts", async () => {
    const shop = await open({ service: { log: { flushMs: 20, hashPii: true, retainMs: null } } });
    const version = await shop.register(0.1);
    const { url, server } = await shop.serve([version], { router: inRollout(version) });
    const say = (id: string, value: boolean) => post(`${url}/v2/outcomes`, { id, label: "purchased", value });
    expect((await say("at once", true)).body).toEqual({ accepted: 1, joined: 0 });
    await post(`${url}/predict`, { ...wool, id: "at once" });
    await say("after a flush", true);
    await expect.poll(async () => (await get(`${url}/metrics`)).body as string).toMatch(/mlspec_outcomes_total\{label="",joined="nothing"[^}]*\} 1/);
    await post(`${url}/predict`, { ...wool, id: "after a flush" });
    for (const id of ["at once", "after a flush"]) await say(id, false);
    await server.close();
    expect(shop.outcomes).toEqual([{ exposure, unit: "ada", label: "purchased", value: 1 }, { exposure, unit: "ada", label: "purchased", value: 1 }]);
  });

  it("of older predictions are looked for though more have come since than are kept for predictions that may come", async () => {
    const shop = await open({ service: { log: { flushMs: 3_600_000, hashPii: true, retainMs: null } } });
    const version = await shop.register(0.1);
    const before = await shop.serve([version], { router: inRollout(version) });
    const { body } = await post(`${before.url}/predict`, wool);
    await before.server.close();
    const { url, server } = await shop.serve([version], { router: inRollout(version) });
    await post(`${url}/v2/outcomes`, { id: body.id as string, label: "purchased", value: true });
    for (let i = 0; i < 10; i++) await post(`${url}/v2/outcomes`, { outcomes: Array.from({ length: 10_000 }, (_, j) => ({ id: `${i}/${j}`, label: "purchased", value: true })) });
    await server.close();
    expect(shop.outcomes).toEqual([{ exposure, unit: "ada", label: "purchased", value: 1 }]);
  });

  it("name what they do not have, such as a mistyped time, and what stands beside the list", async () => {
    const shop = await open();
    const version = await shop.register(0.1);
    const { url } = await shop.serve([version]);
    const { body } = await post(`${url}/predict`, wool);
    const outcome = { id: body.id as string, label: "purchased", value: true, tiem: "2026-01-01" };
    expect(await post(`${url}/v2/outcomes`, outcome)).toEqual({ status: 202, body: { accepted: 1, joined: 1, ignored: ["tiem"] } });
    const many = { outcomes: [outcome, { ...outcome, note: 1 }], time: "2026-01-01T00:00:00Z" };
    expect((await post(`${url}/v2/outcomes`, many)).body).toEqual({ accepted: 2, joined: 2, ignored: ["time", "tiem", "note"] });
    const flood = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`x${i}`, i]));
    expect((await post(`${url}/v2/outcomes`, { ...outcome, ...flood })).body.ignored).toHaveLength(20);
  });

  it("find predictions of a process before this one in the log's files", async () => {
    const shop = await open({ service: { log: { flushMs: 20, hashPii: true, retainMs: null } } });
    const version = await shop.register(0.1);
    const before = await shop.serve([version], { router: inRollout(version) });
    const { body } = await post(`${before.url}/predict`, wool);
    await before.server.close();
    const { url, server } = await shop.serve([version], { router: fixedRouter(version) });
    expect((await post(`${url}/v2/outcomes`, { outcomes: [{ id: body.id, label: "purchased", value: 1 }, { id: "nobody's", label: "purchased", value: 1 }] })).body).toEqual({ accepted: 2, joined: 0 });
    await post(`${url}/v2/outcomes`, { id: body.id, label: "purchased", value: 1 });
    await server.close();
    expect(shop.outcomes).toEqual([{ exposure, unit: "ada", label: "purchased", value: 1 }]);
    const last = await shop.serve([version], { router: fixedRouter(version) });
    await post(`${last.url}/v2/outcomes`, { id: body.id, label: "purchased", value: 1 });
    await last.server.close();
    expect(shop.outcomes).toHaveLength(1);
  });
});

describe("the first outcome of an id and label counts, whatever the clock does", () => {
  const exposure = { rollout: "r1", stage: 2, arm: "candidate" as const };
  const router = (version: string): Router => ({ unit: () => "shopper_id", route: () => ({ serve: version, shadow: null, exposure, shadowExposure: null }) });
  /** Runs ten days ahead of the others, as compressed time does until the restart. */
  const ahead = { ...wallClock, now: () => Date.now() + 10 * 86_400_000 };

  it("also when it goes back between two processes", async () => {
    const shop = await open({ service: { log: { flushMs: 20, hashPii: true, retainMs: null } } });
    const version = await shop.register(0.1);
    const before = await shop.serve([version], { router: router(version), clock: ahead });
    const { body } = await post(`${before.url}/predict`, wool);
    await post(`${before.url}/v2/outcomes`, { id: body.id, label: "purchased", value: false });
    await before.server.close();
    for (const value of [true, true]) {
      const { url, server } = await shop.serve([version], { router: router(version) });
      await post(`${url}/v2/outcomes`, { id: body.id, label: "purchased", value });
      await server.close();
    }
    expect(shop.outcomes.map(({ value }) => value)).toEqual([0]);
    const log = await PredictionLog.open({ folder: shop.logFolder, prefix: "later", events: { onLost: () => undefined, onFlushFailed: () => undefined } });
    const sums = await log.matured({ arms: ["r1/2/candidate"], label: "purchased", untilUs: Date.now() * 2_000, withinUs: 86_400_000_000 });
    expect(sums.get("r1/2/candidate")).toMatchObject({ n: 1, y: 0 });
    await log.close();
    expect(await logged(join(shop.logFolder, "outcomes"), "value, received")).toHaveLength(3);
  });

  it("also when it goes back within one, and for outcomes of one request", async () => {
    const shop = await open({ service: { log: { flushMs: 20, hashPii: true, retainMs: null } } });
    const version = await shop.register(0.1);
    let now = ahead.now();
    const { url, server } = await shop.serve([version], { router: router(version), clock: { ...wallClock, now: () => now } });
    const { body } = await post(`${url}/predict`, wool);
    const outcome = { id: body.id as string, label: "purchased" };
    await post(`${url}/v2/outcomes`, { outcomes: [{ ...outcome, value: false }, { ...outcome, value: true }] });
    now = Date.now();
    await post(`${url}/v2/outcomes`, { ...outcome, value: true });
    await server.close();
    const log = await PredictionLog.open({ folder: shop.logFolder, prefix: "later", events: { onLost: () => undefined, onFlushFailed: () => undefined } });
    const sums = await log.matured({ arms: ["r1/2/candidate"], label: "purchased", untilUs: Date.now() * 2_000, withinUs: 86_400_000_000 });
    expect(sums.get("r1/2/candidate")).toMatchObject({ n: 1, y: 0 });
    await log.close();
  });
});

describe("outcomes by maturity", () => {
  const [minute, day] = [60_000_000, 86_400_000_000];
  const openLog = (folder: string) => PredictionLog.open({ folder, prefix: "p", events: { onLost: () => undefined, onFlushFailed: (problem) => { throw new Error(problem); } } });

  it("are of every prediction that is old enough: what has none in time has none", async () => {
    const folder = newFolder();
    const log = await openLog(folder);
    const predicted = (id: string, arm: string, unit: string | null, time: number) => log.appendPrediction(JSON.stringify({ id, arm, unit, time, service: "recommend" }));
    const told = (id: string, value: number, time: number, received = time, label = "purchased") => log.appendOutcome(JSON.stringify({ id, label, value, time, received, service: "recommend" }));
    const query = { arms: ["r/1/candidate", "r/1/control"], label: "purchased", untilUs: 10 * minute, withinUs: day };
    expect(await log.matured(query)).toEqual(new Map());
    await predicted("a/0", "r/1/candidate", "ann", 1 * minute);
    await predicted("a/1", "r/1/candidate", "ann", 1 * minute);
    await predicted("b", "r/1/candidate", "bob", 10 * minute);
    await predicted("c", "r/1/candidate", null, 2 * minute);
    await predicted("young", "r/1/candidate", "cid", 10 * minute + 1);
    await predicted("earlier stage", "r/0/candidate", "dan", 1 * minute);
    await predicted("d", "r/1/control", "eve", 3 * minute);
    await predicted("d", "r/1/control", "eve", 3 * minute); // tried again under the same id
    await predicted("e", "r/1/control", "eve", 4 * minute);
    await predicted("a/0", "r/1/control", "mallory", 4 * minute); // another's id: the first prediction has it
    await told("a/0", 1, 5 * minute);
    await told("a/0", 1, 6 * minute); // sent twice
    await told("b", 1, 11 * minute + day, 12 * minute + day); // bought, but too late
    await told("c", 1, 9 * day, 9 * day); // told late, without saying when it was: then
    await predicted("before", "live", "fay", 1 * minute);
    await predicted("before", "r/1/candidate", "gus", 3 * minute); // the id had a prediction before the rollout
    await told("e", 0, 5 * minute);
    await told("e", 1, 6 * minute, 7 * minute); // the first one counts
    await told("d", 1, 5 * minute, 5 * minute, "returned");
    await told("young", 1, 11 * minute);
    expect(await log.matured(query)).toEqual(new Map([
      ["r/1/candidate", { units: 3, n: 4, y: 1, nn: 6, ny: 2, yy: 1 }],
      ["r/1/control", { units: 1, n: 2, y: 0, nn: 4, ny: 0, yy: 0 }],
    ]));
    await log.close();
  });
});

const inferInputs = Object.entries(wool).map(([name, value]) => ({ name, shape: [1], datatype: { position: "INT64", price: "FP64", member: "BOOL" }[name] ?? "BYTES", data: [value] }));

async function startProcess(folder: string): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "shop-process.ts"), folder], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return { child, url: line.toString().trim() };
}

describe("outcomes with classes", () => {
  it("are of the classes that a version knows, loaded or not; others are refused with the list", async () => {
    const mood = shopSpec({ task: "multiclass", otherwise: null });
    const own = { ...mood, models: mood.models.map((each) => ({ ...each, label: "mood" })) };
    const shop = await open({ task: "multiclass", otherwise: null });
    await shop.register(1, { spec: own, classes: ["gone"] });
    const { url } = await shop.serve([await shop.register(1, { spec: own, classes: ["glad", "sad", "calm", "wild"] })], { spec: own });
    const send = (value: string) => post(`${url}/v2/outcomes`, { id: "p", label: "mood", value });
    expect(await send("glad")).toMatchObject({ status: 202 });
    expect(await send("gone")).toMatchObject({ status: 202 });
    expect(await send("nope")).toMatchObject({ status: 400, body: { code: "outcome-invalid", where: "value", hint: expect.stringContaining("calm, glad, gone, sad, wild") as unknown } });
  });
});

it("the query of docs/serving.md counts the first outcome of an id and label, however often one is sent", async () => {
  const shop = await open();
  const { url, server } = await shop.serve([await shop.register(0.1)]);
  for (const id of ["one", "two"]) await post(`${url}/predict`, { rows: [wool], id });
  for (const value of [true, false, false]) await post(`${url}/v2/outcomes`, { id: "one", label: "purchased", value });
  await post(`${url}/v2/outcomes`, { id: "two", label: "purchased", value: false });
  await server.close();
  const [, sql = ""] = /```sql\n(SELECT p\.request[^`]+)```/.exec(readFileSync(join(import.meta.dirname, "../../../docs/serving.md"), "utf8")) ?? [];
  using database = await openDatabase();
  expect(await database.rows(sql.replaceAll(".mlspec/log/recommend", shop.logFolder))).toMatchObject([{ country: "NZ", "avg(o.\"value\")": 0.5 }]);
});
