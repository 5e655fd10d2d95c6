import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { damageOfStore } from "../../../runtime/online/check-store.ts";
import { OnlineStore } from "../../../runtime/online/store.ts";
import type { EntityKey, OnlineRow } from "../../../runtime/online/store.ts";

let folder: string;
let store: OnlineStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mlspec-online-"));
  store = OnlineStore.open(folder);
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const popularity = (rows: readonly OnlineRow[], asOfMs = 1000) =>
  ({ view: "popularity", columns: ["sales", "price"], asOfMs, maxAgeMs: 5000, empty: { sales: 0 }, rows });
const valuesOf = (key: EntityKey) => {
  const view = store.view("popularity");
  return view === null ? null : store.lookup(view, key);
};

describe("a view in the online store", () => {
  it("gives the values of an entity and the time they are as of", async () => {
    await store.replaceView(popularity([{ key: "sku1", values: { sales: 3, price: 2.5 } }, { key: "sku2", values: { sales: 1 }, asOfMs: 700 }]));
    expect(valuesOf("sku1")).toEqual({ values: [3, 2.5], asOfMs: 1000, found: true });
    expect(valuesOf("sku2")).toEqual({ values: [1, null], asOfMs: 700, found: true });
    expect(store.views()).toMatchObject([{ view: "popularity", rows: 2, maxAgeMs: 5000 }]);
  });

  it("gives an unknown entity what features are over no events", async () => {
    await store.replaceView(popularity([]));
    expect(valuesOf("nobody")).toEqual({ values: [0, null], asOfMs: 1000, found: false });
  });

  it.each<[string, EntityKey]>([
    ["an int", 12], ["a large int", 9007199254740993n], ["an empty text", ""], ["a long text", "x".repeat(5000)],
    ["unicode", "Ωμέγα 🧶"], ["a text like a key", "row:1:x"], ["a NUL", "a\u0000b"],
  ])("finds %s", async (_, key) => {
    await store.replaceView(popularity([{ key, values: { sales: 7, price: 1 } }, { key: "other", values: {} }]));
    expect(valuesOf(key)).toMatchObject({ values: [7, 1], found: true });
  });

  it("keeps every kind of value", async () => {
    await store.replaceView({ view: "kinds", columns: ["a", "b", "c", "d", "e"], asOfMs: 0, maxAgeMs: null,
      rows: [{ key: 1, values: { a: "text", b: 0.1, c: true, d: null, e: 9007199254740993n } }] });
    const view = store.view("kinds");
    expect(view && store.lookup(view, 1).values).toEqual(["text", 0.1, true, null, 9007199254740993n]);
  });

  it("is replaced as a whole: entities that are gone are gone", async () => {
    await store.replaceView(popularity([{ key: "old", values: { sales: 1, price: 1 } }]));
    await store.replaceView(popularity([{ key: "new", values: { sales: 2, price: 2 } }], 2000));
    expect(valuesOf("old")).toMatchObject({ found: false });
    expect(valuesOf("new")).toMatchObject({ values: [2, 2], asOfMs: 2000 });
  });

  it("shows the old generation until the new one is complete, and keeps it when that fails", async () => {
    await store.replaceView(popularity([{ key: "a", values: { sales: 1, price: 1 } }]));
    async function* failing(): AsyncGenerator<OnlineRow> {
      yield { key: "a", values: { sales: 99, price: 99 } };
      expect(valuesOf("a")).toMatchObject({ values: [1, 1] });
      throw new Error("the source went away");
    }
    await expect(store.replaceView({ ...popularity([]), rows: failing() })).rejects.toThrow("went away");
    expect(valuesOf("a")).toMatchObject({ values: [1, 1] });
  });

  it("takes newer values of single entities", async () => {
    await store.replaceView(popularity([{ key: "a", values: { sales: 1, price: 1 } }]));
    await store.update("popularity", [{ key: "a", values: { sales: 2, price: 1 }, asOfMs: 3000 }]);
    expect(valuesOf("a")).toEqual({ values: [2, 1], asOfMs: 3000, found: true });
  });

  it("is whole after the writer was killed half-way, and the rest is cleaned up", async () => {
    await store.replaceView(popularity([{ key: "a", values: { sales: 1, price: 1 } }]));
    await store.close();
    const writer = `
      import { OnlineStore } from ${JSON.stringify(join(import.meta.dirname, "../../../runtime/online/store.ts"))};
      const store = OnlineStore.open(${JSON.stringify(folder)});
      async function* rows() {
        for (let i = 0; i < 12000; i++) yield { key: "k" + i, values: { sales: i, price: i } };
        process.kill(process.pid, "SIGKILL");
        await new Promise(() => {});
      }
      await store.replaceView({ view: "popularity", columns: ["sales", "price"], asOfMs: 5, maxAgeMs: null, rows: rows() });`;
    expect(spawnSync(process.execPath, ["--input-type=module-typescript", "-e", writer], { stdio: "inherit" }).signal).toBe("SIGKILL");
    store = OnlineStore.open(folder);
    expect(valuesOf("a")).toMatchObject({ values: [1, 1], found: true });
    expect(valuesOf("k5")).toMatchObject({ found: false });
    await store.replaceView(popularity([{ key: "b", values: { sales: 2, price: 2 } }]));
    expect(await allKeys()).toEqual(["generation", "row:3:b", "view:popularity"]);
  });
});

describe.skipIf(process.platform !== "linux")("a store that is read in a child process first", () => {
  const child = async (): Promise<number> => {
    for (;;) {
      const children = readdirSync("/proc/self/task").flatMap((task) => readFileSync(`/proc/self/task/${task}/children`, "utf8").split(" ").filter((each) => each !== ""));
      const pid = children.find((each) => readFileSync(`/proc/${each}/cmdline`, "utf8").endsWith(`${folder}\0`));
      if (pid !== undefined) return Number(pid);
      await new Promise(setImmediate);
    }
  };

  it.each(["SIGTERM", "SIGINT"] as const)("is not damaged because somebody ended that by %s", async (signal) => {
    await store.replaceView(popularity([{ key: "a", values: { sales: 1, price: 1 } }]));
    const looked = damageOfStore(folder);
    process.kill(await child(), signal);
    await expect(looked).rejects.toMatchObject({ code: "cancelled", message: `Reading the online store ${folder} was ended by ${signal}.` });
    expect(await damageOfStore(folder)).toBeNull();
  });

  it("is damaged when that crashes", async () => {
    await store.replaceView(popularity([{ key: "a", values: { sales: 1, price: 1 } }]));
    const looked = damageOfStore(folder);
    process.kill(await child(), "SIGSEGV");
    expect(await looked).toBe("reading it ended a process by SIGSEGV");
  });
});

async function allKeys(): Promise<unknown[]> {
  await store.close();
  const { open } = await import("lmdb");
  const database = open({ path: folder, encoding: "msgpack" });
  const keys = [...database.getKeys()];
  await database.close();
  store = OnlineStore.open(folder);
  return keys;
}
