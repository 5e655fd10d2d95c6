/**
 * The part of a spec that makes a model what it is, in a form that does not change when a comment, another
 * model or the checkout's folder does. It is what a version's identity is made of, and what a stage's key hashes.
 */
import { basename, relative } from "node:path";
import { packed, unpacked, type CompiledSpec, type Dataset, type Label, type Packed, type Source } from "../../grammar/compiled-spec/index.ts";
import { MlspecError } from "../errors.ts";

export function find<T extends { readonly name: string }>(items: readonly T[], name: string, kind: string): T {
  const found = items.find((item) => item.name === name);
  if (found !== undefined) return found;
  const known = items.map((item) => item.name).join(", ");
  throw new MlspecError("not-declared", `The spec declares no ${kind} named ${name}.`, { hint: known ? `It declares: ${known}.` : `It declares no ${kind} at all.` });
}

/** The model with its dataset, label, features and sources; nothing else of the spec, no origins, no machine's paths. */
export function modelSpec(spec: CompiledSpec, modelName: string): CompiledSpec {
  const model = find(spec.models, modelName, "model");
  const dataset = find(spec.datasets, model.dataset, "dataset");
  const label = find(spec.labels, dataset.label, "label");
  const views = new Set([...dataset.columns.flatMap(({ from }) => (from.kind === "entity-feature" ? [from.view] : [])), ...dataset.features.flatMap(({ view }) => view ?? [])]);
  const features = spec.features.filter((view) => views.has(view.name));
  const names = sourceNames(dataset, label, features.flatMap(({ from }) => (from.kind === "source" ? [from.source] : [])));
  const sources = spec.sources.filter((source) => names.has(source.name));
  const entities = new Set([...features.flatMap((view) => view.entity ?? []), ...sources.flatMap((source) => source.columns.flatMap((column) => column.entity ?? []))]);
  const own = {
    ...spec,
    files: [], entities: spec.entities.filter((entity) => entities.has(entity.name)), sources: sources.map((source) => portable(source, spec)),
    features, labels: [label], datasets: [dataset], models: [model],
    evaluations: [], services: [], slos: [], rollouts: [], policies: [], roles: [], suppressions: [],
  };
  return withoutPlaces(own);
}

function sourceNames(dataset: Dataset, label: Label, ofViews: readonly string[]): ReadonlySet<string> {
  const events = label.rule.kind === "later-events" ? [label.rule.events] : [];
  return new Set([dataset.examples, ...(dataset.test === null ? [] : [dataset.test]), ...events, ...ofViews]);
}

function portable(source: Source, spec: CompiledSpec): Source {
  const main = spec.files[0]?.path ?? "";
  return { ...source, folder: relative(main.slice(0, main.length - basename(main).length) || ".", source.folder) };
}

const nowhere = { file: 0, range: [0, 0, 0, 0] };

/** The same data with every origin zeroed and documentation dropped: neither changes what runs. */
export function withoutPlaces<T extends object>(value: T): T {
  return unpacked(JSON.parse(JSON.stringify(packed(value), (key, part: unknown) => {
    if (key === "origin") return nowhere;
    if (key === "at") return {};
    if (key === "doc") return null;
    return part;
  })) as Packed<T>);
}
