import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeCheckpoint, encodeCheckpoint, type Checkpoint } from "../../../runtime/training/checkpoint.ts";

const checkpoint = (weights: Float32Array): Checkpoint => ({
  problem: "abc", steps: 12, history: [{ epoch: 1, trainLoss: 0.1, validateLoss: null, best: true }],
  state: { "weights/dense": Float32Array.from(weights), "mean/dense": Float32Array.of(1, 2) }, best: { "weights/dense": Float32Array.from(weights) },
});

test("what is written is read, to the bit", () => {
  fc.assert(fc.property(fc.float32Array(), (weights) => {
    expect(decodeCheckpoint(Buffer.from(encodeCheckpoint(checkpoint(weights))))).toEqual(checkpoint(weights));
  }));
});

test("it is a safetensors file: header length, JSON with types, shapes and places, tensors", () => {
  const bytes = Buffer.from(encodeCheckpoint(checkpoint(Float32Array.of(0.5, 0.25))));
  const header = JSON.parse(bytes.toString("utf8", 8, 8 + Number(bytes.readBigUInt64LE()))) as Record<string, unknown>;
  expect(header["state/weights/dense"]).toEqual({ dtype: "F32", shape: [2], data_offsets: [0, 8] });
});

test("no damage goes unnoticed: any byte changed, any end cut off", () => {
  const sound = encodeCheckpoint(checkpoint(Float32Array.of(1, 2, 3)));
  fc.assert(fc.property(fc.nat(sound.length - 1), fc.integer({ min: 1, max: 255 }), (place, change) => {
    const damaged = Buffer.from(sound);
    damaged[place] = (damaged[place] ?? 0) ^ change;
    const read = decodeCheckpoint(damaged);
    // The header repeats the places of the tensors for other readers; ours has its own copy under the hash.
    if (read !== null) expect(read).toEqual(checkpoint(Float32Array.of(1, 2, 3)));
    expect(decodeCheckpoint(Buffer.from(sound.subarray(0, place)))).toBe(null);
  }), { numRuns: 1000 });
});
