/** A linked file and its imports as one compiled spec. What has errors is left out; the rest is complete, with defaults filled in. */
import { createHash } from "node:crypto";
import type { LangiumDocument, URI } from "langium";
import { compiledSpecVersion, everyPart, type CompiledSpec, type Dataset as CompiledDataset, type DatasetColumn, type Model as CompiledModel } from "../../grammar/compiled-spec/index.ts";
import { isEvaluation, isModel, isRollout, type Dataset, type Declaration, type Evaluation, type Model, type Rollout } from "../../grammar/generated/ast.ts";
import { tableOf } from "../language/names.ts";
import { contained } from "../validation/defect.ts";
import { rowOfDataset } from "./dataset-row.ts";
import { numbered } from "./numbered.ts";
import type { DatasetRow, Elaboration } from "./reading.ts";
import { predictionOf } from "./models.ts";
import { suppressionsIn } from "./suppressions.ts";
import { addTo } from "./taken-columns.ts";
import { withTheUnsaid } from "./unsaid.ts";

/**
 * `documents`: the file asked for, then what it imports; `declarations`: theirs, in that order, or those of them that are asked about; `numberOf`:
 * what `Origin.file` says of a file until here. `onDefect` is told of what goes wrong in MLSpec beyond what the declarations themselves report.
 */
export function compileSpec(documents: readonly LangiumDocument[], declarations: readonly Declaration[], elaboration: Elaboration, { numberOf, onDefect }: Compilation): CompiledSpec {
  const declared = [...tableOf<Declaration>(declarations).values()];
  const byKind = Map.groupBy(declared, (d) => d.$type);
  const each = <N extends Declaration, T>(kind: N["$type"], compile: (node: N) => T | undefined): T[] =>
    ((byKind.get(kind) ?? []) as N[]).map(compile).filter((t) => t !== undefined);
  const spec = {
    entities: each("Entity", elaboration.entity),
    sources: each("Source", elaboration.source),
    features: each("Features", elaboration.features),
    labels: each("Label", elaboration.label),
    models: each("Model", elaboration.model),
    evaluations: each("Evaluation", elaboration.evaluation),
    services: each("Service", elaboration.service),
    slos: each("Slo", elaboration.slo),
    rollouts: each("Rollout", elaboration.rollout),
    policies: each("Policy", elaboration.policy),
    roles: each("Role", elaboration.role),
  };
  const rollouts = spec.rollouts.map((rollout) => withTheUnsaid(rollout, spec.slos));
  const users = Map.groupBy(declared.filter(isUser), datasetUsedBy);
  const models = Map.groupBy(spec.models, (m) => m.dataset);
  const datasets = each("Dataset", (node: Dataset) => contained(() => completeDataset(node, users.get(node) ?? [], models.get(node.name) ?? [], elaboration), undefined, (error) => onDefect(node, error)));
  const counted = new Map(documents.map((document, file) => [numberOf(document), file]));
  const { names } = elaboration.context;
  return {
    version: compiledSpecVersion,
    files: documents.map((d) => ({ path: pathOf(d.uri), sha256: names.remember("sha256", d, () => sha256(d.textDocument.getText())) })),
    ...numbered({ ...spec, rollouts, datasets }, (number) => counted.get(number) ?? 0),
    suppressions: documents.flatMap((d, file) => names.remember("suppressions", d, () => suppressionsIn(d)).map((suppression) => ({ ...suppression, file }))),
  };
}

export interface Compilation {
  readonly numberOf: (document: LangiumDocument) => number;
  readonly onDefect: (declaration: Declaration, error: unknown) => void;
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

export const pathOf = (uri: URI): string => (uri.scheme === "file" ? uri.fsPath : uri.path);

type User = Model | Evaluation | Rollout;
const isUser = (node: Declaration): node is User => isModel(node) || isEvaluation(node) || isRollout(node);

function datasetUsedBy(node: User): Dataset | undefined {
  const model = isModel(node) ? node : node.model?.ref;
  return model && predictionOf(model)?.dataset;
}

/** Adds the columns that evaluations, fallbacks and rollouts need beside the features, and the entities' keys; says which ones models read. */
function completeDataset(node: Dataset, users: readonly User[], own: readonly CompiledModel[], elaboration: Elaboration): CompiledDataset | undefined {
  const compiled = elaboration.dataset(node);
  const row = rowOfDataset(node, elaboration);
  if (compiled === undefined || row === undefined) return undefined;
  const columns = new Map(compiled.columns.map((c) => [c.name, c]));
  const add = (column: DatasetColumn): void => { addTo(columns, column); };
  for (const user of users) for (const column of elaboration.takenBy(user).values()) add(column);
  for (const column of [...columns.values()]) if (column.from.kind === "entity-feature") keyOf(column.from.key, row, elaboration).forEach(add);
  const given = own.length > 0 ? own.flatMap((m) => m.inputs) : compiled.features;
  const read = new Set([...everyPart(given.map(({ value }) => value))].map((part) => (part.op === "column" ? part.column : null)));
  return { ...compiled, columns: [...columns.values()].map((c) => ({ ...c, role: read.has(c.name) ? "feature" : "slice" })) };
}

function keyOf(name: string, row: DatasetRow, elaboration: Elaboration): readonly DatasetColumn[] {
  const column = elaboration.context.names.columnsOf(row.examples).get(name);
  const compiled = column && row.plain(column);
  return compiled === undefined ? [] : [compiled];
}

