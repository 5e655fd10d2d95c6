import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Batches } from "../../../runtime/training/engine.ts";
import { interruptible, interruptibleData } from "./interruptible.ts";
import { bytesOf, train } from "./support.ts";

let folder: string;
let uninterrupted: string;
beforeAll(async () => {
  uninterrupted = bytesOf(await train(interruptible, interruptibleData));
});
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "mlspec-training-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const trainInChild = (...where: string[]) => spawnSync(process.execPath, [join(import.meta.dirname, "trainee.ts"), folder, ...where], { encoding: "utf8" });
const resumed = (parts: Parameters<typeof train>[2] = {}) => train(interruptible, interruptibleData, { checkpoints: folder, resume: true, ...parts });
const files = () => readdirSync(folder).sort();

describe("a killed training, run again, ends with the very weights of one that was never killed", () => {
  test.each([["between epochs", "after-epoch", "2"], ["within an epoch", "within-epoch", "3"], ["within the first epoch", "within-epoch", "1"]])("%s", async (_, where, epoch) => {
    expect(trainInChild(where, epoch).signal).toBe("SIGKILL");
    const seen: number[] = [];
    const network = await resumed({ onEpoch: ({ epoch: n }) => seen.push(n) });
    expect(bytesOf(network)).toBe(uninterrupted);
    expect(network.epochs.map(({ epoch: n }) => n)).toEqual([1, 2, 3, 4]);
    expect(seen[0]).toBe(where === "after-epoch" ? 3 : Number(epoch));
  });

  test("again and again", async () => {
    trainInChild("within-epoch", "2");
    trainInChild("after-epoch", "2");
    trainInChild("within-epoch", "4");
    expect(bytesOf(await resumed())).toBe(uninterrupted);
  });
});

describe("checkpoints", () => {
  test("the last two are kept, and nothing temporary", async () => {
    await resumed();
    expect(files()).toEqual(["epoch-00003.safetensors", "epoch-00004.safetensors"]);
  });

  test("a finished training is not trained again", async () => {
    await resumed();
    const seen: number[] = [];
    expect(bytesOf(await resumed({ onEpoch: ({ epoch }) => seen.push(epoch) }))).toBe(uninterrupted);
    expect(seen).toEqual([]);
  });

  test.each([
    ["cut off", (path: string) => truncateSync(path, 1000)],
    ["empty", (path: string) => truncateSync(path, 0)],
    ["with one bit turned", (path: string) => {
      const bytes = readFileSync(path);
      bytes[bytes.length - 5] = (bytes[bytes.length - 5] ?? 0) ^ 1;
      writeFileSync(path, bytes);
    }],
  ])("one that is %s is passed over with a warning, and the one before it used", async (_, damage) => {
    trainInChild("after-epoch", "3");
    damage(join(folder, "epoch-00003.safetensors"));
    const [messages, seen]: [string[], number[]] = [[], []];
    const network = await resumed({ onMessage: (_level, text) => messages.push(text), onEpoch: ({ epoch }) => seen.push(epoch) });
    expect(messages).toEqual(["the checkpoint epoch-00003.safetensors is damaged and was passed over"]);
    expect(seen).toEqual([3, 4]);
    expect(bytesOf(network)).toBe(uninterrupted);
  });

  test("those of another problem are not continued", async () => {
    trainInChild("after-epoch", "2");
    const other = { ...interruptible, train: { ...interruptible.train, seed: 4 } };
    const messages: string[] = [];
    const network = await train(other, interruptibleData, { checkpoints: folder, resume: true, onMessage: (_level, text) => messages.push(text) });
    expect(messages[0]).toBe("the checkpoint epoch-00002.safetensors belongs to another training and was passed over");
    expect(bytesOf(network)).toBe(bytesOf(await train(other, interruptibleData)));
  });

  test("more epochs continue where fewer ended", async () => {
    const short = { ...interruptible, train: { ...interruptible.train, epochs: 2 } };
    await train(short, interruptibleData, { checkpoints: folder });
    expect(bytesOf(await resumed())).toBe(uninterrupted);
  });
});

test("training that diverges leaves the checkpoint of the last good epoch, and nothing of the bad one", async () => {
  let pass = 0;
  const turnsBad: Batches = {
    rows: (part) => interruptibleData.rows(part),
    async *read(part, how) {
      if (part === "train" && how.labelsOnly !== true) pass += 1;
      for await (const chunk of interruptibleData.read(part, how)) yield pass < 3 ? chunk : { ...chunk, labels: chunk.labels.map((y) => y * 1e38) };
    },
  };
  await expect(train(interruptible, turnsBad, { checkpoints: folder })).rejects.toMatchObject({ code: "training-diverged", message: /in epoch 3/ });
  expect(files()).toEqual(["epoch-00001.safetensors", "epoch-00002.safetensors"]);
  expect(bytesOf(await resumed())).toBe(uninterrupted);
});

test("cancelled training says so, keeps its checkpoint and can be continued", async () => {
  const controller = new AbortController();
  const cancelled = resumed({ signal: controller.signal, onProgress: (done) => {
    if (done > 2 * interruptibleData.rows("train")) controller.abort();
  } });
  await expect(cancelled).rejects.toMatchObject({ code: "cancelled" });
  expect(files()).toEqual(["epoch-00001.safetensors", "epoch-00002.safetensors"]);
  expect(bytesOf(await resumed())).toBe(uninterrupted);
});
