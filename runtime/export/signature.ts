/** What a model asks for: the raw inputs of its `model.onnx`, and what it gives back. */
import type { Dataset, DatasetColumn, Expression, Model, Task } from "../../grammar/compiled-spec/index.ts";
import { MlspecError } from "../errors.ts";
import type { TensorType } from "../onnx/tensor.ts";
import { isHashed, textAndHashColumns } from "../preprocess/columns.ts";
import { denseOutput } from "../preprocess/encode.ts";
import { tensorNames, type RawInput } from "../preprocess/raw-inputs.ts";

/** A raw input of the model, and where serving finds it: a field of the request, or an entity feature by the request's `key` column. */
export interface SignatureInput extends RawInput {
  readonly from: DatasetColumn["from"];
}

export interface SignatureOutput {
  readonly name: string;
  readonly type: TensorType;
  readonly shape: readonly (number | string)[];
  /** In words, for people. */
  readonly meaning: string;
}

export interface ModelSignature {
  readonly task: Task;
  readonly inputs: readonly SignatureInput[];
  readonly outputs: readonly SignatureOutput[];
  /** Of a multiclass model, in the order of `probabilities`; else empty. */
  readonly classes: readonly string[];
}

/** The raw inputs of a model: the dataset's columns that its inputs' expressions read, in the dataset's order. @throws MlspecError `input-name-reserved`. */
export function signatureOf(model: Model, dataset: Dataset): readonly SignatureInput[] {
  const outputs = [...outputsOf(model.task, model.label, []).map(({ name }) => name), denseOutput];
  return rawInputsOf(model.inputs.map((input) => ({ value: input.value, hashed: isHashed(input.encode, input.value.type.kind) })), dataset.columns, model.name, outputs);
}

/** The columns that expressions read. `hashed` says that only the hash of a textual result matters; `outputs` are names that the graph needs for itself. @throws MlspecError `input-name-reserved`. */
export function rawInputsOf(
  expressions: readonly { readonly value: Expression; readonly hashed: boolean }[], columns: readonly DatasetColumn[], reader: string, outputs: readonly string[] = [],
): readonly SignatureInput[] {
  const read = textAndHashColumns(expressions);
  const known = new Set(columns.map((column) => column.name));
  for (const name of [...read.plain, ...read.hashed]) {
    if (!known.has(name)) throw new MlspecError("unknown-column", `'${reader}' reads the column '${name}', which its dataset does not have`);
  }
  const inputs = columns
    .filter(({ name }) => read.plain.has(name) || read.hashed.has(name))
    .map(({ name, type, from }) => ({ name, kind: type.kind, nullable: type.nullable, text: read.plain.has(name), hash: read.hashed.has(name), from }));
  refuseReserved(inputs, outputs);
  return inputs;
}

/** In a model's file every tensor has a name of its own. */
function refuseReserved(inputs: readonly RawInput[], outputs: readonly string[]): void {
  const taken = new Map(outputs.map((name) => [name, "one of its outputs is"]));
  for (const input of inputs) for (const name of tensorNames(input)) if (name !== input.name) taken.set(name, `the part of '${input.name}' that says ${name.endsWith(".hash") ? "its hash" : "whether it is there"}`);
  for (const { name } of inputs) {
    const by = taken.get(name);
    if (by !== undefined) throw new MlspecError("input-name-reserved", `A column that reaches the model is called '${name}', as ${by}.`, { hint: "Rename the column (`from \"…\"` keeps its name in the file), or the features." });
  }
}

export function outputsOf(task: Task, label: string, classes: readonly string[]): readonly SignatureOutput[] {
  switch (task) {
    case "binary":
      return [{ name: "prediction", type: "float", shape: ["N", 1], meaning: `the probability that ${label} is true` }];
    case "regression":
      return [{ name: "prediction", type: "double", shape: ["N", 1], meaning: `the expected ${label}` }];
    case "multiclass":
      return [
        { name: "probabilities", type: "float", shape: ["N", classes.length], meaning: `the probability of each ${label}: ${classes.join(", ")}` },
        { name: "class", type: "string", shape: ["N", 1], meaning: `the most probable ${label}` },
      ];
  }
}
