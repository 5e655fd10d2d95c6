/** The Open Inference Protocol v2 over JSON: `POST /v2/models/{model}/infer`. Sizes: N rows, every input [N] or [N, 1]. */
import type { ScalarKind } from "../../grammar/compiled-spec/index.ts";
import { isObject } from "./body.ts";
import type { PredictionRequest, RequestColumn } from "./request.ts";
import { RequestError, shown } from "./request-error.ts";
import type { Pace } from "./turns.ts";

const integers = ["INT64", "INT32", "INT16", "INT8", "UINT64", "UINT32", "UINT16", "UINT8"];
const floats = ["FP64", "FP32", "FP16"];
/** Datatypes in which a kind may arrive; the first is what the model's metadata names. */
export const datatypes: Readonly<Record<ScalarKind, readonly string[]>> = {
  bool: ["BOOL"],
  // Whole numbers as floats: that is how tables with missing values hold them. A fraction is refused by its value.
  int: [...integers, ...floats],
  float: [...floats, ...integers],
  string: ["BYTES"],
  timestamp: ["BYTES", "INT64"],
  date: ["BYTES", "INT64"],
  duration: [...integers, ...floats],
};
const known = new Set(Object.values(datatypes).flat());

/** The smallest and the largest value that a datatype holds; the widest integers are bounded by what JSON numbers hold exactly (`values.ts`). */
const ranges: Readonly<Partial<Record<string, readonly [number, number]>>> = {
  INT8: [-128, 127], INT16: [-32_768, 32_767], INT32: [-(2 ** 31), 2 ** 31 - 1],
  UINT8: [0, 255], UINT16: [0, 65_535], UINT32: [0, 2 ** 32 - 1], UINT64: [0, 2 ** 64],
  FP16: [-65_504, 65_504], FP32: [-(2 - 2 ** -23) * 2 ** 127, (2 - 2 ** -23) * 2 ** 127],
};

export const longestId = 200;

export function idOf(value: unknown): string | null {
  if (value === undefined || value === null || value === "") return null;
  // Half a character (a lone surrogate) has no UTF-8: it would be answered and logged as another id, and two such as the same one.
  if (typeof value !== "string" || value.length > longestId || !value.isWellFormed()) {
    throw new RequestError(400, "id-invalid", `The request's id must be a text of at most ${longestId} whole characters.`, { part: "id" });
  }
  return value;
}

export async function readInferRequest(body: Record<string, unknown>, mostRows: number, pace: Pace): Promise<PredictionRequest> {
  const { inputs } = body;
  if (!Array.isArray(inputs) || inputs.length === 0) {
    throw new RequestError(400, "inputs-missing", "The request has no inputs.", {
      part: "inputs", hint: 'Send {"inputs": [{"name": …, "shape": [1, 1], "datatype": …, "data": […]}]}; GET the model to see which.',
    });
  }
  const columns = new Map<string, RequestColumn>();
  let rows = -1;
  for (let i = 0; i < inputs.length; i++) {
    if (pace.due()) await pace.rest();
    const { name, column, count } = readInput(inputs[i], i, mostRows);
    if (columns.has(name)) throw new RequestError(400, "input-repeated", `The input ${shown(name)} is there twice.`, { part: `inputs[${i}].name` });
    if (rows === -1) rows = count;
    else if (rows !== count) {
      throw new RequestError(400, "shape-mismatch", `The input ${shown(name)} has ${count} rows, but the inputs before it have ${rows}.`, { part: `inputs[${i}].shape` });
    }
    columns.set(name, column);
  }
  checkRows(rows, mostRows);
  return { id: idOf(body["id"]), rows, columns, besides: [], outputs: readOutputs(body["outputs"]), container: () => "inputs" };
}

export function checkRows(rows: number, most: number): void {
  if (rows < 1) throw new RequestError(400, "request-empty", "The request has no rows.", { hint: "Send at least one." });
  refuseTooMany(rows, most);
}

function refuseTooMany(rows: number, most: number): void {
  if (rows > most) throw new RequestError(413, "too-many-rows", `The request has ${rows} rows; at most ${most} are answered at once.`, { hint: "Split it." });
}

function readInput(input: unknown, i: number, mostRows: number): { readonly name: string; readonly column: RequestColumn; readonly count: number } {
  const at = (part: string): string => `inputs[${i}]${part}`;
  if (!isObject(input)) throw new RequestError(400, "input-invalid", `${at("")} must be an object with name, shape, datatype and data.`, { part: at("") });
  const { name, datatype } = input;
  if (typeof name !== "string" || name === "") throw new RequestError(400, "input-invalid", `${at(".name")} must be the input's name.`, { part: at(".name") });
  if (typeof datatype !== "string" || !known.has(datatype)) {
    throw new RequestError(400, "datatype-unknown", `The input ${shown(name)} has the datatype ${shown(datatype)}.`, { part: at(".datatype"), hint: `Use one of ${[...known].join(", ")}.` });
  }
  const values = readData(input, name, at, mostRows);
  refuseOutOfRange(values, datatype, at);
  return { name, count: values.length, column: { at: (row) => values[row], datatype, part: (row) => `inputs[${i}].data[${row}]` } };
}

function readData(input: Record<string, unknown>, name: string, at: (part: string) => string, mostRows: number): readonly unknown[] {
  const { shape, data, parameters } = input;
  if (isObject(parameters) && "binary_data_size" in parameters) {
    throw new RequestError(400, "binary-not-supported", `The input ${shown(name)} is binary; this server takes JSON.`, { part: at(".parameters"), hint: "Send the values in data." });
  }
  const rows = rowsOf(shape, name, at(".shape"));
  if (!Array.isArray(data)) throw new RequestError(400, "data-missing", `The input ${shown(name)} has no list of data.`, { part: at(".data") });
  refuseTooMany(Math.max(rows, data.length), mostRows); // before anything is made of them
  const values: readonly unknown[] = data.some(Array.isArray) ? data.flatMap((row: unknown) => flatRow(row, name, at)) : (data as readonly unknown[]);
  if (values.length !== rows) {
    throw new RequestError(400, "shape-mismatch", `The input ${shown(name)} declares ${rows} rows, but has ${values.length} values.`, { part: at(".data") });
  }
  return values;
}

function refuseOutOfRange(values: readonly unknown[], datatype: string, at: (part: string) => string): void {
  const [low, high] = ranges[datatype] ?? [-Infinity, Infinity];
  const wrong = values.findIndex((value) => typeof value === "number" && Number.isFinite(value) && (value < low || value > high));
  if (wrong === -1) return;
  const part = at(`.data[${wrong}]`);
  throw new RequestError(400, "value-out-of-range", `The value at ${part} is ${shown(values[wrong])}; ${datatype} goes from ${low} to ${high}.`, { part, hint: "Send it under a wider datatype." });
}

function flatRow(row: unknown, name: string, at: (part: string) => string): readonly unknown[] {
  if (Array.isArray(row) && row.length === 1 && !Array.isArray(row[0])) return row as readonly unknown[];
  throw new RequestError(400, "shape-mismatch", `The input ${shown(name)} must have one value per row.`, { part: at(".data") });
}

function rowsOf(shape: unknown, name: string, part: string): number {
  const sizes = Array.isArray(shape) ? (shape as readonly unknown[]) : [];
  const [rows, width = 1] = sizes;
  const valid = (sizes.length === 1 || sizes.length === 2) && width === 1 && Number.isSafeInteger(rows) && (rows as number) >= 0;
  if (!valid) throw new RequestError(400, "shape-invalid", `The shape of the input ${shown(name)} must be [N] or [N, 1].`, { part });
  return rows as number;
}

function readOutputs(outputs: unknown): readonly string[] | null {
  if (outputs === undefined || outputs === null) return null;
  const names = Array.isArray(outputs) ? outputs.map((output: unknown) => (isObject(output) ? output["name"] : undefined)) : [undefined];
  if (names.some((name) => typeof name !== "string")) {
    throw new RequestError(400, "outputs-invalid", 'outputs must be a list of {"name": …}.', { part: "outputs" });
  }
  return names.length === 0 ? null : (names as string[]);
}
