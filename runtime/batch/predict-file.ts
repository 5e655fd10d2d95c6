/** A version's predictions for every row of a file, in its order, a batch at a time. */
import type { Reader } from "../../grammar/compiled-spec/index.ts";
import type { BatchColumn } from "../data/batch.ts";
import { openDatabase } from "../data/database.ts";
import { MlspecError } from "../errors.ts";
import { feedsFromColumns } from "../export/feeds.ts";
import type { ModelSignature } from "../export/signature.ts";
import { openSession } from "../onnx/session.ts";
import type { Registry } from "../registry/registry.ts";
import { contractOf } from "../serving/contract.ts";
import { predictionsOf, type Prediction } from "../serving/prediction.ts";
import { rowsOfFile } from "./rows-of-file.ts";

export interface PredictFile {
  readonly registry: Registry;
  readonly model: string;
  readonly version: string;
  readonly path: string;
  /** Of what kind the file is; undefined: as its name says. */
  readonly format: Reader["format"] | undefined;
  readonly present: Date;
  readonly signal: AbortSignal;
  /** Before the first row: what the predictions are of, and what the file does not have. */
  readonly begin: (signature: ModelSignature, notes: readonly string[]) => Promise<void>;
  readonly batch: (first: number, predictions: readonly Prediction[]) => Promise<void>;
}

const batchRows = 4096;

/** Gives the number of rows. @throws MlspecError `column-missing`, `input-invalid`, `input-missing` with the row; `model-output-invalid`; what loading throws. */
export async function predictFile({ registry, model, version, path, format, present, signal, begin, batch }: PredictFile): Promise<number> {
  const { manifest, spec, onnx } = await registry.load(model, version);
  const signature = manifest.identity.signature as unknown as ModelSignature;
  const dataset = spec.datasets.find(({ name }) => name === spec.models.find((each) => each.name === model)?.dataset);
  if (dataset === undefined) throw new MlspecError("artifact-corrupt", `The spec kept with ${model} ${version} does not declare the model and its dataset.`);
  const { inputs } = signature;
  const contract = contractOf({ inputs, fallback: [], spec, dataset, units: [], hiding: null }).columns;
  using database = await openDatabase();
  const rows = await rowsOfFile(database, path, { what: `${model} ${version}`, inputs, contract, spec, dataset, present }, format);
  const notes = [
    ...(rows.absent.length === 0 ? [] : [`the file has no ${rows.absent.map((name) => JSON.stringify(name)).join(", ")}: missing in every row`]),
    ...(rows.now === null ? [] : [`the file has no event time: it is ${rows.now} in every row`]),
  ];
  await begin(signature, notes);
  const session = await openSession(onnx);
  let done = 0;
  try {
    for await (const { rows: count, columns } of database.batches(rows.sql, { rows: batchRows, signal })) {
      const values = columns.slice(2);
      refuseWrong(path, columns[1], rows.columns, done, count);
      inputs.forEach(({ nullable }, i) => { if (!nullable) refuseMissing(path, contract[i]!.field, values[i], done, count); });
      const places = new Map(inputs.map(({ name }, i) => [name, i]));
      const outputs = await session.run(feedsFromColumns(inputs, (name) => values[places.get(name) ?? -1], count));
      await batch(done + 1, predictionsOf(outputs, count, signature.classes).map(sound));
      done += count;
    }
  } finally {
    await session.release();
  }
  return done;
}

function sound(prediction: Prediction | MlspecError): Prediction {
  if (prediction instanceof MlspecError) throw prediction;
  return prediction;
}

function refuseWrong(path: string, wrong: BatchColumn | undefined, names: readonly string[], before: number, count: number): void {
  for (let row = 0; row < count; row++) {
    if (wrong === undefined || (wrong.valid !== null && wrong.valid[row] !== 1)) continue;
    throw new MlspecError("input-invalid", `Row ${before + row + 1} of ${path} has a value in ${JSON.stringify(names[Number(wrong.values[row])] ?? "")} that is not of the type that the model reads.`, {
      hint: "Write it as the examples have it; a missing value is an empty text, or one that the source names in `missing`.",
    });
  }
}

function refuseMissing(path: string, field: string, column: BatchColumn | undefined, before: number, count: number): void {
  const row = column?.valid?.subarray(0, count).indexOf(0) ?? -1;
  if (row < 0) return;
  throw new MlspecError("input-missing", `Row ${before + row + 1} of ${path} has no ${JSON.stringify(field)}, which was there in all examples.`, { hint: "Fill it in, or declare the column with `?` and train again." });
}
