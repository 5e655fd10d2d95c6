/** The names that each kind of declaration offers to the expressions inside it. One short function per kind. */
import type { LangiumDocument } from "langium";
import {
  isBuiltin, isColumn, isDataset, isDefinition, isEntity, isLabel, isProperty, isRequirement, isRole, isSource,
  type Dataset, type Evaluation, type Features, type Label, type Model, type Named, type Rollout, type Source,
} from "../../grammar/generated/ast.ts";
import { tableOf, type NamesInScope, type NameTable, type Names } from "./names.ts";
import { definitions, elements, namedBy, valueOf } from "./navigate.ts";
import type { Place } from "./place.ts";
import { isInRequest } from "./place.ts";

interface Ask {
  readonly place: Place;
  readonly document: LangiumDocument;
  readonly names: Names;
}

const nothing: NamesInScope = { tables: [], unknown: true };
const only = (...tables: readonly NameTable[]): NamesInScope => ({ tables });

export function namesAt(place: Place, document: LangiumDocument, names: Names): NamesInScope {
  const ask: Ask = { place, document, names };
  return byCall(ask) ?? byQualifier(ask) ?? byDeclaration(ask);
}

/** Some calls bring their own kind of name: `same(shopper)`, `rate(purchased)`, `approval(product_lead)`, `dense(64, relu)`. */
function byCall({ place, document, names }: Ask): NamesInScope | undefined {
  switch (place.call?.function) {
    case "same": {
      // A subject that stands in the call itself (`same((x where …))`) would be asked for its own meaning.
      const row = place.side === "subject" ? undefined : rowOf(whereSubject(place));
      const entities = names.visibleOf(document, isEntity);
      return row === undefined ? only(entities) : only(entities, names.columnsOf(row));
    }
    case "rate":
      return only(names.visibleOf(document, isLabel), names.builtins("signal"));
    case "approval":
      return only(names.visibleOf(document, isRole));
    case "dense":
      return only(names.builtins("activation"));
    case "gpu":
      return only(names.builtins("device"));
    default:
      return undefined;
  }
}

/** A name in the subject itself asks for nothing: it would ask for itself. */
const whereSubject = (place: Place): Named | undefined => (place.side === "subject" ? undefined : namedBy(place.qualified?.subject));

/** The source whose rows a subject stands for: `purchases`, or `purchases.price` in `sum(purchases.price where …)`. */
function rowOf(named: Named | undefined): Source | undefined {
  if (isSource(named)) return named;
  const owner = isColumn(named) ? named.$container.$container?.$container : undefined;
  return isSource(owner) ? (owner) : undefined;
}

function byQualifier(ask: Ask): NamesInScope | undefined {
  const { place, names, document } = ask;
  if (place.side === "before") return only(names.stages(document));
  if (place.side === "from") return only(names.visible(document));
  if (place.side !== "where") return undefined;
  const subject = whereSubject(place);
  if (isBuiltin(subject)) return subject.name === "inputs" ? only(names.builtins("tag")) : undefined;
  const row = rowOf(subject);
  if (row !== undefined) return only(names.columnsOf(row), names.visible(document));
  return subject === undefined ? nothing : undefined;
}

function byDeclaration(ask: Ask): NamesInScope {
  const { place, document, names } = ask;
  const declaration = place.declaration;
  switch (declaration?.$type) {
    case "Entity": return nothing;
    case "Source": return inSource(ask, declaration);
    case "Features": return inFeatures(ask, declaration);
    case "Label": return inLabel(ask, declaration);
    case "Dataset": return inDataset(ask, declaration);
    case "Model": return inModel(ask, declaration);
    case "Evaluation": return inEvaluation(ask, declaration);
    case "Service": return only(names.visible(document), names.builtins("word"));
    case "Slo": return only(names.builtins("signal"), names.visible(document));
    case "Rollout": return inRollout(ask, declaration);
    case "Policy": return only(names.builtins("subject"), names.visible(document));
    case "Role": case "Builtin": case undefined: return only(names.visible(document));
    default: return only(names.visible(document));
  }
}

const propertyName = (place: Place): string | undefined => (isProperty(place.item) ? place.item.name : undefined);

function inSource({ place, document, names }: Ask, source: Source): NamesInScope {
  const property = propertyName(place);
  if (property === "columns") return only(names.visibleOf(document, isSource));
  if (property === "purpose") return nothing;
  const columns = names.columnsOf(source);
  if (place.column !== undefined) return only(columns);
  // In front of a dot stands the source itself: `people.rows` is the column where `rows` alone counts them.
  if (place.sections.length > 0 || isRequirement(place.item)) return only(...(place.receiver ? [tableOf([source])] : []), columns, names.builtins("subject"));
  return property === "time" ? only(columns) : only(columns, names.visible(document));
}

function inFeatures({ place, document, names }: Ask, view: Features): NamesInScope {
  if (place.column !== undefined || isInRequest(place)) return only();
  if (isDefinition(place.item)) {
    const row = names.rowOf(view);
    return row === undefined ? { tables: [names.definitionsOf(view)], unknown: true } : only(row, names.definitionsOf(view));
  }
  return only(names.visible(document));
}

function inLabel({ place, document, names }: Ask, label: Label): NamesInScope {
  if (propertyName(place) !== "is") return only(names.visible(document));
  const of = namedBy(valueOf(label, "of"));
  const visible = names.visible(document);
  if (place.receiver || place.side === "subject" || isEventCall(place)) return only(visible, ...(isSource(of) ? [names.columnsOf(of)] : []));
  return isSource(of) ? only(names.columnsOf(of), visible) : { tables: [visible], unknown: true };
}

const isEventCall = (place: Place): boolean => place.call?.function === "exists" || place.call?.function === "count";

function inDataset({ place, document, names }: Ask, dataset: Dataset): NamesInScope {
  const visible = names.visible(document);
  const name = propertyName(place);
  if (place.sections.length > 0 || name === "examples" || name === "label" || name === "test") return only(visible);
  const examples = names.examplesOf(dataset);
  if (examples === undefined) return { tables: [visible], unknown: true };
  const columns = names.columnsOf(examples);
  // In `features: [moment, country]` a bare name is a view if there is one, else a column.
  const declarationsFirst = place.receiver || name === "features" || name === "exclude";
  return declarationsFirst ? only(visible, columns) : only(columns, visible);
}

/** Names over a dataset: its features by bare name, the examples' columns, and declarations in front of a dot. */
function overDataset(dataset: Dataset | undefined, { place, document, names }: Ask): NamesInScope {
  const visible = names.visible(document);
  if (dataset === undefined) return { tables: [visible], unknown: !place.receiver };
  if (place.receiver) return only(visible);
  const bare = names.bareFeatures(dataset);
  const ambiguous = new Map<string, readonly Named[]>();
  const clear = new Map<string, Named>();
  for (const [name, features] of bare) {
    if (features.length > 1) ambiguous.set(name, features.map((f) => f.node));
    else if (features[0] !== undefined) clear.set(name, features[0].node);
  }
  const examples = names.examplesOf(dataset);
  const columns = new Map<string, Named>();
  for (const [name, column] of examples === undefined ? [] : names.columnsOf(examples)) if (!ambiguous.has(name)) columns.set(name, column);
  const unknown = examples === undefined || names.selectionOf(dataset).incomplete;
  return { tables: [clear, columns, visible], ambiguous, unknown };
}

export function datasetOf(model: Model | undefined): Dataset | undefined {
  const predict = model && valueOf(model, "predict");
  const from = predict?.$type === "Qualified" ? namedBy(predict.from) : undefined;
  return isDataset(from) ? from : undefined;
}

function inModel(ask: Ask, model: Model): NamesInScope {
  const { place, document, names } = ask;
  const visible = names.visible(document);
  const section = place.sections[0]?.kind;
  if (section === "train") return only(names.builtins("device", "engine"));
  if (isDefinition(place.item)) return overDataset(datasetOf(model), ask);
  return propertyName(place) === "network" ? only(names.builtins("activation")) : only(visible);
}

function inEvaluation(ask: Ask, evaluation: Evaluation): NamesInScope {
  const { place, document, names } = ask;
  const name = propertyName(place);
  if (name === "metrics") return only(names.builtins("metric"));
  if (place.side === "by") return only(names.remember("slices", evaluation, () => slicesOf(evaluation)));
  if (name === "slices" || isDefinition(place.item)) return overDataset(datasetOf(evaluation.model?.ref), ask);
  const baselines = names.remember("baselines", evaluation, () => tableOf(definitions(evaluation).filter((d) => d.kind === "baseline")));
  return only(names.builtins("metric"), baselines, names.builtins("version"), ...(place.receiver ? [names.visible(document)] : []));
}

/** `by country` names what `slices: [impressions.country]` or `slice young = …` names. */
function slicesOf(evaluation: Evaluation): NameTable {
  const listed = elements(valueOf(evaluation, "slices")).map(namedBy).filter((n) => n !== undefined);
  return tableOf([...definitions(evaluation).filter((d) => d.kind === "slice"), ...listed]);
}

function inRollout({ place, document, names }: Ask, rollout: Rollout): NamesInScope {
  const name = propertyName(place);
  if (name === "approve") return only(names.visibleOf(document, isRole));
  if (name === "unit") {
    const dataset = datasetOf(rollout.model?.ref);
    const examples = dataset && names.examplesOf(dataset);
    return examples === undefined ? nothing : only(names.columnsOf(examples));
  }
  if (propertyName(place) === "otherwise") return only(names.builtins("ending"));
  return only(names.builtins("signal"), names.visible(document));
}
