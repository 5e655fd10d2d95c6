/**
 * What encodings mean, said again without ONNX: values by SQL, slots and scaling in plain arithmetic, from the comments in
 * `grammar/compiled-spec/model.ts` and `runtime/preprocess/fitted.ts`.
 */
import type { Database } from "../../../runtime/data/database.ts";
import { expressionSql } from "../../../runtime/data/sql/expression.ts";
import type { FittedInput, FittedPreprocessing, FittedSlots } from "../../../runtime/preprocess/fitted.ts";
import { slotCount } from "../../../runtime/preprocess/fitted.ts";

type Value = number | bigint | string | null;

/** `table` has `__row`. */
export async function encodedByHand(database: Database, fitted: FittedPreprocessing, table: string): Promise<{ dense: number[]; indices: number[] }[]> {
  const columns = fitted.inputs.map((input, i) => `${valueSql(input)} AS v${i}`);
  const rows: { dense: number[]; indices: number[] }[] = [];
  for await (const batch of database.batches(`SELECT ${columns.join(", ")} FROM ${table} ORDER BY __row`, { rows: 5000 })) {
    for (let row = 0; row < batch.rows; row++) {
      rows.push(encodeRow(fitted, batch.columns.map(({ values, valid }) => (valid?.[row] === 0 ? null : (values[row] as Value)))));
    }
  }
  return rows;
}

function valueSql({ value, encoding }: FittedInput): string {
  const sql = expressionSql(value);
  if (value.type.kind === "string" && encoding.kind !== "scalar" && encoding.slots.kind === "hash") {
    // DuckDB's number is unsigned; as text, for batches carry 64 bits signed.
    return `CAST(md5_number_lower(${sql}) AS VARCHAR)`;
  }
  return value.type.kind === "timestamp" || value.type.kind === "date" ? `epoch_us(${sql})` : sql;
}

function encodeRow({ inputs }: FittedPreprocessing, values: readonly Value[]) {
  const [scalars, indicators, blocks, indices]: [number[], number[], number[], number[]] = [[], [], [], []];
  for (const [i, { value: { type: { kind } }, encoding }] of inputs.entries()) {
    const raw = values[i] as Value;
    const value = typeof raw === "number" && !Number.isFinite(raw) ? null : raw;
    if (encoding.kind === "scalar") {
      const scaled = (Number(value) - encoding.shift) * encoding.scale;
      scalars.push(value === null ? 0 : Math.min(Math.max(scaled, encoding.low ?? -1e20), encoding.high ?? 1e20));
      if (encoding.indicator) indicators.push(value === null ? 1 : 0);
      continue;
    }
    const slot = value === null ? slotCount(encoding.slots) - 1 : slotOf(encoding.slots, value, kind);
    if (encoding.kind === "embedding") indices.push(slot);
    else blocks.push(...Array.from({ length: slotCount(encoding.slots) }, (_, j) => (j === slot ? 1 : 0)));
  }
  return { dense: [...scalars, ...indicators, ...blocks], indices };
}

function slotOf(slots: FittedSlots, value: number | bigint | string, kind: string): number {
  switch (slots.kind) {
    case "buckets": return slots.boundaries.filter((boundary) => boundary <= Number(value)).length;
    case "vocabulary": {
      const found = slots.values.indexOf(kind === "bool" ? (value ? "true" : "false") : String(value));
      return found < 0 ? slots.values.length : found;
    }
    case "hash": {
      const modulo = (a: bigint, b: number) => ((a % BigInt(b)) + BigInt(b)) % BigInt(b);
      if (kind === "string") return Number(modulo(BigInt.asIntN(64, BigInt(value)), slots.buckets));
      const p = 2_147_483_647;
      const [id, digit] = [BigInt(value), 2n ** 22n];
      const sum = BigInt.asUintN(22, id) * 1_103_515_245n + BigInt.asUintN(22, id / digit - (id % digit < 0n ? 1n : 0n)) * 1_566_083_941n + (BigInt.asIntN(64, id) >> 44n) * 1_812_433_253n + 2n ** 19n * 1_812_433_253n;
      return Number(modulo(modulo(sum + 12_345n, p), slots.buckets));
    }
  }
}
