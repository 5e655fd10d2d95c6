/** A request's values, checked against the contract of the version that answers, as rows in the contract's order. */
import type { ScalarKind } from "../../grammar/compiled-spec/index.ts";
import type { Contract } from "./contract.ts";
import { datatypes } from "./protocol.ts";
import type { PredictionRequest, RequestColumn } from "./request.ts";
import { RequestError, shown } from "./request-error.ts";
import { scalarOf, wanted } from "./values.ts";
import type { Scalar } from "./values.ts";

export interface Example {
  /** In the order of `Contract.columns`; mutable until features are looked up. */
  readonly values: Scalar[];
  /** Columns that may be missing, and for which the request said null: that is their value, and nothing is looked up. Mostly null: none. */
  readonly nulls: ReadonlySet<number> | null;
  /** By entity lookup: the key's value; undefined when every feature came with the request. */
  readonly keys: readonly (Scalar | undefined)[];
  /** By entity lookup: the key's value as it was sent, for the log. */
  readonly sentKeys: readonly Scalar[];
}

/** Reads a row. `now`: microseconds since 1970, the value of `at` when the request does not say when it is. @throws RequestError. */
export function exampleReader(request: PredictionRequest, contract: Contract, now: bigint): (row: number) => Example {
  const columns = contract.columns.map((column) => checked(request.columns.get(column.field), column.field, column.kind));
  const keys = contract.lookups.map(({ key }) => checked(request.columns.get(key.field), key.field, key.kind));
  return (row) => {
    const values = contract.columns.map((column, i): Scalar => {
      const value = read(columns[i], column.kind, row);
      return value === null && column.isNow ? now : value;
    });
    refuseMissing(request, contract, values, row);
    const sentKeys = contract.lookups.map(({ key }, i) => read(keys[i], key.kind, row));
    const nulls = sentNulls(contract, columns, row);
    return { values, nulls, keys: sentKeys.map((key, i) => keyValue(request, contract, i, key, { values, nulls }, row)), sentKeys };
  };
}

/** What of a contract's fields a row brought, where the contract's version does not answer it: what is missing, or of another kind, is null. */
export function sentReader(request: PredictionRequest, contract: Contract): (row: number) => Pick<Example, "values" | "sentKeys"> {
  const columns = contract.columns.map(({ field }) => request.columns.get(field));
  const keys = contract.lookups.map(({ key }) => request.columns.get(key.field));
  return (row) => ({
    values: contract.columns.map(({ kind }, i) => readOrNull(columns[i], kind, row)),
    sentKeys: contract.lookups.map(({ key }, i) => readOrNull(keys[i], key.kind, row)),
  });
}

/** Of what is looked up when it is not sent. A null for what is never missing is as if it was not sent. */
function sentNulls({ lookups }: Contract, columns: readonly (RequestColumn | undefined)[], row: number): ReadonlySet<number> | null {
  let nulls: Set<number> | null = null;
  for (const { features } of lookups) {
    for (const { column, nullable } of features) if (nullable && columns[column]?.at(row) === null) (nulls ??= new Set()).add(column);
  }
  return nulls;
}

function read(column: RequestColumn | undefined, kind: ScalarKind, row: number): Scalar {
  const value = column?.at(row);
  if (value === undefined || value === null) return null;
  return scalarOf(kind, value, () => column?.part(row) ?? "");
}

function readOrNull(column: RequestColumn | undefined, kind: ScalarKind, row: number): Scalar {
  try {
    return read(column, kind, row);
  } catch (error) {
    if (error instanceof RequestError) return null;
    throw error;
  }
}

function checked(column: RequestColumn | undefined, field: string, kind: ScalarKind): RequestColumn | undefined {
  if (column === undefined || column.datatype === null || datatypes[kind].includes(column.datatype)) return column;
  throw new RequestError(400, "datatype-mismatch", `The input ${shown(field)} has the datatype ${column.datatype}; it takes ${datatypes[kind].slice(0, 2).join(" or ")} (${wanted[kind]}).`, {
    part: column.part(0).replace(/\.data\[0\]$/, ".datatype"),
  });
}

function refuseMissing(request: PredictionRequest, contract: Contract, values: readonly Scalar[], row: number): void {
  for (const i of contract.fromRequest) {
    const column = contract.columns[i];
    if (column !== undefined && column.required && values[i] === null) throw missing(request, column.field, column.kind, row);
  }
}

function keyValue(request: PredictionRequest, contract: Contract, index: number, key: Scalar, { values, nulls }: Pick<Example, "values" | "nulls">, row: number): Scalar | undefined {
  const lookup = contract.lookups[index];
  if (lookup === undefined || lookup.features.every(({ column }) => values[column] !== null || nulls?.has(column) === true)) return undefined;
  const needed = lookup.features.some(({ column }) => contract.columns[column]?.required === true && values[column] === null);
  if (key === null && needed && !lookup.key.nullable) throw missing(request, lookup.key.field, lookup.key.kind, row, lookup.view);
  return key;
}

function missing(request: PredictionRequest, field: string, kind: ScalarKind, row: number, view?: string): RequestError {
  const why = view === undefined ? "" : `, by which the features of ${view} are looked up`;
  return new RequestError(400, "field-missing", `The request has no ${shown(field)}${why}.`, {
    part: request.container(row), hint: `Send ${shown(field)}: ${wanted[kind]}.`,
  });
}
