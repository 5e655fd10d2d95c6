import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Batcher } from "../../../runtime/serving/batcher.ts";
import type { ModelRows } from "../../../runtime/serving/batcher.ts";

const answers = (rows: ModelRows) => rows.map((row) => ({ value: Number(row[0]), label: null, probabilities: null }));
const values = (predictions: readonly { value: number }[]) => predictions.map((prediction) => prediction.value);

/** A model that finishes when it is told to, and tells what it was asked. */
function heldModel(options: Partial<{ size: number; waitMs: number; mostWaiting: number }> = {}) {
  const batches: number[][] = [];
  const held: (() => void)[] = [];
  const batcher = new Batcher(async (rows) => {
    batches.push(rows.map((row) => Number(row[0])));
    await new Promise<void>((resolve) => held.push(resolve));
    if (rows.some((row) => row[0] === 13)) throw new Error("the model fails on 13");
    return answers(rows);
  }, { size: 4, waitMs: 60_000, mostWaiting: 100, onBatch: () => undefined, ...options });
  const turn = () => new Promise(setImmediate);
  const finishAll = async () => {
    for (await turn(); held.length > 0; await turn()) held.splice(0).forEach((finish) => { finish(); });
  };
  return { batcher, batches, held, turn, finishAll };
}

describe("batching", () => {
  it("runs a lone request at once", async () => {
    const { batcher, batches, finishAll } = heldModel();
    const answer = batcher.predict([[1]]);
    await finishAll();
    expect(values(await answer)).toEqual([1]);
    expect(batches).toEqual([[1]]);
  });

  it("puts the requests of one turn together, and those that come while the model is busy", async () => {
    const { batcher, batches, turn, finishAll } = heldModel();
    const first = [batcher.predict([[1]]), batcher.predict([[2]])];
    await turn();
    const second = [batcher.predict([[3]]), batcher.predict([[4]]), batcher.predict([[5]])];
    await turn();
    expect(batches).toEqual([[1, 2]]);
    await finishAll();
    expect((await Promise.all([...first, ...second])).map(values)).toEqual([[1], [2], [3], [4], [5]]);
    expect(batches).toEqual([[1, 2], [3, 4, 5]]);
  });

  it("does not wait for the model when a batch is full", async () => {
    const { batcher, batches, turn, finishAll } = heldModel();
    const all = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((value) => batcher.predict([[value]]));
    await turn();
    expect(batches).toEqual([[1, 2, 3, 4], [5, 6, 7, 8]]);
    await finishAll();
    await Promise.all(all);
    expect(batches).toHaveLength(3);
  });

  it("never divides a request, however large", async () => {
    const { batcher, batches, finishAll } = heldModel();
    const all = [batcher.predict([[1]]), batcher.predict([[2], [3], [4], [5], [6]]), batcher.predict([[7]])];
    await finishAll();
    expect((await Promise.all(all)).map(values)).toEqual([[1], [2, 3, 4, 5, 6], [7]]);
    expect(batches).toEqual([[1], [2, 3, 4, 5, 6], [7]]);
  });

  it("leaves out what nobody waits for any more", async () => {
    const { batcher, batches, turn, finishAll } = heldModel();
    let wanted = true;
    const first = batcher.predict([[1]]);
    await turn();
    void batcher.predict([[2]], () => wanted);
    const third = batcher.predict([[3]]);
    wanted = false;
    await finishAll();
    await Promise.all([first, third]);
    expect(batches).toEqual([[1], [3]]);
  });

  it("turns requests away when too many wait", async () => {
    const { batcher, turn, finishAll } = heldModel({ mostWaiting: 3, size: 64 });
    const first = batcher.predict([[1]]);
    await turn();
    const waiting = batcher.predict([[2], [3], [4]]);
    await expect(batcher.predict([[5]])).rejects.toMatchObject({ code: "overloaded" });
    await finishAll();
    expect(values(await waiting)).toEqual([2, 3, 4]);
    await first;
  });

  it("lets a request that breaks the model fail alone", async () => {
    const { batcher, finishAll } = heldModel();
    const all = [1, 13, 2].map((value) => batcher.predict([[value]]).then(values, (error: Error) => error.message));
    await finishAll();
    expect(await Promise.all(all)).toEqual([[1], "the model fails on 13", [2]]);
  });

  it("is drained when everything is answered", async () => {
    const { batcher, batches, finishAll } = heldModel();
    const answer = batcher.predict([[1]]);
    const drained = batcher.drained().then(() => batches.length);
    await finishAll();
    expect(await drained).toBe(1);
    await answer;
    await batcher.drained();
  });

  it("gives every request its own rows, whatever comes when", async () => {
    const request = fc.record({ rows: fc.array(fc.integer({ min: 100, max: 999 }), { minLength: 1, maxLength: 9 }), pause: fc.nat(3) });
    await fc.assert(fc.asyncProperty(fc.array(request, { maxLength: 30 }), fc.integer({ min: 1, max: 8 }), async (requests, size) => {
      const batcher = new Batcher(async (rows) => { await new Promise(setImmediate); return answers(rows); }, { size, waitMs: 1, mostWaiting: 1e6, onBatch: () => undefined });
      const all: Promise<number[]>[] = [];
      for (const { rows, pause } of requests) {
        all.push(batcher.predict(rows.map((value) => [value])).then(values));
        for (let turns = 0; turns < pause; turns++) await new Promise(setImmediate);
      }
      expect(await Promise.all(all)).toEqual(requests.map(({ rows }) => rows));
    }), { numRuns: 50 });
  });
});
