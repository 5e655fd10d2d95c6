/**
 * What answers when the model cannot: the fallback's expression as a little ONNX graph of its own, over the same raw values.
 * Same functions, same nulls as in training's SQL.
 */
import type { Dataset, DatasetColumn, Expression, Model } from "../../grammar/compiled-spec/index.ts";
import { MlspecError } from "../errors.ts";
import { exportExpressions, valuesOf } from "../export/expressions.ts";
import { feedsFromColumns } from "../export/feeds.ts";
import type { RawValue } from "../export/feeds.ts";
import { rawInputsOf } from "../export/signature.ts";
import type { SignatureInput } from "../export/signature.ts";
import { openSession } from "../onnx/session.ts";
import type { Contract } from "./contract.ts";
import type { Prediction } from "./prediction.ts";
import type { Scalar } from "./values.ts";

export interface OpenFallback {
  readonly name: string;
  readonly inputs: readonly SignatureInput[];
  /** Why it stands in for nothing, as far as that has shown; null while it has not. `forGood`: it depends on no request. */
  emptiness(): { readonly why: string; readonly forGood: boolean } | null;
  /** One answer per row; null where the expression is null. */
  answer(contract: Pick<Contract, "columns">, rows: readonly (readonly Scalar[])[]): Promise<(Prediction | null)[]>;
  release(): Promise<void>;
}

/** The fallback that the service names, or null when it names none. */
export async function openFallback(model: Model, dataset: Dataset, name: string | null): Promise<OpenFallback | null> {
  if (name === null) return null;
  const declared = model.fallbacks.find((fallback) => fallback.name === name);
  if (declared === undefined) {
    throw new MlspecError("fallback-unknown", `The model ${model.name} has no fallback ${name}.`, { hint: `It has: ${model.fallbacks.map((each) => each.name).join(", ") || "none"}.` });
  }
  // Whatever the model needs may be missing here: the expression decides what it makes of null.
  const columns = dataset.columns.map((column) => ({ ...column, type: { ...column.type, nullable: true } }));
  const inputs = rawInputsOf([{ value: declared.value, hashed: false }], columns, declared.name);
  const value = inputs.length === 0 ? onEveryRow(declared.value) : declared.value;
  const graph = exportExpressions([{ name, value }], inputs.length === 0 ? [rowColumn] : columns, declared.name);
  const session = await openSession(graph.bytes, { threads: 1 });
  const answer: OpenFallback["answer"] = async (contract, rows) => {
    const feeds = feedsFromColumns(graph.inputs, (column) => ({ values: valuesAt(contract, rows, column) }), rows.length);
    return valuesOf(await session.run(feeds), name).map((found) => predictionOf(found, model.task === "multiclass"));
  };
  const [constant] = inputs.length === 0 ? await answer(readsNothing, [[]]) : [undefined];
  let [asked, given] = [0, 0];
  return {
    name, inputs,
    async answer(contract, rows) {
      const predictions = await answer(contract, rows);
      asked += rows.length;
      given += predictions.filter((prediction) => prediction !== null).length;
      return predictions;
    },
    emptiness() {
      if (constant === null) return { why: `the fallback ${name} has no value for any request`, forGood: true };
      return asked > 0 && given === 0 ? { why: `the fallback ${name} had no value for any of the ${asked} rows that it was asked about`, forGood: false } : null;
    },
    release: () => session.release(),
  };
}

/** Of a fallback that is a constant. */
const readsNothing: Pick<Contract, "columns"> = { columns: [] };

function valuesAt(contract: Pick<Contract, "columns">, rows: readonly (readonly Scalar[])[], name: string): readonly RawValue[] {
  if (name === rowColumn.name) return rows.map((_, row) => row);
  const at = contract.columns.findIndex((column) => column.name === name);
  return rows.map((row) => row[at] ?? null);
}

function predictionOf(found: RawValue, isClass: boolean): Prediction | null {
  if (found === null || found === undefined) return null;
  if (isClass) return { value: 1, label: String(found), probabilities: null };
  const value = Number(found);
  return Number.isFinite(value) ? { value, label: null, probabilities: null } : null;
}

/** A graph learns from its inputs how many rows there are, and a constant reads none: it gets the row's number. */
const rowColumn: DatasetColumn = {
  name: "row number", type: { kind: "int", nullable: false }, tags: [], origin: { file: 0, range: [0, 0, 0, 0] }, role: "feature",
  from: { kind: "example", column: "row number", field: "row number" },
};

function onEveryRow(value: Expression): Expression {
  const row: Expression = { op: "column", type: rowColumn.type, column: rowColumn.name };
  const when: Expression = { op: "call", fn: "equal", type: { kind: "bool", nullable: false }, args: [row, row] };
  return { op: "if", type: value.type, when, then: value, else: value };
}
