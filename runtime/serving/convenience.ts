/** `POST /predict`: `{"rows": [{field: value}]}`, or one such object by itself. */
import { isObject } from "./body.ts";
import { checkRows, idOf } from "./protocol.ts";
import type { PredictionRequest, RequestColumn } from "./request.ts";
import { RequestError } from "./request-error.ts";
import type { Pace } from "./turns.ts";

export interface PredictOptions {
  readonly mostRows: number;
  /** Whether a version that is loaded reads a field of that name. */
  readonly isField: (name: string) => boolean;
  readonly pace: Pace;
}

/** `id` in a flat object is the request's, unless it is a field of the model: then it is that alone. */
export async function readPredictRequest(body: Record<string, unknown>, { mostRows, isField, pace }: PredictOptions): Promise<PredictionRequest> {
  const many = Object.hasOwn(body, "rows");
  const rows: unknown = many ? body["rows"] : [body];
  if (!Array.isArray(rows)) throw new RequestError(400, "rows-invalid", "rows must be a list of objects.", { part: "rows" });
  checkRows(rows.length, mostRows);
  const namesRequest = many || !isField("id");
  const container = (row: number): string => (many ? `rows[${row}]` : "body");
  const columns = new Map<string, RequestColumn>();
  await pace.each(rows.length, (i) => {
    const row: unknown = rows[i];
    if (!isObject(row)) throw new RequestError(400, "rows-invalid", `${container(i)} must be an object of fields.`, { part: container(i) });
    for (const name of Object.keys(row)) {
      if (columns.has(name) || (!many && namesRequest && name === "id")) continue;
      if (columns.size >= mostFields) throw new RequestError(400, "too-many-fields", `The request has more than ${mostFields} different fields.`, { part: container(i) });
      columns.set(name, { at: (at) => fieldOf(rows[at], name), datatype: null, part: (at) => (many ? `rows[${at}].${name}` : name) });
    }
  });
  const id = idOf(namesRequest && Object.hasOwn(body, "id") ? body["id"] : undefined);
  const besides = many ? Object.keys(body).filter((name) => name !== "id" && name !== "rows") : [];
  if (besides.length > mostFields) throw new RequestError(400, "too-many-fields", `The body has more than ${mostFields} fields beside its rows.`, { part: "body" });
  return { id, rows: rows.length, columns, besides, outputs: null, container };
}

/** Not what every object has by nature, such as `constructor`. */
function fieldOf(row: unknown, name: string): unknown {
  return isObject(row) && Object.hasOwn(row, name) ? row[name] : undefined;
}

/** Fields of all rows together: each is looked for by name. */
const mostFields = 1_000;
