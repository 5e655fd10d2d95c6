/** Sources → contracts → features, labels, split → Parquet. A dataset that is there, byte for byte as it was written, is used as it is. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Dataset } from "../../grammar/compiled-spec/index.ts";
import { buildDataset, type BuiltDataset } from "../data/dataset.ts";
import { datasetKey } from "../data/dataset-key.ts";
import { openDatabase } from "../data/database.ts";
import type { ContractReport } from "../data/contracts.ts";
import { futureLine, type FutureRows } from "../data/future.ts";
import { datasetParts } from "../data/dataset-parts.ts";
import type { SourceFile } from "../data/source-files.ts";
import type { SourceWarning } from "../data/source-warning.ts";
import { missedShares, missedSharesLine } from "../data/missed-shares.ts";
import { progressOf, type RunContext } from "./context.ts";

export async function buildData(context: RunContext): Promise<BuiltDataset> {
  const { spec, model, folder, dataFolder, signal, emit } = context;
  using database = await openDatabase();
  const onDownload = ({ path, bytes }: SourceFile): void => emit({ type: "message", level: "info", text: `downloaded ${path} (${size(bytes)})` });
  const options = { spec, dataset: model.dataset, folder: folder.datasets, database, dataFolder, seed: model.train.seed, presentMs: context.now(), signal, onDownload };
  if (context.fresh) await rm(join(folder.datasets, await datasetKey(options)), { recursive: true, force: true });
  const progress = progressOf(context, "data");
  const warn = (warning: SourceWarning): void => emit({ type: "message", level: "warning", ...warning });
  const built = await buildDataset({
    ...options,
    onProgress: ({ done, total, detail }) => progress(done, total, "steps", detail),
    onDamaged: (problem) => emit({ type: "message", level: "warning", text: `the dataset ${model.dataset} of an earlier run is damaged: ${problem}; it is made again` }),
    onWarning: warn,
    onFuture: (rows) => emit(futureEvent(rows)),
    onContract: (report) => emit(contractEvent(report)),
  });
  // A dataset that was there has been checked when it was made; its contracts are told again, and what it left out.
  if (!built.fresh) {
    for (const report of built.report.contracts) emit(contractEvent(report));
    for (const rows of built.report.future) emit(futureEvent(rows));
    built.report.warnings.forEach(warn);
  }
  const { dataset, test } = datasetParts(spec, model.dataset);
  const missed = missedShares(dataset.split, test !== null, { train: built.parts.train.rows, validate: built.parts.validate.rows, test: built.parts.test.rows });
  if (missed !== null) warn({ code: "shares-missed", text: missedSharesLine(dataset, missed) });
  return built;
}

const size = (bytes: number): string => (bytes < 2 ** 20 ? `${(bytes / 2 ** 10).toFixed(1)} KiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`);

const futureEvent = (rows: FutureRows) => ({ type: "message", level: "warning", code: "rows-future", text: futureLine(rows) }) as const;
const contractEvent = ({ source, rows, clauses }: ContractReport) => ({ type: "contract-checked", source, rows, clauses }) as const;

/** What the stage's line says. What was asked to be left out is told also when there was none of it. */
export function dataSummary({ parts, report }: BuiltDataset, { examples, test, where, onePer, quarantines }: Pick<Dataset, "examples" | "test" | "where" | "onePer" | "quarantines">): Readonly<Record<string, string | number>> {
  const asked = new Set([...(where === null ? [] : ["filtered"]), ...(onePer.length === 0 ? [] : ["duplicates"]), ...(quarantines.length === 0 ? [] : ["quarantined"])]);
  const left = (["filtered", "duplicates", "quarantined", "immature", "unlabelled"] as const).filter((why) => report[why] > 0 || asked.has(why));
  const future = report.future.reduce((sum, { source, rows }) => (source === examples || source === test ? sum + rows : sum), 0);
  return {
    examples: report.examples, train: parts.train.rows, validate: parts.validate.rows, test: parts.test.rows,
    ...Object.fromEntries(left.map((why) => [why === "duplicates" ? "one per key, left out" : why, report[why]])),
    ...(future === 0 ? {} : { "from the future, left out": future }),
    ...(report.label.mean === null ? {} : { "label mean": report.label.mean }),
  };
}
