import { describe, expect, test } from "vitest";
import type { Batches, Chunk } from "../../../runtime/training/engine.ts";
import { random } from "../../../runtime/training/random.ts";
import { adam, bytesOf, dense, dropout, examples, inMemory, predictions, problem, rowsOf, sgd, train } from "./support.ts";

const plain = (width: number) => ({ denseWidth: width, embeddings: [] });

describe("it learns", () => {
  test("exclusive or, with a hidden layer", async () => {
    const data: Chunk = { ...examples(plain(2), 4, 1, () => 0), dense: Float32Array.of(0, 0, 0, 1, 1, 0, 1, 1), labels: Float64Array.of(0, 1, 1, 0) };
    const network = await train(problem({ denseWidth: 2, layers: [dense(8, "tanh")], train: { optimizer: adam(0.05), batch: 4, epochs: 300 } }), inMemory(data));
    expect((await predictions(network, data)).map(Math.round)).toEqual([0, 1, 1, 0]);
  });

  test("a line, in the label's own unit: y = 3000 x₁ − 500 x₂ + 20000", async () => {
    const data = examples(plain(2), 400, 2, ([a = 0, b = 0]) => 3000 * a - 500 * b + 20_000);
    const network = await train(problem({ task: "regression", denseWidth: 2, train: { optimizer: adam(0.05), batch: 50, epochs: 60 } }), inMemory(data));
    const [layer] = network.layers;
    const { mean, deviation } = network.target ?? { mean: NaN, deviation: NaN };
    expect((layer?.weights[0] ?? NaN) * deviation).toBeCloseTo(3000, -1);
    expect((layer?.weights[1] ?? NaN) * deviation).toBeCloseTo(-500, -1);
    expect((layer?.bias[0] ?? NaN) * deviation + mean).toBeCloseTo(20_000, -1);
    expect(layer?.activation).toBe("linear");
    expect(network.epochs.at(-1)?.trainLoss).toBeLessThan(50);
  });

  test("a constant, exactly", async () => {
    const data = examples(plain(1), 50, 2, () => 12.5);
    const network = await train(problem({ task: "regression", denseWidth: 1, train: { optimizer: adam(0.05), batch: 50, epochs: 200 } }), inMemory(data));
    for (const value of await predictions(network, data)) expect(value).toBeCloseTo(12.5, 1);
  });

  test("three classes", async () => {
    const classOf = ([x = 0, y = 0]: readonly number[]) => (x + y > 0.5 ? 2 : x > y ? 1 : 0);
    const what = problem({ task: "multiclass", classes: 3, denseWidth: 2, layers: [dense(16, "relu")], train: { optimizer: adam(0.02), batch: 64, epochs: 40 } });
    const network = await train(what, inMemory(examples(plain(2), 2000, 3, classOf)));
    const unseen = examples(plain(2), 300, 4, classOf);
    const probabilities = await predictions(network, unseen);
    const correct = [...unseen.labels].filter((label, row) => {
      const three = probabilities.slice(3 * row, 3 * row + 3);
      expect(three.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
      return three.indexOf(Math.max(...three)) === label;
    });
    expect(correct.length / unseen.rows).toBeGreaterThan(0.95);
  });

  test("what only an embedding tells", async () => {
    const embeddings = [{ name: "sku", rows: 50, size: 4 }];
    const likes = (_: readonly number[], [sku = 0]: readonly number[]) => (sku * 7) % 3 === 0 ? 1 : 0;
    const data = examples({ denseWidth: 0, embeddings }, 3000, 5, likes);
    const network = await train(problem({ denseWidth: 0, embeddings, layers: [dense(8, "relu")], train: { optimizer: adam(0.02), batch: 100, epochs: 20 } }), inMemory(data));
    expect((await predictions(network, data)).map(Math.round)).toEqual([...data.labels]);
  });

  test("through dropout, whose scale leaves no trace in the network", async () => {
    const data = examples(plain(4), 4000, 6, (row) => (row.reduce((a, b) => a + b) > 0 ? 1 : 0));
    const what = problem({ denseWidth: 4, layers: [dense(32, "relu"), dropout(0.3)], train: { optimizer: adam(0.01), batch: 200, epochs: 15 } });
    const found = await predictions(await train(what, inMemory(data)), data);
    expect(found.filter((p, row) => Math.round(p) === data.labels[row]).length / data.rows).toBeGreaterThan(0.95);
  });
});

describe("weights of examples", () => {
  const what = problem({ denseWidth: 2, layers: [dense(4, "tanh")], train: { optimizer: sgd(0.5), batch: 16, epochs: 5 } });
  const data = examples(plain(2), 8, 7, ([a = 0]) => (a > 0 ? 1 : 0));

  test("an example of weight 2 counts as two", async () => {
    const twice = await train(what, inMemory({ ...data, weights: Float64Array.of(2, 2, 1, 1, 1, 1, 1, 1) }));
    const doubled = [0, 0, 1, 1, 2, 3, 4, 5, 6, 7].map((row) => rowsOf(data, row, row + 1));
    const copies: Chunk = { rows: 10, indices: [], dense: Float32Array.from(doubled.flatMap((c) => [...c.dense])), labels: Float64Array.from(doubled.flatMap((c) => [...c.labels])), weights: new Float64Array(10).fill(1) };
    const written = await train(what, inMemory(copies));
    twice.layers.forEach((layer, i) => layer.weights.forEach((w, j) => expect(w).toBeCloseTo(written.layers[i]?.weights[j] ?? NaN, 5)));
  });

  test("an example of weight 0 counts for nothing", async () => {
    const lie = data.labels.map((label, row) => (row === 0 ? 1 - label : label));
    const weights = Float64Array.of(0, 1, 1, 1, 1, 1, 1, 1);
    const [one, other] = [await train(what, inMemory({ ...data, weights })), await train(what, inMemory({ ...data, weights, labels: lie }))];
    expect(bytesOf(one)).toBe(bytesOf(other));
  });

  test("no example with weight is an error", async () => {
    await expect(train(what, inMemory({ ...data, weights: new Float64Array(8) }))).rejects.toMatchObject({ code: "no-training-examples" });
  });
});

describe("the same seed gives the same bytes", () => {
  const embeddings = [{ name: "few", rows: 3, size: 4 }];
  const shape = { denseWidth: 3, embeddings };
  const data = examples(shape, 90_000, 8, ([a = 0], [e = 0]) => (a + e > 1 ? 1 : 0));
  const what = problem({ ...shape, layers: [dense(8, "relu"), dropout(0.1)], train: { optimizer: adam(), batch: 1000, epochs: 2 } });

  test("run after run, however the reader cuts its chunks", async () => {
    const first = bytesOf(await train(what, inMemory(data)));
    expect(bytesOf(await train(what, inMemory(data)))).toBe(first);
    expect(bytesOf(await train(what, inMemory(data, null, 2048)))).toBe(first);
    expect(bytesOf(await train(what, inMemory(data, null, 33_333)))).toBe(first);
  });

  test("and another seed gives others", async () => {
    const small = inMemory(rowsOf(data, 0, 1000));
    const other = { ...what, train: { ...what.train, seed: 8 } };
    expect(bytesOf(await train(what, small))).not.toBe(bytesOf(await train(other, small)));
  });
});

describe("early stopping", () => {
  const source = random(9);
  const noise = (rows: number, seed: number) => examples(plain(8), rows, seed, () => source.below(2));
  const data = inMemory(noise(60, 1), noise(200, 2));
  const learnsNoise = problem({ denseWidth: 8, layers: [dense(64, "relu")], train: { optimizer: adam(0.01), batch: 60, epochs: 200, patience: 5 } });

  test("ends when the validation loss has not improved for `patience` epochs, with the weights of the best epoch", async () => {
    const network = await train(learnsNoise, data);
    expect(network.stopped).toBe("patience");
    expect(network.epochs.length).toBe(network.bestEpoch + 5);
    const losses = network.epochs.map(({ validateLoss }) => validateLoss ?? NaN);
    expect(Math.min(...losses)).toBe(losses[network.bestEpoch - 1]);
    const onlySoFar = { ...learnsNoise, train: { ...learnsNoise.train, epochs: network.bestEpoch } };
    expect(bytesOf(network)).toBe(bytesOf(await train(onlySoFar, data)));
  });

  test("without patience every epoch is trained, and the best one's weights kept all the same", async () => {
    const network = await train({ ...learnsNoise, train: { ...learnsNoise.train, epochs: 40, patience: null } }, data);
    expect(network.stopped).toBe("epochs");
    expect(network.epochs.length).toBe(40);
    expect(network.bestEpoch).toBeLessThan(40);
  });

  test("without a validation part the last epoch is the best", async () => {
    const network = await train({ ...learnsNoise, train: { ...learnsNoise.train, epochs: 3 } }, inMemory(noise(60, 1)));
    expect(network).toMatchObject({ bestEpoch: 3, stopped: "epochs" });
    expect(network.epochs.every(({ validateLoss }) => validateLoss === null)).toBe(true);
  });
});

describe("the budget", () => {
  const data = inMemory(examples(plain(3), 100, 1, ([a = 0]) => (a > 0 ? 1 : 0)));
  /** A clock that moves on by a second whenever it is asked. */
  const clock = () => {
    let time = 0;
    return () => (time += 1000);
  };

  test("ends training after the epochs that fit", async () => {
    const network = await train(problem({ train: { epochs: 1000, batch: 100, budgetMs: 20_000 } }), data, { now: clock() });
    expect(network.stopped).toBe("budget");
    expect(network.epochs.length).toBeGreaterThan(1);
    expect(network.epochs.length).toBeLessThan(20);
  });

  test("that is too small for one epoch is an error", async () => {
    await expect(train(problem({ train: { budgetMs: 500 } }), data, { now: clock() })).rejects.toMatchObject({ code: "training-over-budget" });
  });
});

describe("when training cannot go well", () => {
  const data = examples(plain(3), 100, 1, ([a = 0]) => a * 5);
  const runaway = problem({ task: "regression", layers: [dense(8, "relu")], train: { optimizer: sgd(1e6), batch: 10, epochs: 5 } });

  test("a rate that is far too high is reported with the epoch", async () => {
    await expect(train(runaway, inMemory(data))).rejects.toMatchObject({ code: "training-diverged", message: /^the loss became (infinite|not a number) in epoch \d/ });
  });

  test("a column that is not a number is named", async () => {
    const broken = { ...data, dense: data.dense.map((x, i) => (i === 3 * 50 + 2 ? NaN : x)) };
    await expect(train({ ...runaway, train: { ...runaway.train, optimizer: adam() } }, inMemory(broken))).rejects.toMatchObject({ code: "input-not-a-number", message: /column 2 / });
  });

  test.each(["binary", "regression"] as const)("a label that is not a number is reported (%s)", async (task) => {
    const broken = { ...data, labels: data.labels.map((y, i) => (i === 42 ? NaN : y > 0 ? 1 : 0)) };
    await expect(train(problem({ task }), inMemory(broken))).rejects.toMatchObject({ code: "label-not-a-number" });
  });

  test("no examples", async () => {
    await expect(train(problem({}), inMemory(rowsOf(data, 0, 0)))).rejects.toMatchObject({ code: "no-training-examples" });
  });
});

test("however many examples there are, chunks stay small: fewer rows for wider inputs and bigger networks", async () => {
  const asked: number[] = [];
  const watched = (width: number): Batches => {
    const inner = inMemory(examples(plain(width), 10, 1, () => 1));
    return { rows: (part) => inner.rows(part), read: (part, options) => {
      if (options.labelsOnly !== true) asked.push(options.chunkRows);
      return inner.read(part, options);
    } };
  };
  await train(problem({ denseWidth: 3 }), watched(3));
  await train(problem({ denseWidth: 1000 }), watched(1000));
  await train(problem({ denseWidth: 100, layers: [dense(2000, "relu")] }), watched(100));
  const [small = 0, wide = 0, big = 0] = asked;
  expect(small).toBe(65_536);
  expect(wide * 1000 * 4).toBeLessThanOrEqual(64 * 2 ** 20);
  expect(big).toBeLessThan(small);
});

test("wide examples of the validation part, too, come a few at a time", async () => {
  const asked: number[] = [];
  const width = 5000;
  const inner = inMemory(examples(plain(width), 10, 1, () => 1), examples(plain(width), 10, 2, () => 1));
  await train(problem({ denseWidth: width }), { rows: (part) => inner.rows(part), read: (part, options) => {
    if (part === "validate") asked.push(options.chunkRows);
    return inner.read(part, options);
  } });
  expect(asked).toHaveLength(1);
  expect((asked[0] ?? 0) * width * 4).toBeLessThanOrEqual(64 * 2 ** 20);
});

test("progress counts every example once per epoch", async () => {
  const seen: number[] = [];
  const data = inMemory(examples(plain(3), 100, 1, () => 1));
  await train(problem({ train: { epochs: 3 } }), data, { onProgress: (done) => seen.push(done) });
  expect(seen).toEqual([100, 200, 300]);
});
