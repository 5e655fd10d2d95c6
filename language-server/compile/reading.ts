/** What every reader is given: the other declarations, compiled, and the context. `elaboration.ts` keeps the promise. */
import type { DatasetColumn, Column as CompiledColumn, Dataset as CompiledDataset, Entity as CompiledEntity, Evaluation as CompiledEvaluation, FeatureView, Label as CompiledLabel, Model as CompiledModel, Policy as CompiledPolicy, Role as CompiledRole, Rollout as CompiledRollout, Service as CompiledService, Slo as CompiledSlo, Source as CompiledSource } from "../../grammar/compiled-spec/index.ts";
import type { Column, Dataset, Definition, Entity, Evaluation, Features, Label, Model, Policy, Role, Rollout, Service, Slo, Source } from "../../grammar/generated/ast.ts";
import type { Expression } from "../../grammar/generated/ast.ts";
import type { Aggregate, FeatureDefinition } from "../../grammar/compiled-spec/index.ts";
import type { KnownAggregates } from "./aggregates.ts";
import type { Context } from "./context.ts";
import type { TakenColumns } from "./taken-columns.ts";
import type { Typed } from "./typed.ts";

/** A definition of a view. A row feature has no aggregates. */
export interface CheckedDefinition {
  readonly value: Typed;
  readonly compiled: FeatureDefinition;
  /** What stands behind `over`, here or in a sibling. */
  readonly windows: ReadonlyMap<Aggregate, Expression>;
}

/** What names mean over the examples of datasets (`dataset-row.ts`). Where one means nothing there, that is reported `at`. */
export interface DatasetRow {
  readonly examples: Source;
  /** The columns that the value takes are added to `taken`. */
  readonly value: (node: Column | Definition, at: Expression, taken: TakenColumns) => Typed | undefined;
  readonly column: (node: Column, at: Expression, taken: TakenColumns) => Typed | undefined;
  /** A column of the examples' source as it is; undefined when it does not compile. */
  readonly plain: (node: Column) => DatasetColumn | undefined;
}

/** Each reader compiles a declaration once; undefined when nothing can be built on it. */
export interface Elaboration {
  readonly context: Context;
  /** The dataset columns that a model, evaluation or rollout needs; filled while it is compiled. */
  readonly takenBy: (node: Model | Evaluation | Rollout) => TakenColumns;
  /** The row of datasets whose examples are those of the source. */
  readonly rowOf: (examples: Source) => DatasetRow;
  /** The aggregates of a view's definitions, by what they compute: equal ones are one object. */
  readonly aggregatesOf: (view: Features) => KnownAggregates;
  readonly entity: (node: Entity) => CompiledEntity | undefined;
  readonly source: (node: Source) => CompiledSource | undefined;
  readonly column: (node: Column) => CompiledColumn | undefined;
  readonly features: (node: Features) => FeatureView | undefined;
  readonly definition: (node: Definition) => CheckedDefinition | undefined;
  readonly label: (node: Label) => CompiledLabel | undefined;
  readonly dataset: (node: Dataset) => CompiledDataset | undefined;
  readonly model: (node: Model) => CompiledModel | undefined;
  readonly evaluation: (node: Evaluation) => CompiledEvaluation | undefined;
  readonly service: (node: Service) => CompiledService | undefined;
  readonly slo: (node: Slo) => CompiledSlo | undefined;
  readonly rollout: (node: Rollout) => CompiledRollout | undefined;
  readonly policy: (node: Policy) => CompiledPolicy | undefined;
  readonly role: (node: Role) => CompiledRole | undefined;
}
