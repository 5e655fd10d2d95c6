/**
 * What answers when the model cannot: the fallback's expression as a little ONNX graph of its own, over the same raw values.
 * Same functions, same nulls as in training's SQL.
 */
import type { CompiledSpec, Dataset, Fallback, Model, ScalarKind } from "../../grammar/compiled-spec/index.ts";
import { MlspecError } from "../errors.ts";
import { feedsFromColumns } from "../export/feeds.ts";
import { rawInputsOf } from "../export/signature.ts";
import type { SignatureInput } from "../export/signature.ts";
import { GraphBuilder } from "../onnx/graph.ts";
import { openSession } from "../onnx/session.ts";
import type { Session, Tensors } from "../onnx/session.ts";
import { converted } from "../preprocess/emitted.ts";
import type { Emitted } from "../preprocess/emitted.ts";
import { emitExpression } from "../preprocess/expression.ts";
import { operatorsOf, tensorTypeOf } from "../preprocess/operators.ts";
import type { Operators } from "../preprocess/operators.ts";
import type { Contract } from "./contract.ts";
import type { Prediction } from "./prediction.ts";
import type { Scalar } from "./values.ts";

export interface OpenFallback {
  readonly name: string;
  readonly inputs: readonly SignatureInput[];
  /** One answer per row; null where the expression is null. */
  answer(contract: Contract, rows: readonly (readonly Scalar[])[]): Promise<(Prediction | null)[]>;
  release(): Promise<void>;
}

/** The fallback that the service names, or null when it names none. */
export async function openFallback(spec: CompiledSpec, model: Model, dataset: Dataset, name: string | null): Promise<OpenFallback | null> {
  if (name === null) return null;
  const declared = model.fallbacks.find((fallback) => fallback.name === name);
  if (declared === undefined) {
    throw new MlspecError("fallback-unknown", `The model ${model.name} has no fallback ${name}.`, { hint: `It has: ${model.fallbacks.map((each) => each.name).join(", ") || "none"}.` });
  }
  const inputs = fallbackInputs(declared, dataset);
  const textual = model.task === "multiclass";
  const session = await openSession(fallbackGraph(declared, inputs, textual), { threads: 1 });
  return { name, inputs, answer: (contract, rows) => answer(session, inputs, textual, contract, rows), release: () => session.release() };
}

export function fallbackInputs(fallback: Fallback, dataset: Dataset): readonly SignatureInput[] {
  // Both forms of a text: which of them the expression reads is the emitter's affair. Everything may be missing here.
  return rawInputsOf([{ value: fallback.value, hashed: false }], dataset.columns, fallback.name)
    .map((input) => ({ ...input, nullable: true, text: true, hash: input.kind === "string" }));
}

export function fallbackGraph(fallback: Fallback, inputs: readonly SignatureInput[], textual: boolean): Uint8Array {
  const graph = new GraphBuilder(`fallback_${fallback.name}`);
  const operators = operatorsOf(graph);
  const columns = new Map(inputs.map((input) => [input.name, inputOf(graph, input)]));
  const column = (name: string, hashed: boolean): Emitted => {
    const found = columns.get(name);
    if (found === undefined) throw new MlspecError("unknown-column", `The fallback ${fallback.name} reads ${name}, which the dataset does not have.`);
    return hashed ? found.hash : found.plain;
  };
  const emitted = emitExpression({ operators, column }, fallback.value);
  const value = textual ? emitted : converted(operators, asNumber(operators, emitted), "float");
  graph.output(value.value, "value", textual ? tensorTypeOf(value.kind) : "double", ["N", 1]);
  graph.output(value.present ?? operators.bool(true), "present", "bool", ["P", 1]);
  return graph.toModel();
}

function asNumber(o: Operators, emitted: Emitted): Emitted {
  if (emitted.kind !== "bool") return emitted;
  return { kind: "int" satisfies ScalarKind, value: o.cast(emitted.value, "int64"), present: emitted.present };
}

function inputOf(graph: GraphBuilder, input: SignatureInput): { readonly plain: Emitted; readonly hash: Emitted } {
  const { kind, name } = input;
  const value = graph.input(name, tensorTypeOf(kind), ["N", 1]);
  const hash = input.hash ? graph.input(`${name}.hash`, "int64", ["N", 1]) : value;
  const present = graph.input(`${name}.present`, "bool", ["N", 1]);
  return { plain: { kind, value, present }, hash: { kind, value: hash, present, hashed: true } };
}

async function answer(
  session: Session, inputs: readonly SignatureInput[], textual: boolean, contract: Contract, rows: readonly (readonly Scalar[])[],
): Promise<(Prediction | null)[]> {
  const at = new Map(contract.columns.map((column, i) => [column.name, i]));
  const feeds = feedsFromColumns(inputs, (name) => {
    const column = at.get(name);
    return column === undefined ? undefined : { values: rows.map((row) => row[column]) };
  }, rows.length);
  return read(await session.run(feeds), rows.length, textual);
}

function read(outputs: Tensors, rows: number, textual: boolean): (Prediction | null)[] {
  const { value, present } = outputs;
  if (value === undefined || present === undefined) throw new MlspecError("model-failed", "The fallback gave no value.");
  // A value that no input takes part in has one row for all.
  const pick = (data: ArrayLike<unknown>, row: number): unknown => data[data.length === 1 ? 0 : row];
  return Array.from({ length: rows }, (_, row) => {
    if (pick(present.data, row) !== 1) return null;
    const found = pick(value.data, row);
    if (textual) return { value: 1, label: String(found), probabilities: null };
    const number = Number(found);
    return Number.isFinite(number) ? { value: number, label: null, probabilities: null } : null;
  });
}
