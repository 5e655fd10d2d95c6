/** `POST /predict`: `{"rows": [{field: value}]}`, or one such object by itself. */
import { isObject } from "./body.ts";
import { checkRows, idOf } from "./protocol.ts";
import type { PredictionRequest, RequestColumn } from "./request.ts";
import { RequestError } from "./request-error.ts";

export function readPredictRequest(body: Record<string, unknown>, mostRows: number): PredictionRequest {
  const many = Object.hasOwn(body, "rows");
  const rows: unknown = many ? body["rows"] : [body];
  if (!Array.isArray(rows)) throw new RequestError(400, "rows-invalid", "rows must be a list of objects.", { part: "rows" });
  checkRows(rows.length, mostRows);
  const container = (row: number): string => (many ? `rows[${row}]` : "body");
  const columns = new Map<string, RequestColumn & { values: unknown[] }>();
  rows.forEach((row: unknown, i) => {
    if (!isObject(row)) throw new RequestError(400, "rows-invalid", `${container(i)} must be an object of fields.`, { part: container(i) });
    for (const name of Object.keys(row)) {
      let column = columns.get(name);
      if (column === undefined) {
        if (columns.size >= mostFields) throw new RequestError(400, "too-many-fields", `The request has more than ${mostFields} different fields.`, { part: container(i) });
        columns.set(name, (column = { values: new Array<unknown>(rows.length), datatype: null, part: (at) => (many ? `rows[${at}].${name}` : name) }));
      }
      column.values[i] = row[name];
    }
  });
  const id = idOf(many ? body["id"] : undefined);
  return { id, rows: rows.length, columns, outputs: null, container };
}

/** Each different field takes room for every row. */
const mostFields = 1_000;
