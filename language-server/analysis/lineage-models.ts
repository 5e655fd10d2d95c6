/** Lineage from labels and features through datasets to models and their evaluation. */
import type { CompiledSpec, Dataset, DatasetFeature, Encoding, Evaluation, Expression, Model, ModelInput } from "../../grammar/compiled-spec/index.ts";
import { columnsRead, computations } from "./expression.ts";
import { addSelection, tagNames, typeText } from "./lineage-data.ts";
import { namedParts, readsOfNamed, readsThrough, type NamedParts } from "./named-parts.ts";
import type { LineageBuilder } from "./lineage-graph.ts";

export function addModels(builder: LineageBuilder, spec: CompiledSpec): void {
  for (const dataset of spec.datasets) addDataset(builder, dataset);
  for (const model of spec.models) addModel(builder, model, spec.datasets.find((dataset) => dataset.name === model.dataset));
  for (const evaluation of spec.evaluations) {
    const model = spec.models.find((candidate) => candidate.name === evaluation.model);
    addEvaluation(builder, evaluation, model?.dataset ?? null);
  }
}

function addDataset(builder: LineageBuilder, dataset: Dataset): void {
  const id = builder.node("dataset", dataset.name, dataset.origin);
  const example = (column: string) => `column:${dataset.examples}.${column}`;
  builder.edge(`source:${dataset.examples}`, id, "selects");
  if (dataset.test !== null) builder.edge(`source:${dataset.test}`, id, "selects");
  builder.edge(`label:${dataset.label}`, id, "labels");
  addSelection(builder, dataset.where, example, id);
  addSelection(builder, dataset.weight, example, id);
  const chosenBy = [...dataset.onePer, ...(dataset.split.kind === "time" ? [] : dataset.split.by)];
  for (const column of chosenBy) builder.edge(example(column), id, "selects");
  addDatasetColumns(builder, dataset, id);
  const features = rowFeatures(dataset);
  const named = namedParts(features);
  for (const feature of features) addDatasetFeature(builder, dataset, feature, named);
}

function addDatasetColumns(builder: LineageBuilder, dataset: Dataset, id: string): void {
  for (const column of dataset.columns) {
    // The tags of a dataset column are copies of those further up; where that is missing they are all that is known.
    const more = { type: typeText(column.type), tags: tagNames(column.tags) };
    const member = builder.node("dataset-column", `${dataset.name}.${column.name}`, column.origin, more);
    builder.edge(id, member, "holds");
    const { from } = column;
    if (from.kind === "example") {
      builder.edge(`column:${dataset.examples}.${from.column}`, member, "value");
    } else {
      builder.edge(`feature:${from.view}.${from.feature}`, member, "value");
      builder.edge(`column:${dataset.examples}.${from.key}`, member, "selects");
    }
  }
}

/** A row feature is computed anew for each dataset: from the feature's definition, from this dataset's columns and from its other features. */
function addDatasetFeature(builder: LineageBuilder, dataset: Dataset, feature: DatasetFeature, named: NamedParts<DatasetFeature>): void {
  const id = builder.node("dataset-feature", `${dataset.name}.${feature.name}`, feature.origin, { type: typeText(feature.type) });
  const definition = feature.name.startsWith(`${feature.view ?? ""}.`) ? feature.name : `${feature.view ?? ""}.${feature.name}`;
  builder.edge(`feature:${definition}`, id, "value");
  for (const { from, as, through } of readsOfNamed(feature, named)) {
    builder.edge(typeof from === "string" ? `dataset-column:${dataset.name}.${from}` : `dataset-feature:${dataset.name}.${from.name}`, id, as, through);
  }
}

/** Features that are computed from the example's own row: an entity feature is a dataset column already. */
function rowFeatures(dataset: Dataset): readonly DatasetFeature[] {
  const joined = new Set(dataset.columns.filter((column) => column.from.kind === "entity-feature").map((column) => column.name));
  return dataset.features.filter(({ view, value }) => view !== null && !(value.op === "column" && joined.has(value.column)));
}

function addModel(builder: LineageBuilder, model: Model, dataset: Dataset | undefined): void {
  const id = builder.node("model", model.name, model.origin);
  builder.edge(`dataset:${model.dataset}`, id, "trains");
  const numberOf = computations();
  const numbered = new Map((dataset === undefined ? [] : rowFeatures(dataset)).map((feature) => [numberOf(feature.value), feature]));
  const featureOf = (part: Expression) => numbered.get(numberOf(part));
  for (const input of model.inputs) {
    const member = builder.node("model-input", `${model.name}.${input.name}`, input.origin, { type: typeText(input.value.type) });
    builder.edge(member, id, "value");
    addInputReads(builder, model, input, member, featureOf);
  }
}

/** The compiler has put row features' expressions in place of their names; the graph shows the feature again. */
function addInputReads(
  builder: LineageBuilder, model: Model, input: ModelInput, id: string, featureOf: (part: Expression) => DatasetFeature | undefined,
): void {
  const encoded = encodingFunctions(input.encode);
  for (const { from, as, through } of readsThrough(input.value, featureOf)) {
    const node = typeof from === "string" ? `dataset-column:${model.dataset}.${from}` : `dataset-feature:${model.dataset}.${from.name}`;
    builder.edge(node, id, as, [...encoded, ...through]);
  }
}

/**
 * An encoding by buckets sees only the value's hash, as if the author had written `hashed(…)`; a vocabulary (`top`) keeps
 * the values themselves inside the model file.
 */
function encodingFunctions(encoding: Encoding): readonly string[] {
  const byHash = encoding.kind === "hashed-one-hot" || (encoding.kind === "embedding" && encoding.buckets !== null);
  return byHash ? ["hashed"] : [];
}

function addEvaluation(builder: LineageBuilder, evaluation: Evaluation, dataset: string | null): void {
  const id = builder.node("evaluation", evaluation.name, evaluation.origin);
  builder.edge(`model:${evaluation.model}`, id, "judged-by");
  if (dataset === null) return;
  const judging = [...evaluation.slices, ...evaluation.baselines].flatMap((part) => [...columnsRead(part.value)]);
  for (const column of judging) builder.edge(`dataset-column:${dataset}.${column}`, id, "selects");
}
