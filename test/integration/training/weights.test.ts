/** What weights make of training: the weighted logistic regression, found by Newton's method (iteratively reweighted least squares) in plain doubles. */
import { expect, test } from "vitest";
import type { Chunk } from "../../../runtime/training/engine.ts";
import { random } from "../../../runtime/training/random.ts";
import { adam, examples, inMemory, problem, sgd, train } from "./support.ts";

const width = 2;
const plain = { denseWidth: width, embeddings: [] };

/** Solves A x = b by elimination with pivots; A and b are used up. */
function solved(a: number[][], b: number[]): number[] {
  const n = b.length;
  for (let k = 0; k < n; k += 1) {
    const pivot = a.findIndex((row, i) => i >= k && Math.abs(row[k] as number) === Math.max(...a.slice(k).map((each) => Math.abs(each[k] as number))));
    [a[k], a[pivot], b[k], b[pivot]] = [a[pivot] as number[], a[k] as number[], b[pivot] as number, b[k] as number];
    for (let i = k + 1; i < n; i += 1) {
      const factor = (a[i]?.[k] as number) / (a[k]?.[k] as number);
      a[i] = (a[i] as number[]).map((x, j) => x - factor * (a[k]?.[j] as number));
      b[i] = (b[i] as number) - factor * (b[k] as number);
    }
  }
  const x = new Array<number>(n).fill(0);
  for (let i = n - 1; i >= 0; i -= 1) x[i] = ((b[i] as number) - x.reduce((sum, each, j) => (j > i ? sum + each * (a[i]?.[j] as number) : sum), 0)) / (a[i]?.[i] as number);
  return x;
}

/** Coefficients, then the intercept, of the least Σ w (−y log p − (1 − y) log(1 − p)). */
function logisticRegression({ rows, dense: matrix, labels, weights }: Chunk): number[] {
  let beta = new Array<number>(width + 1).fill(0);
  for (let round = 0; round < 30; round += 1) {
    const gradient = new Array<number>(width + 1).fill(0);
    const hessian = gradient.map(() => new Array<number>(width + 1).fill(0));
    for (let row = 0; row < rows; row += 1) {
      const x = [...matrix.subarray(row * width, (row + 1) * width), 1];
      const p = 1 / (1 + Math.exp(-x.reduce((sum, each, i) => sum + each * (beta[i] as number), 0)));
      const w = weights[row] as number;
      x.forEach((xi, i) => {
        gradient[i] = (gradient[i] as number) + w * ((labels[row] as number) - p) * xi;
        x.forEach((xj, j) => ((hessian[i] as number[])[j] = (hessian[i]?.[j] as number) + w * p * (1 - p) * xi * xj));
      });
    }
    const step = solved(hessian, gradient);
    beta = beta.map((each, i) => each + (step[i] as number));
  }
  return beta;
}

function lossAt(beta: readonly number[], { rows, dense: matrix, labels, weights }: Chunk): number {
  let [loss, weight] = [0, 0];
  for (let row = 0; row < rows; row += 1) {
    const z = [...matrix.subarray(row * width, (row + 1) * width), 1].reduce((sum, each, i) => sum + each * (beta[i] as number), 0);
    loss += (weights[row] as number) * (Math.log1p(Math.exp(z)) - (labels[row] as number) * z);
    weight += weights[row] as number;
  }
  return loss / weight;
}

/** Noisy answers, of which every fifth weighs much more, and every seventh nothing. */
function weighted(rows: number): Chunk {
  const source = random(5);
  const made = examples(plain, rows, 3, ([a = 0, b = 0]) => (source.uniform() < 1 / (1 + Math.exp(-(2 * a - b + 0.5))) ? 1 : 0));
  return { ...made, weights: made.weights.map((_, i) => (i % 7 === 0 ? 0 : i % 5 === 0 && made.labels[i] === 1 ? 20 : 1 + (i % 3))) };
}

const data = weighted(256);
const wanted = logisticRegression(data);

test("weights matter to the answer that is looked for", () => {
  const unweighted = logisticRegression({ ...data, weights: data.weights.map(() => 1) });
  expect(Math.max(...wanted.map((each, i) => Math.abs(each - (unweighted[i] as number))))).toBeGreaterThan(0.8);
});

test.each([[1, 0.002, 300], [16, 0.03, 300], [64, 0.1, 400], [256, 1, 1500]])("in batches of %i training finds the weighted logistic regression", async (batch, rate, epochs) => {
  const network = await train(problem({ ...plain, train: { optimizer: sgd(rate), batch, epochs } }), inMemory(data));
  const [layer] = network.layers;
  const found = [...(layer?.weights ?? []), ...(layer?.bias ?? [])];
  for (const [i, each] of found.entries()) expect(Math.abs(each - (wanted[i] as number))).toBeLessThan(batch === 256 ? 0.01 : 0.1);
});

test("the loss that is told is the weighted mean over the whole part, whatever the batches", async () => {
  const losses = await Promise.all([1, 16, 256].map(async (batch) => (await train(problem({ ...plain, train: { optimizer: sgd(1e-12), batch, epochs: 1 } }), inMemory(data, data))).epochs[0]));
  for (const epoch of losses) {
    expect(epoch?.trainLoss).toBeCloseTo(epoch?.validateLoss ?? NaN, 4);
    expect(epoch?.trainLoss).toBeCloseTo(losses[0]?.trainLoss ?? NaN, 4);
  }
});

test("rare positives of weight 999 pull training to the weighted answer, and away from it they do not", async () => {
  let row = 0;
  const made = examples(plain, 8000, 9, () => (row++ % 500 === 0 ? 1 : 0));
  const rare: Chunk = { ...made, weights: made.labels.map((label) => (label === 1 ? 999 : 1)) };
  const network = await train(problem({ ...plain, train: { optimizer: adam(0.002), batch: 64, epochs: 30 } }), inMemory(rare, rare));
  const losses = network.epochs.map(({ validateLoss }) => validateLoss ?? NaN);
  expect(losses.at(-1)).toBeLessThan(lossAt(logisticRegression(rare), rare) + 0.03);
  expect(losses.at(-1)).toBeLessThan(losses[0] as number);
});

test("weights of any size: only their proportions count", async () => {
  const of = async (factor: number) => (await train(problem({ ...plain, train: { optimizer: adam(0.05), batch: 32, epochs: 5 } }), inMemory({ ...data, weights: data.weights.map((w) => w * factor) }))).layers[0]?.weights ?? [];
  const [one, tiny, huge] = [await of(1), await of(2 ** -400), await of(2 ** 400)];
  expect([...tiny]).toEqual([...one]);
  expect([...huge]).toEqual([...one]);
});
