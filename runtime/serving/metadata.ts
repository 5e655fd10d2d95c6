/** What the protocol's GET routes tell about the model. */
import type { Task } from "../../grammar/compiled-spec/index.ts";
import type { Contract } from "./contract.ts";
import { datatypes } from "./protocol.ts";

export interface TensorMetadata {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  /** Not in the protocol: whether a request may leave it out. */
  readonly optional: boolean;
}

/**
 * Request fields, entity keys, the units of rollouts, and features that a request may bring instead of having them looked up.
 * `unit`: of the rollout under way, which may be one that the spec does not have any more. `others`: of the versions beside the one that answers, such as a rollout's candidate; what only they read may be left out, since requests without it are answered.
 */
export function inputsOf(contract: Contract, others: readonly Contract[] = [], unit: string | null = null): readonly TensorMetadata[] {
  const known = inputsOfOne(contract);
  const own = unit === null || known.some(({ name }) => name === unit) ? known : [...known, { name: unit, datatype: "BYTES", shape: [-1, 1], optional: true }];
  const named = new Set(own.map(({ name }) => name));
  const more = new Map(others.flatMap((other) => inputsOfOne(other)).filter(({ name }) => !named.has(name)).map((input) => [input.name, { ...input, optional: true }]));
  return [...own, ...more.values()];
}

function inputsOfOne(contract: Contract): readonly TensorMetadata[] {
  const inputs = new Map<string, TensorMetadata>();
  const add = (name: string, kind: keyof typeof datatypes, optional: boolean): void => {
    if (!inputs.has(name)) inputs.set(name, { name, datatype: datatypes[kind][0] ?? "BYTES", shape: [-1, 1], optional });
  };
  contract.columns.forEach((column, i) => {
    if (contract.fromRequest.includes(i)) add(column.field, column.kind, !column.required || column.isNow);
  });
  for (const { key } of contract.lookups) add(key.field, key.kind, key.nullable);
  for (const { field, kind } of contract.units) add(field, kind, true);
  contract.columns.forEach((column, i) => {
    if (!contract.fromRequest.includes(i)) add(column.field, column.kind, true);
  });
  return [...inputs.values()];
}

export interface OutputMetadata extends Omit<TensorMetadata, "optional"> {
  readonly parameters?: ClassNames;
}

/** `parameters` of a tensor of probabilities: what its columns stand for. The protocol's parameters are texts, numbers and booleans, so the list is JSON in a text. */
export interface ClassNames {
  readonly classes: string;
}

export const classNames = (classes: readonly string[]): ClassNames => ({ classes: JSON.stringify(classes) });

/** FP32 holds a probability; of a number such as 1,700,000,060 it would keep seven digits. */
export const predictionDatatype = (task: Exclude<Task, "multiclass">): "FP32" | "FP64" => (task === "regression" ? "FP64" : "FP32");

/** `classes`: of a multiclass version; null while none is loaded. */
export function outputsOf(task: Task, classes: readonly string[] | null): readonly OutputMetadata[] {
  if (task !== "multiclass") return [{ name: "prediction", datatype: predictionDatatype(task), shape: [-1, 1] }];
  return [{ name: "probabilities", datatype: "FP32", shape: [-1, classes?.length ?? -1], ...(classes === null ? {} : { parameters: classNames(classes) }) }, { name: "class", datatype: "BYTES", shape: [-1, 1] }];
}
