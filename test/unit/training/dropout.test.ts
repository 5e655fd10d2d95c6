import { describe, expect, test } from "vitest";
import { dropoutMaskValues, dropoutWords } from "../../../runtime/training/dropout.ts";

/** The mask of one step, by the formula in `dropout.ts`: true is dropped. */
function dropped(step: number, batch: number, width: number, rate: number): boolean[][] {
  const { rows, columns: [columns] } = dropoutWords(5, step, 1, batch, [width]);
  const [row, column] = [rows.data as Int32Array, columns?.data as Int32Array];
  const threshold = Math.round(rate * 2 ** 32) - 2 ** 31;
  return Array.from({ length: batch }, (_, i) => Array.from({ length: width }, (_, j) => {
    const product = Math.imul(row[i] ?? 0, column[j] ?? 0);
    return Math.imul(product, ((row[batch + i] ?? 0) + (column[width + j] ?? 0)) | 0) < threshold;
  }));
}
const share = (values: readonly boolean[]): number => values.filter(Boolean).length / values.length;

describe("dropout masks", () => {
  const [batch, width, rate] = [1024, 128, 0.3];
  const mask = dropped(0, batch, width, rate);
  /** Four standard errors of a share over n draws. */
  const slack = (n: number, p = rate) => 4.5 * Math.sqrt((p * (1 - p)) / n);

  test("drop the share they should: over all, in each row, in each column", () => {
    expect(Math.abs(share(mask.flat()) - rate)).toBeLessThan(slack(batch * width));
    for (const row of mask) expect(Math.abs(share(row) - rate)).toBeLessThan(slack(width));
    for (let j = 0; j < width; j += 1) expect(Math.abs(share(mask.map((row) => row[j] ?? false)) - rate)).toBeLessThan(slack(batch));
  });

  test("any two columns are dropped together as often as chance has it", () => {
    for (let j = 1; j < width; j += 1)
      expect(Math.abs(share(mask.map((row) => (row[0] ?? false) && (row[j] ?? false))) - rate ** 2)).toBeLessThan(slack(batch, rate ** 2));
  });

  test("are new in each step, and depend on the step's number, not on where a run began", () => {
    expect(dropped(1, batch, width, rate)).not.toEqual(mask);
    const [long, short] = [dropoutWords(5, 0, 3, 4, [2]), dropoutWords(5, 2, 1, 4, [2])];
    expect([...(long.rows.data as Int32Array)].slice(8, 12)).toEqual([...(short.rows.data as Int32Array)].slice(0, 4));
  });

  test("as numbers: 0 where dropped, and else what keeps the mean", () => {
    const [third, alone] = [dropoutWords(5, 0, 3, 4, [7, 6]), dropoutWords(5, 2, 1, 4, [7, 6])];
    expect(dropoutMaskValues(third, 1, 2, rate)).toEqual(dropoutMaskValues(alone, 1, 0, rate));
    const expected = Float32Array.from(mask.flat(), (isDropped) => (isDropped ? 0 : 1 / (1 - rate)));
    expect(Buffer.from(dropoutMaskValues(dropoutWords(5, 0, 1, batch, [width]), 0, 0, rate).buffer).equals(Buffer.from(expected.buffer))).toBe(true);
  });
});
