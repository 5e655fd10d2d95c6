/** Pieces of a compiled spec with the parts that preprocessing does not look at filled in. */
import type { Dataset, DatasetColumn, Encoding, Expression, Layer, Model, ModelInput, ScalarKind, Task, Training } from "../../../grammar/compiled-spec/index.ts";

const origin = { file: 0, range: [0, 0, 0, 0] as [number, number, number, number] };
const named = (name: string) => ({ name, doc: null, origin, at: {} });

export const col = (name: string, kind: ScalarKind, nullable = false): Expression => ({ op: "column", type: { kind, nullable }, column: name });
export const lit = (value: string | number | boolean | null, kind: ScalarKind): Expression => ({ op: "literal", type: { kind, nullable: value === null }, value });
export const call = (fn: string, kind: ScalarKind, ...args: Expression[]): Expression => ({ op: "call", type: { kind, nullable: args.some((a) => a.type.nullable) }, fn, args });

export const input = (name: string, value: Expression, encode: Encoding): ModelInput => ({ name, origin, value, encode });

export const dataset = (columns: readonly DatasetColumn[]): Dataset => ({
  ...named("examples"), examples: "source", where: null, onePer: [], label: "label", columns: [...columns], features: [], weight: null,
  split: { kind: "hash", by: [], train: 0.8, validate: 0.1, test: 0.1 }, test: null, quarantines: [],
});

export const training = (changes: Partial<Training> = {}): Training => ({
  optimizer: { kind: "adam", rate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 },
  batch: 32, epochs: 2, seed: 7, patience: null, device: "cpu", engine: "onnxruntime", budgetMs: null, ...changes,
});

export const model = (task: Task, inputs: readonly ModelInput[], network: readonly Layer[] = [{ kind: "dense", units: 8, activation: "relu" }], train: Training = training()): Model => ({
  ...named("model"), dataset: "examples", label: "label", task, inputs: [...inputs], network: [...network], train, fallbacks: [], owner: null,
});
