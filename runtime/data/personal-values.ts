/** Which values of a request, and which features, say something about a person. Pure. */
import { aggregatesOf, columnsIn, type CompiledSpec, type Dataset } from "../../grammar/compiled-spec/index.ts";
import { personalColumns } from "./personal.ts";
import { isPersonal } from "./tags.ts";

/**
 * Names of request fields, and of features as `view.feature`: what is tagged `@pii`, and texts that are made of it (a mail's domain, the last name seen).
 * Numbers that are made of it (how many, how much) are not, unless they are tagged themselves.
 */
export function personalValues(spec: CompiledSpec, dataset: Dataset): ReadonlySet<string> {
  const source = spec.sources.find(({ name }) => name === dataset.examples);
  const examples = personalColumns(source?.columns ?? []);
  const fields = dataset.columns.flatMap((column) => {
    const { from } = column;
    if (from.kind === "example") return isPersonal(column) || examples.has(from.column) ? [from.field, column.name] : [];
    return isPersonal(column) || isPersonalFeature(spec, from.view, from.feature) ? [column.name] : [];
  });
  const requested = spec.features.flatMap(({ from }) => (from.kind === "request" ? [...personalColumns(from.columns)] : []));
  return new Set([...examples, ...requested, ...fields]);
}

function isPersonalFeature(spec: CompiledSpec, viewName: string, featureName: string): boolean {
  const view = spec.features.find(({ name }) => name === viewName);
  const feature = view?.definitions.find(({ name }) => name === featureName);
  if (view === undefined || feature === undefined) return false;
  if (isPersonal(feature)) return true;
  const { from } = view;
  const personal = personalColumns(from.kind === "request" ? from.columns : (spec.sources.find(({ name }) => name === from.source)?.columns ?? []));
  const read = [feature.value, ...aggregatesOf(feature.value).map(({ argument }) => argument)].flatMap((expression) => (expression === null ? [] : [...columnsIn(expression)]));
  return feature.type.kind === "string" && read.some((column) => personal.has(column));
}

/** What the log of a service hides by a spec: nothing where that says `hash_pii: false`, or does not have the service. */
export function hiddenBy(spec: CompiledSpec, service: string): readonly string[] {
  const declared = spec.services.find(({ name }) => name === service);
  const model = spec.models.find(({ name }) => name === declared?.model);
  const dataset = spec.datasets.find(({ name }) => name === model?.dataset);
  return declared === undefined || dataset === undefined || declared.log?.hashPii === false ? [] : [...personalValues(spec, dataset)].sort();
}
