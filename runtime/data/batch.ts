/** Columns of a result in typed arrays: how rows reach training, preprocessing and evaluation. */

/** One byte per row, 1 where there is a value; null when every row has one. Where invalid, `values` holds 0, "" or 0n. */
export type Validity = Uint8Array | null;

export type BatchColumn =
  | { readonly kind: "float"; readonly name: string; readonly values: Float64Array; readonly valid: Validity }
  /** Timestamps and dates are ints: microseconds since 1970, UTC. */
  | { readonly kind: "int"; readonly name: string; readonly values: BigInt64Array; readonly valid: Validity }
  | { readonly kind: "bool"; readonly name: string; readonly values: Uint8Array; readonly valid: Validity }
  | { readonly kind: "string"; readonly name: string; readonly values: readonly string[]; readonly valid: Validity };

export interface Batch {
  readonly rows: number;
  readonly columns: readonly BatchColumn[];
}

/** Small results: ints up to 2^53 are numbers, beyond that bigints; timestamps and dates are `Date`s. */
export type Cell = boolean | number | bigint | string | Date | null | readonly Cell[] | { readonly [field: string]: Cell };
export type Row = Readonly<Record<string, Cell>>;

/** A cell that is text in every row of its query. */
export function textOf(cell: Cell | undefined): string {
  return typeof cell === "string" ? cell : cell === null || cell === undefined ? "" : JSON.stringify(cell);
}

type Building =
  | { kind: "float"; name: string; values: Float64Array; valid: Uint8Array; missing: boolean }
  | { kind: "int"; name: string; values: BigInt64Array; valid: Uint8Array; missing: boolean }
  | { kind: "bool"; name: string; values: Uint8Array; valid: Uint8Array; missing: boolean }
  | { kind: "string"; name: string; values: string[]; valid: Uint8Array; missing: boolean };

export type ColumnKind = BatchColumn["kind"];
type Read = (row: number) => number | bigint | boolean | string | null;

function empty(name: string, kind: ColumnKind, rows: number): Building {
  const shared = { name, valid: new Uint8Array(rows), missing: false };
  switch (kind) {
    case "float": return { ...shared, kind, values: new Float64Array(rows) };
    case "int": return { ...shared, kind, values: new BigInt64Array(rows) };
    case "bool": return { ...shared, kind, values: new Uint8Array(rows) };
    case "string": return { ...shared, kind, values: [] };
  }
}

function finish(column: Building, rows: number): BatchColumn {
  const valid = column.missing ? column.valid.subarray(0, rows) : null;
  switch (column.kind) {
    case "float": return { kind: "float", name: column.name, values: column.values.subarray(0, rows), valid };
    case "int": return { kind: "int", name: column.name, values: column.values.subarray(0, rows), valid };
    case "bool": return { kind: "bool", name: column.name, values: column.values.subarray(0, rows), valid };
    case "string": return { kind: "string", name: column.name, values: column.values, valid };
  }
}

function copy(column: Building, at: number, read: Read, from: number, count: number): void {
  for (let i = 0; i < count; i++) {
    const value = read(from + i);
    if (value === null) {
      column.missing = true;
      if (column.kind === "string") column.values.push("");
      continue;
    }
    column.valid[at + i] = 1;
    switch (column.kind) {
      case "float": column.values[at + i] = Number(value); break;
      case "int": column.values[at + i] = BigInt(value); break;
      case "bool": column.values[at + i] = value ? 1 : 0; break;
      case "string": column.values.push(String(value)); break;
    }
  }
}

/** Collects chunks of any length into batches of exactly `rows` rows; the last may be shorter. */
export class BatchBuilder {
  readonly #layout: readonly { readonly name: string; readonly kind: ColumnKind }[];
  readonly #rows: number;
  #columns: Building[];
  #filled = 0;

  constructor(layout: readonly { readonly name: string; readonly kind: ColumnKind }[], rows: number) {
    this.#layout = layout;
    this.#rows = rows;
    this.#columns = this.#fresh();
  }

  #fresh(): Building[] {
    return this.#layout.map((column) => empty(column.name, column.kind, this.#rows));
  }

  /** Takes a chunk, `reads` giving each column's value by row, and yields every batch that it fills. */
  *add(chunkRows: number, reads: readonly Read[]): Generator<Batch> {
    for (let from = 0; from < chunkRows;) {
      const count = Math.min(chunkRows - from, this.#rows - this.#filled);
      this.#columns.forEach((column, i) => {
        const read = reads[i];
        if (read) copy(column, this.#filled, read, from, count);
      });
      this.#filled += count;
      from += count;
      if (this.#filled === this.#rows) yield* this.rest();
    }
  }

  *rest(): Generator<Batch> {
    if (this.#filled === 0) return;
    const batch: Batch = { rows: this.#filled, columns: this.#columns.map((column) => finish(column, this.#filled)) };
    this.#columns = this.#fresh();
    this.#filled = 0;
    yield batch;
  }
}
