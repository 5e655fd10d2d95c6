/** Inputs that tell no training example from another: what the network sees of them is the same in every row. */
import type { Database, QueryOptions } from "../data/database.ts";
import { sharing } from "../data/sql/sharing.ts";
import type { Batches } from "../training/engine.ts";
import { batchRows } from "./encode.ts";
import type { FitWarning } from "./fit-warnings.ts";
import { slotCount, type FittedInput, type FittedPreprocessing } from "./fitted.ts";
import { parquet } from "./labels.ts";

interface DeadInput {
  readonly name: string;
  /** `encoded`: values differ, and their encoding does not. */
  readonly why: "null" | "constant" | "encoded";
}

/** One warning for all of them, or null. */
export async function deadInputs(database: Database, fitted: FittedPreprocessing, encoded: Batches, train: string, options: QueryOptions): Promise<FitWarning | null> {
  const dead = await sameInAllRows(fitted, encoded);
  return dead.length === 0 ? null : { code: "inputs-constant", text: deadLine(await explained(database, dead, train, options), fitted.inputs.length) };
}

/** Reads on only as long as some input has been the same in all rows so far. */
async function sameInAllRows(fitted: FittedPreprocessing, encoded: Batches): Promise<readonly FittedInput[]> {
  if (encoded.rows("train") < 2) return [];
  const owners = ownersOf(fitted);
  const embedded = fitted.inputs.flatMap(({ encoding }, i) => (encoding.kind === "embedding" ? [i] : []));
  const alive = new Set<number>();
  let first: { readonly dense: Float32Array; readonly indices: readonly (bigint | undefined)[] } | null = null;
  for await (const { rows, dense, indices } of encoded.read("train", { chunkRows: batchRows(fitted), epochSeed: null })) {
    first ??= { dense: dense.slice(0, owners.length), indices: indices.map(([index]) => index) };
    const reference = first;
    let columns = owners.flatMap((owner, column) => (alive.has(owner) ? [] : [column]));
    for (let row = 0; row < rows && columns.length > 0; row++) {
      const at = row * owners.length;
      const varied = columns.filter((column) => dense[at + column] !== reference.dense[column]);
      if (varied.length === 0) continue;
      for (const column of varied) alive.add(owners[column] as number);
      columns = columns.filter((column) => !alive.has(owners[column] as number));
    }
    for (const [k, input] of embedded.entries()) if (indices[k]?.some((index) => index !== reference.indices[k]) === true) alive.add(input);
    if (alive.size === fitted.inputs.length) return [];
  }
  return fitted.inputs.filter((_, i) => !alive.has(i));
}

/** By column of the dense matrix, the number of its input; in the order that `fitted.ts` gives. */
function ownersOf({ inputs }: FittedPreprocessing): readonly number[] {
  const columns = (count: (encoding: FittedInput["encoding"]) => number): number[] => inputs.flatMap(({ encoding }, i) => Array.from({ length: count(encoding) }, () => i));
  return [
    ...columns((encoding) => (encoding.kind === "scalar" ? 1 : 0)),
    ...columns((encoding) => (encoding.kind === "scalar" && encoding.indicator ? 1 : 0)),
    ...columns((encoding) => (encoding.kind === "one-hot" ? slotCount(encoding.slots) : 0)),
  ];
}

async function explained(database: Database, inputs: readonly FittedInput[], train: string, options: QueryOptions): Promise<readonly DeadInput[]> {
  const { from, sql } = sharing(parquet(train), inputs.map(({ value }) => value));
  const facts = inputs.map(({ value }, i) => `count(${sql(value)}) AS known${i}, count(DISTINCT ${sql(value)}) AS values${i}`);
  const [found] = await database.rows(`SELECT count(*) AS rows, ${facts.join(", ")} FROM ${from}`, [], options);
  const number = (name: string): number => Number(found?.[name]);
  return inputs.map(({ name }, i) => ({ name, why: number(`known${i}`) === 0 ? "null" : number(`values${i}`) === 1 && number(`known${i}`) === number("rows") ? "constant" : "encoded" }));
}

const said = { null: "is missing in all", constant: "has the same value in all", encoded: "has different values that its encoding makes the same" } as const;

function deadLine(dead: readonly DeadInput[], inputs: number): string {
  const each = dead.map(({ name, why }) => `${name} ${said[why]}`).join(", ");
  return `of ${inputs} ${inputs === 1 ? "input" : "inputs"} ${dead.length} ${dead.length === 1 ? "tells" : "tell"} no training example from another: ${each}. Nothing is learned from ${dead.length === 1 ? "it" : "them"}`;
}
