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

/** Request fields, entity keys, and features that a request may bring instead of having them looked up. */
export function inputsOf(contract: Contract): readonly TensorMetadata[] {
  const inputs = new Map<string, TensorMetadata>();
  const add = (name: string, kind: keyof typeof datatypes, optional: boolean): void => {
    if (!inputs.has(name)) inputs.set(name, { name, datatype: datatypes[kind][0] ?? "BYTES", shape: [-1, 1], optional });
  };
  contract.columns.forEach((column, i) => {
    if (contract.fromRequest.includes(i)) add(column.field, column.kind, !column.required || (column.field === "at" && column.kind === "timestamp"));
  });
  for (const { key } of contract.lookups) add(key.field, key.kind, key.nullable);
  contract.columns.forEach((column, i) => {
    if (!contract.fromRequest.includes(i)) add(column.field, column.kind, true);
  });
  return [...inputs.values()];
}

export function outputsOf(task: Task, classes: number): readonly Omit<TensorMetadata, "optional">[] {
  if (task !== "multiclass") return [{ name: "prediction", datatype: "FP32", shape: [-1, 1] }];
  return [{ name: "probabilities", datatype: "FP32", shape: [-1, classes] }, { name: "class", datatype: "BYTES", shape: [-1, 1] }];
}
