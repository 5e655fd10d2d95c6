/**
 * What a Parquet file that Arrow wrote (pandas, Polars) says of its columns beyond Parquet's types: the unit of a duration, which Parquet has as a
 * mere INT64. An Arrow IPC message with the schema, in base64, under the key `ARROW:schema`; a FlatBuffer of
 * https://github.com/apache/arrow/blob/main/format/Message.fbs and Schema.fbs.
 */
export type DurationUnit = "s" | "ms" | "us" | "ns";

const unitsInOrder: readonly DurationUnit[] = ["s", "ms", "us", "ns"];
const durationType = 18;

/** By column; empty where it is no such schema. */
export function durationUnits(base64: string): ReadonlyMap<string, DurationUnit> {
  const bytes = Buffer.from(base64, "base64");
  try {
    return unitsIn(new Reader(bytes.subarray(bytes.readUInt32LE(0) === 0xffffffff ? 8 : 4)));
  } catch {
    // Beyond its end, mostly: not what it says it is, and nothing is read from it.
    return new Map();
  }
}

function unitsIn(reader: Reader): ReadonlyMap<string, DurationUnit> {
  const units = new Map<string, DurationUnit>();
  const schema = reader.table(reader.follow(0), 2);
  for (const field of reader.tables(schema, 1)) {
    if (reader.byte(field, 2, 0) !== durationType) continue;
    const unit = unitsInOrder[reader.byte(reader.table(field, 3), 0, 1)];
    if (unit !== undefined) units.set(reader.text(field, 0), unit);
  }
  return units;
}

/** Tables of a FlatBuffer, by where they begin; their fields by number. */
class Reader {
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  follow(at: number): number {
    return at + this.#bytes.readUInt32LE(at);
  }

  /** 0: the field has its default. */
  #field(table: number, number: number): number {
    const layout = table - this.#bytes.readInt32LE(table);
    const slot = 4 + 2 * number;
    const offset = slot < this.#bytes.readUInt16LE(layout) ? this.#bytes.readUInt16LE(layout + slot) : 0;
    return offset === 0 ? 0 : table + offset;
  }

  byte(table: number, number: number, otherwise: number): number {
    const at = this.#field(table, number);
    return at === 0 ? otherwise : this.#bytes.readUInt8(at);
  }

  table(table: number, number: number): number {
    const at = this.#field(table, number);
    if (at === 0) throw new RangeError("the table is not there");
    return this.follow(at);
  }

  *tables(table: number, number: number): Generator<number> {
    const vector = this.table(table, number);
    const count = this.#bytes.readUInt32LE(vector);
    for (let i = 0; i < count; i++) yield this.follow(vector + 4 + 4 * i);
  }

  text(table: number, number: number): string {
    const at = this.table(table, number);
    return this.#bytes.toString("utf8", at + 4, at + 4 + this.#bytes.readUInt32LE(at));
  }
}
