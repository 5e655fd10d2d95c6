import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Batcher } from "../../../runtime/serving/batcher.ts";
import type { ModelRows } from "../../../runtime/serving/batcher.ts";

const answers = (rows: ModelRows) => ({ results: rows.map((row) => ({ value: Number(row[0]), label: null, probabilities: null })), ownMs: 0 });
/** By row: the model's value, the message of its failure, or null where it gave nothing. */
async function predict(batcher: Batcher, rows: ModelRows): Promise<(number | string | null)[]> {
  const { done, results } = batcher.ask(rows);
  await done;
  return results.map((result) => (result === undefined ? null : result instanceof Error ? result.message : result.value));
}

/** A model that finishes when it is told to, and tells what it was asked. */
function heldModel(options: Partial<{ size: number; waitMs: number; mostWaiting: number; msOfOneRow: number; msOfMore: number | null; longestRunMs: number }> = {}) {
  const batches: number[][] = [];
  const held: (() => void)[] = [];
  const batcher = new Batcher(async (rows) => {
    batches.push(rows.map((row) => Number(row[0])));
    await new Promise<void>((resolve) => held.push(resolve));
    if (rows.some((row) => row[0] === 13)) throw new Error("the model fails on 13");
    return answers(rows);
  }, { size: 4, waitMs: 60_000, mostWaiting: 100, onBatch: () => undefined, monotonic: () => 0, ...options });
  const turn = () => new Promise(setImmediate);
  const finishAll = async () => {
    for (await turn(); held.length > 0; await turn()) held.splice(0).forEach((finish) => { finish(); });
  };
  return { batcher, batches, held, turn, finishAll };
}

describe("batching", () => {
  it("runs a lone request at once", async () => {
    const { batcher, batches, finishAll } = heldModel();
    const answer = predict(batcher, [[1]]);
    await finishAll();
    expect(await answer).toEqual([1]);
    expect(batches).toEqual([[1]]);
  });

  it("puts the requests of one turn together, and those that come while the model is busy", async () => {
    const { batcher, batches, turn, finishAll } = heldModel();
    const first = [predict(batcher, [[1]]), predict(batcher, [[2]])];
    await turn();
    const second = [predict(batcher, [[3]]), predict(batcher, [[4]]), predict(batcher, [[5]])];
    await turn();
    expect(batches).toEqual([[1, 2]]);
    await finishAll();
    expect((await Promise.all([...first, ...second]))).toEqual([[1], [2], [3], [4], [5]]);
    expect(batches).toEqual([[1, 2], [3, 4, 5]]);
  });

  it("does not wait for the model when a batch is full", async () => {
    const { batcher, batches, turn, finishAll } = heldModel();
    const all = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((value) => predict(batcher, [[value]]));
    await turn();
    expect(batches).toEqual([[1, 2, 3, 4], [5, 6, 7, 8]]);
    await finishAll();
    await Promise.all(all);
    expect(batches).toHaveLength(3);
  });

  it("asks a model that is new as one that it knows, when it was told what rows cost", async () => {
    const first = async (msOfMore: number | null) => {
      const { batcher, batches, finishAll } = heldModel({ msOfOneRow: 40, longestRunMs: 100, msOfMore });
      const answer = predict(batcher, [[1], [2], [3], [4]]);
      await finishAll();
      await answer;
      return batches;
    };
    expect(await first(1)).toEqual([[1, 2, 3, 4]]);
    expect(await first(40)).toEqual([[1, 2], [3, 4]]);
    expect(await first(null)).toEqual([[1, 2], [3, 4]]);
  });

  it("divides a large request into runs, and lets the others have their turns between them", async () => {
    const { batcher, batches, turn, finishAll } = heldModel();
    const large = predict(batcher, [[1], [2], [3], [4], [5], [6], [7], [8], [9], [10]]);
    await turn();
    const small = [predict(batcher, [[20]]), predict(batcher, [[30]])];
    await finishAll();
    expect(await Promise.all([large, ...small])).toEqual([[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [20], [30]]);
    expect(batches.every((batch) => batch.length <= 4)).toBe(true);
  });

  it("keeps a run within its time, once it is known what a row takes", async () => {
    const sizes: number[] = [];
    const batcher = new Batcher((rows) => {
      sizes.push(rows.length);
      return Promise.resolve({ ...answers(rows), ownMs: rows.length * 2 });
    }, { size: 64, waitMs: 1, mostWaiting: 1e6, onBatch: () => undefined, monotonic: () => 0, longestRunMs: 10 });
    await predict(batcher, [[1]]);
    await predict(batcher, Array.from({ length: 12 }, (_, i) => [i]));
    expect(sizes).toEqual([1, 5, 5, 2]);
  });

  it("turns away at once what it cannot do by its deadline, and gives nothing that comes after it", async () => {
    let now = 0;
    const batcher = new Batcher(async (rows) => {
      await new Promise(setImmediate);
      now += rows.length * 10;
      return { ...answers(rows), ownMs: rows.length * 10 };
    }, { size: 2, waitMs: 1, mostWaiting: 1e6, onBatch: () => undefined, monotonic: () => now });
    await predict(batcher, [[1]]);
    const late = batcher.ask(Array.from({ length: 12 }, (_, i) => [i]), now + 25);
    expect(() => batcher.ask([[6], [7]], now + 25)).toThrow(expect.objectContaining({ code: "overloaded" }));
    await late.done;
    expect(late.results.filter((result) => result !== undefined)).toHaveLength(2);
  });

  it("leaves out what nobody waits for any more", async () => {
    const { batcher, batches, turn, finishAll } = heldModel();
    const first = predict(batcher, [[1]]);
    await turn();
    const second = batcher.ask([[2]]);
    const third = predict(batcher, [[3]]);
    second.stop();
    await finishAll();
    await Promise.all([first, third]);
    expect(batches).toEqual([[1], [3]]);
  });

  it("turns requests away when too many wait", async () => {
    const { batcher, turn, finishAll } = heldModel({ mostWaiting: 3, size: 64 });
    const first = predict(batcher, [[1]]);
    await turn();
    const waiting = predict(batcher, [[2], [3], [4]]);
    expect(() => batcher.ask([[5]])).toThrow(expect.objectContaining({ code: "overloaded" }));
    await finishAll();
    expect(await waiting).toEqual([2, 3, 4]);
    await first;
  });

  it("keeps no place for those who are gone: stopped while they wait, while they run, or too late", async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.record({ rows: fc.integer({ min: 1, max: 9 }), stopAfter: fc.nat(6), deadlineAt: fc.integer({ min: 1, max: 20 }) }), { maxLength: 20 }), async (requests) => {
      let now = 0;
      const batcher = new Batcher(async (rows) => { await new Promise(setImmediate); now++; return answers(rows); }, { size: 4, waitMs: 1, mostWaiting: 1e6, onBatch: () => undefined, monotonic: () => now });
      await Promise.all(requests.map(async ({ rows, stopAfter, deadlineAt }) => {
        const asked = batcher.ask(new Array(rows).fill([1]), deadlineAt);
        for (let turns = 0; turns < stopAfter; turns++) await new Promise(setImmediate);
        if (stopAfter < 6) asked.stop();
        await asked.done;
      }));
      await batcher.drained();
      expect(batcher.waiting).toBe(0);
    }), { numRuns: 200 });
  });

  it("lets a request that breaks the model fail alone", async () => {
    const { batcher, finishAll } = heldModel();
    const all = [1, 13, 2].map((value) => predict(batcher, [[value]]));
    await finishAll();
    expect(await Promise.all(all)).toEqual([[1], ["the model fails on 13"], [2]]);
  });

  it("is drained when everything is answered", async () => {
    const { batcher, batches, finishAll } = heldModel();
    const answer = predict(batcher, [[1]]);
    const drained = batcher.drained().then(() => batches.length);
    await finishAll();
    expect(await drained).toBe(1);
    await answer;
    await batcher.drained();
  });

  it("gives every request its own rows, whatever comes when", async () => {
    const request = fc.record({ rows: fc.array(fc.integer({ min: 100, max: 999 }), { minLength: 1, maxLength: 9 }), pause: fc.nat(3) });
    await fc.assert(fc.asyncProperty(fc.array(request, { maxLength: 30 }), fc.integer({ min: 1, max: 8 }), async (requests, size) => {
      const batcher = new Batcher(async (rows) => { await new Promise(setImmediate); return answers(rows); }, { size, waitMs: 1, mostWaiting: 1e6, onBatch: () => undefined, monotonic: () => 0 });
      const all: Promise<(number | string | null)[]>[] = [];
      for (const { rows, pause } of requests) {
        all.push(predict(batcher, rows.map((value) => [value])));
        for (let turns = 0; turns < pause; turns++) await new Promise(setImmediate);
      }
      expect(await Promise.all(all)).toEqual(requests.map(({ rows }) => rows));
    }), { numRuns: 50 });
  });
});
